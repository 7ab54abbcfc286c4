"""What people make of what was heard: immutable revisions, one behind the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from recognition.engine.text import normalise_label
from recognition.models import Correction, Transcription
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def correction_create(*, transcription: Transcription, text: str, by: User) -> Correction:
    """Add a revision with this text and show it from now on; earlier revisions and what was heard stay as they are.

    The same text again gives the newest revision back. Raises ServiceError not_done, EngineError text_empty or
    text_only_symbols.
    """
    wanted = normalise_label(text)
    with transaction.atomic():
        row = Transcription.objects.select_for_update().get(pk=transcription.pk)
        _require_done(row)
        newest = row.corrections.first()
        if newest and newest.text == wanted:
            return newest
        number = newest.number + 1 if newest else 1
        correction = Correction.objects.create(transcription=row, number=number, text=wanted, by=by)
        Transcription.objects.filter(pk=row.pk).update(text=wanted)
    transcription.text = wanted
    return correction


def _require_done(row: Transcription) -> None:
    if row.status == Transcription.Status.DONE:
        return
    raise ServiceError(
        "not_done",
        "This recording has no text yet. Nothing was changed; wait until it is done, or recognise it again.",
        status=409,
    )
