"""Keep and recognise audio; what is long goes to a worker once its row is certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from recognition.models import Transcription
from recognition.services.live_streams import live_rest_settle, live_stream_rest
from recognition.services.models import model_resolve
from recognition.services.transcriptions import (
    transcription_create,
    transcription_delete,
    transcription_of_upload,
    transcription_retry,
)
from recognition.tasks.transcriptions import run_transcription
from speechsite.lib.errors import ServiceError
from speechsite.lib.queue import enqueue
from speechsite.uploads.services.taking import upload_whole
from speechsite.uploads.services.uploads import upload_remove

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from uuid import UUID

    from django.contrib.auth.models import User


def submit_transcription(
    *,
    owner: User,
    model: str,
    audio: bytes | Path,
    origin: str,
    source_name: str = "",
    hotwords: Sequence[str] = (),
    upload_id: UUID | None = None,
) -> Transcription:
    """Answer short audio at once; leave long audio queued and send it.

    No transaction stands around this: recognising is slow work, and a row whose message is lost is sent again by the
    reaper. Raises ServiceError model_not_found, too_large or hotwords_refused, and the EngineErrors of decoding.
    """
    version = model_resolve(owner=owner, model=model)
    row = transcription_create(
        owner=owner,
        model_version=version,
        audio=audio,
        origin=origin,
        source_name=source_name,
        hotwords=hotwords,
        upload_id=upload_id,
    )
    if row.status == Transcription.Status.QUEUED:
        enqueue(run_transcription, row.pk)
    return row


def submit_uploaded_transcription(
    *, owner: User, upload_id: UUID, sha256: str, model: str, origin: str, hotwords: Sequence[str] = ()
) -> Transcription:
    """Recognise a resumable upload that has arrived whole; asked again, the same transcription comes back.

    Raises what `submit_transcription` and `upload_whole` do; the upload then stays, to be used otherwise.
    """
    earlier = transcription_of_upload(owner=owner, upload_id=upload_id)
    if earlier is not None:
        return earlier
    upload = upload_whole(owner=owner, upload_id=upload_id, sha256=sha256)
    try:
        row = submit_transcription(
            owner=owner,
            model=model,
            audio=upload.path,
            origin=origin,
            source_name=upload.name,
            hotwords=hotwords,
            upload_id=upload.pk,
        )
    except IntegrityError:  # the other of two requests at once was first
        earlier = transcription_of_upload(owner=owner, upload_id=upload_id)
        if earlier is None:
            raise
        return earlier
    upload_remove(upload=upload)
    return row


def submit_rest_of_stream(
    *, owner: User, model: str, audio: bytes | Path, stream_id: UUID, position: int, hotwords: Sequence[str] = ()
) -> Transcription:
    """Recognise what is left of a live stream, sent as a recording; sent again, the same answer comes back.

    Of two requests at once the later one is answered. Raises what `submit_transcription` does, and ServiceError
    stream_not_found, stream_taken_over (409).
    """
    rest = live_stream_rest(owner=owner, stream_id=stream_id, position=position, audio=audio)
    if rest.answer is not None:
        return rest.answer
    row = submit_transcription(
        owner=owner, model=model, audio=rest.audio, origin=Transcription.Origin.MICROPHONE, hotwords=hotwords
    )
    try:
        live_rest_settle(rest=rest, transcription=row)
    except ServiceError:
        transcription_delete(transcription=row)
        raise
    return row


def retry_transcription(*, transcription: Transcription) -> Transcription:
    """Send a failed transcription to a worker again. Raises TransitionRefused."""
    with transaction.atomic():
        row = transcription_retry(transcription=transcription)
        enqueue(run_transcription, row.pk)
    return row
