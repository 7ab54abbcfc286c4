"""A whole text written by a person, by the API or the form: a revision like any other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from recognition.engine.text import normalise_label
from recognition.models import Correction
from recognition.services.revisions import history_of, locked, revision_add, revision_save
from recognition.services.segment_edits import whole_rewritten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User

    from recognition.models import Transcription
    from recognition.services.segment_edits import Segment


def correction_create(
    *, transcription: Transcription, text: str, by: User, began_from: int | None = None
) -> Correction:
    """Add a revision with this text and show it from now on; earlier revisions and what was heard stay as they are.

    The same text again gives the newest revision back. `began_from` is the revision the text was written from: what
    others changed since is put together with it, or it is kept aside. Raises ServiceError not_done,
    revision_unknown, EngineError text_empty or text_only_symbols.
    """
    wanted = normalise_label(text)
    with transaction.atomic():
        row = locked(transcription)
        history = history_of(row)
        newest = history.revisions[-1] if history.revisions else None
        if row.text == wanted and newest and newest.kind in Correction.APPROVING:
            return newest
        edit = partial(_rewritten, text=wanted, duration=row.duration_seconds)
        saved = revision_save(transcription=row, by=by, began_from=began_from, edit=edit, kind=Correction.Kind.WRITTEN)
        correction = saved.correction or _confirmed(row, by)
        row.refresh_from_db(fields=["text", "revision"])
    transcription.text, transcription.revision = row.text, row.revision
    return correction


def _rewritten(segments: Sequence[Segment], *, text: str, duration: float) -> list[Segment]:
    return whole_rewritten(segments, text, duration=duration)


def _confirmed(row: Transcription, by: User) -> Correction:
    """Write down that somebody stands by the text there is."""
    history = history_of(row)
    kind, number = Correction.Kind.WRITTEN, history.newest
    correction = revision_add(history, by=by, segments=history.now, kind=kind, began_from=number).correction
    assert correction is not None  # noqa: S101 - revision_add makes one
    return correction
