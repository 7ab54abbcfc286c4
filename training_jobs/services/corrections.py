"""Corrections become clips: what a person put right is what the next version learns from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from recognition.engine.errors import EngineError
from recognition.models import Correction
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from training_jobs.models import Clip, CorrectionUse
from training_jobs.services.clips import clip_create, clip_relabel

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from training_jobs.models import Dataset

MOST_AT_ONCE = 200


@dataclass(frozen=True)
class Adopted:
    """How many corrections became clips, and how many were left out because their sound cannot be used or is there."""

    added: int
    left_out: int


def corrections_waiting(*, user: User, recognizer_name: str, dataset: Dataset) -> QuerySet[Correction]:
    """Return the newest correction of each recording that fits the dataset and was not taken in yet.

    Words: the text is one of the dataset's labels. Sentences: any text, of a recording that is not too long for a clip.
    A text that is still being worked on does not wait, nor one whose lines were added one by one.
    """
    same = Correction.objects.filter(transcription=OuterRef("transcription"))
    newer = same.in_force().filter(number__gt=OuterRef("number"))
    used = CorrectionUse.objects.filter(correction=OuterRef("pk"), dataset=dataset)
    in_parts = Clip.objects.filter(
        dataset=dataset, transcription=OuterRef("transcription"), source_start_seconds__isnull=False
    )
    mine = Correction.objects.visible_to(user).filter(transcription__model_version__recognizer__name=recognizer_name)
    waiting = mine.in_force().filter(
        _fits(dataset), Exists(same.approving()), ~Exists(newer), ~Exists(used), ~Exists(in_parts)
    )
    return waiting.exclude(transcription__audio="")


def _fits(dataset: Dataset) -> Q:
    if dataset.kind == Kind.SENTENCES:
        return ~Q(text="") & Q(transcription__duration_seconds__lte=settings.MAX_CLIP_SECONDS)
    return Q(Exists(Clip.objects.filter(dataset=dataset, status=Clip.Status.READY, text=OuterRef("text"))))


def corrections_adopt(*, user: User, recognizer_name: str, dataset: Dataset) -> Adopted:
    """Make clips of the corrections that wait, at most 200 at once; one that was taken in before is relabelled."""
    waiting = corrections_waiting(user=user, recognizer_name=recognizer_name, dataset=dataset)
    chosen = waiting.select_related("transcription").order_by("created_at", "pk")[:MOST_AT_ONCE]
    uses = [_use(correction, dataset=dataset, speaker=user.get_full_name() or user.username) for correction in chosen]
    added = sum(not use.left_out_code for use in uses)
    return Adopted(added=added, left_out=len(uses) - added)


def _use(correction: Correction, *, dataset: Dataset, speaker: str) -> CorrectionUse:
    clip, code = _earlier_clip(correction, dataset), ""
    try:
        if clip:
            clip_relabel(clip=clip, text=correction.text)
        else:
            clip = _new_clip(correction, dataset=dataset, speaker=speaker)
            code = clip.rejection_code
    except (ServiceError, EngineError) as refused:
        code = refused.code
    use, _ = CorrectionUse.objects.get_or_create(
        correction=correction, dataset=dataset, defaults={"clip": clip, "left_out_code": code}
    )
    return use


def _earlier_clip(correction: Correction, dataset: Dataset) -> Clip | None:
    uses = CorrectionUse.objects.filter(dataset=dataset, correction__transcription=correction.transcription_id)
    earlier = uses.exclude(clip=None).select_related("clip").first()
    whole = Clip.objects.filter(dataset=dataset, transcription=correction.transcription_id, source_start_seconds=None)
    return earlier.clip if earlier else whole.first()


def _new_clip(correction: Correction, *, dataset: Dataset, speaker: str) -> Clip:
    return clip_create(
        dataset=dataset,
        audio=absolute(correction.transcription.audio),
        text=correction.text,
        speaker=speaker,
        origin=Clip.Origin.CORRECTION,
        source_name=correction.transcription.source_name,
        transcription=correction.transcription,
    )
