"""Which clips of a dataset a list shows: the same rules for the page and the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from training_jobs.labels import LONGEST_LABEL
from training_jobs.models import Clip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from training_jobs.models import Dataset
    from training_jobs.models.clips import ClipQuerySet

NOBODY: Final = "-"
ALL: Final = "all"
ORDERINGS: Final = ("-created_at", "created_at", "text", "-text", "duration_seconds", "-duration_seconds", "rms_dbfs")


@dataclass(frozen=True)
class ClipSelection:
    """What is asked for; an empty field asks for nothing. `speaker` "-" asks for clips without one."""

    label: str = ""
    speaker: str = ""
    status: str = ""
    origin: str = ""
    split: str = ""
    search: str = ""
    ordering: str = ORDERINGS[0]

    @classmethod
    def from_query(cls, query: Mapping[str, str], *, status: str = "") -> ClipSelection:
        """Read a query string; `status` is what an absent one means. Unknown values ask for nothing."""
        wanted = query.get("ordering", "")
        asked = query.get("status") or status
        return cls(
            label=query.get("label", ""),
            speaker=query.get("speaker", ""),
            status=asked if asked in Clip.Status.values else "",
            origin=query.get("origin", ""),
            split=query.get("split", ""),
            search=query.get("search", "").strip(),
            ordering=wanted if wanted in ORDERINGS else ORDERINGS[0],
        )


def clips_selected(dataset: Dataset, selection: ClipSelection) -> ClipQuerySet:
    """Return the clips of a dataset that a selection asks for, in a stable order."""
    clips = Clip.objects.filter(dataset=dataset)
    named = {"text": selection.label, "status": selection.status, "origin": selection.origin, "split": selection.split}
    clips = clips.filter(**{field: value for field, value in named.items() if value})
    if 0 < len(selection.label) <= LONGEST_LABEL:
        clips = clips.labelled()
    if selection.speaker:
        clips = clips.filter(speaker="" if selection.speaker == NOBODY else selection.speaker)
    if selection.search:
        clips = clips.filter(Q(text__icontains=selection.search) | Q(source_name__icontains=selection.search))
    tiebreak = "-id" if selection.ordering.startswith("-") else "id"
    return clips.order_by(selection.ordering, tiebreak)
