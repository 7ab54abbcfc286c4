"""Which datasets hold clips of the transcriptions of a list."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django import template

from training_jobs.models import Clip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

register = template.Library()

Uses = dict["UUID", list[dict[str, Any]]]


@register.simple_tag
def datasets_using(answers: Sequence[Any]) -> Uses:
    """Return the datasets by transcription, with one query for the whole list."""
    clips = Clip.objects.filter(transcription__in=[answer.row.pk for answer in answers])
    uses: Uses = defaultdict(list)
    for place in clips.order_by("dataset__name").values("transcription_id", "dataset_id", "dataset__name").distinct():
        uses[place["transcription_id"]].append(dict(place))
    return dict(uses)


@register.filter
def uses_of(uses: Uses, transcription_id: UUID) -> list[dict[str, Any]]:
    """Return the datasets of one transcription."""
    return uses.get(transcription_id, [])
