"""Transcriptions: short audio is answered at once, long audio by a worker; whatever happens, the audio is kept."""

from __future__ import annotations

import time
import uuid
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.engine.audio import AudioLimits, decode, write_flac
from recognition.engine.errors import EngineError
from recognition.models import Transcription
from recognition.services.failures import failure_of
from recognition.services.hotwords import hotwords_of
from recognition.services.long_audio import long_audio_hear
from recognition.services.recognizing import Heard, hear, takes_hotwords
from recognition.services.segment_edits import expected_errors
from recognition.services.waves import FinePeaks, peaks_of, peaks_path_of
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import give, private_path, relative, remove, write_whole
from speechsite.lib.numbers import bytes_text
from speechsite.lib.transitions import TransitionRefused, move

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.contrib.auth.models import User

    from recognition.engine.audio import DecodedAudio
    from recognition.models import ModelVersion

Status = Transcription.Status
TOO_LONG = "audio_too_long"
HOTWORDS_UNUSED = "hotwords_unused"


def transcription_create(
    *,
    owner: User,
    model_version: ModelVersion,
    audio: bytes | Path,
    origin: str,
    source_name: str = "",
    hotwords: Sequence[str] = (),
    upload_id: uuid.UUID | None = None,
) -> Transcription:
    """Keep the audio and recognise it: at once when it is short (`done` or `failed`), else it is left `queued`.

    The caller sends a queued row to a worker. `hotwords` are words as `hotwords_of` takes them; `upload_id` names the
    resumable upload it came as, which is taken once (IntegrityError for a second row). Raises ServiceError
    too_large or hotwords_refused and the EngineErrors of decoding for audio that is short and cannot be used; then
    nothing is kept.
    """
    _check_size(audio)
    started = time.perf_counter()
    row = Transcription(
        id=uuid.uuid4(),
        owner=owner,
        model_version=model_version,
        origin=origin,
        source_name=source_name[:255],
        upload_id=upload_id,
    )
    row.hotwords = hotwords_of(hotwords)
    if row.hotwords and not takes_hotwords(model_version):
        row.warnings = [HOTWORDS_UNUSED]
    limits = AudioLimits(max_seconds=settings.SHORT_AUDIO_SECONDS, max_bytes=settings.MAX_UPLOAD_BYTES)
    try:
        decoded = decode(audio, name=source_name, limits=limits)
    except EngineError as refused:
        if refused.code != TOO_LONG:
            raise
        return _keep_for_worker(row, audio)
    _keep_decoded(row, decoded)
    listen = partial(hear, version=model_version, samples=decoded.samples, hotwords=row.hotwords)
    return _finish(row, listen, started=started)


def _check_size(audio: bytes | Path) -> None:
    size = audio.stat().st_size if isinstance(audio, Path) else len(audio)
    if size > settings.MAX_UPLOAD_BYTES:
        message = _("The file is larger than {limit}. Nothing was kept; cut it up.")
        raise ServiceError("too_large", message.format(limit=bytes_text(settings.MAX_UPLOAD_BYTES)), status=413)


def _keep_for_worker(row: Transcription, audio: bytes | Path) -> Transcription:
    path = private_path("transcriptions", row.id, ".upload")
    if isinstance(audio, Path):
        give(audio, path)
    else:
        write_whole(path, lambda partial: partial.write_bytes(audio))
    row.audio = relative(path)
    row.heartbeat_at = timezone.now()
    row.save(force_insert=True)
    return row


def _keep_decoded(row: Transcription, decoded: DecodedAudio) -> None:
    """Store the audio and a row that is running in this very process: should it die, the reaper finds the row."""
    path = private_path("transcriptions", row.id, ".flac")
    write_whole(path, lambda partial: write_flac(partial, decoded.samples))
    fine = FinePeaks()
    fine.add(decoded.samples)
    fine.write(path)
    row.status = Status.RUNNING
    row.attempt = 1
    row.heartbeat_at = timezone.now()
    row.audio = relative(path)
    row.peaks = peaks_of(decoded.samples)
    row.duration_seconds = decoded.duration_seconds
    row.source_sample_rate_hz = decoded.source_sample_rate_hz
    row.warnings = [*row.warnings, *decoded.warnings]
    row.save(force_insert=True)


def transcription_of_upload(*, owner: User, upload_id: uuid.UUID) -> Transcription | None:
    """Return the transcription that took a resumable upload, so that asking twice takes it once."""
    return Transcription.objects.visible_to(owner).filter(upload_id=upload_id).first()


def transcription_run(
    *, transcription_id: uuid.UUID, on_progress: Callable[[float], None] | None = None
) -> Transcription | None:
    """Recognise one queued transcription to its end; None where it is not queued any more, so twice does no harm."""
    row = Transcription.objects.select_related("model_version__recognizer").filter(pk=transcription_id).first()
    if row is None:
        return None
    try:
        row = move(
            row,
            allowed_from=(Status.QUEUED,),
            to=Status.RUNNING,
            is_new_attempt=True,
            heartbeat_at=timezone.now(),
        )
    except TransitionRefused:
        return None
    started = time.perf_counter() - (row.processing_seconds or 0.0)
    return _finish(row, lambda: long_audio_hear(row, on_progress=on_progress), started=started)


def _finish(row: Transcription, listen: Callable[[], Heard], *, started: float) -> Transcription:
    """Run `listen` and write down how it ended, unless a newer attempt owns the row."""
    try:
        heard = listen()
    except TransitionRefused:
        return row
    except Exception as failure:  # noqa: BLE001 - whatever it was, the row says so in words and the audio stays
        return _fail(row, failure)
    return move(
        row,
        allowed_from=(Status.RUNNING,),
        to=Status.DONE,
        attempt=row.attempt,
        **done_with(heard, processing_seconds=time.perf_counter() - started),
    )


def done_with(heard: Heard, *, processing_seconds: float) -> dict[str, Any]:
    """Return what the row of a recording holds once it is done."""
    return {
        "answer": heard.answer,
        "text": heard.text,
        "heard_text": heard.text,
        "confidence": heard.confidence,
        "segments": heard.segments,
        "expected_errors": expected_errors(heard.segments),
        "alternatives": heard.alternatives,
        "progress": 1.0,
        "processing_seconds": processing_seconds,
        "finished_at": timezone.now(),
    }


def _fail(row: Transcription, failure: Exception) -> Transcription:
    known = failure_of(failure)
    try:
        return move(
            row,
            allowed_from=(Status.RUNNING,),
            to=Status.FAILED,
            attempt=row.attempt,
            failure_code=known.code,
            failure_message=known.message,
            failure_detail=known.detail,
            finished_at=timezone.now(),
        )
    except TransitionRefused:
        return row


def seconds_left(row: Transcription) -> float | None:
    """Return about how long a running transcription will still take; None until something was heard."""
    if row.status != Status.RUNNING or not row.progress or row.processing_seconds is None:
        return None
    return row.processing_seconds * (1 - row.progress) / row.progress


def transcription_retry(*, transcription: Transcription) -> Transcription:
    """Put a failed transcription back on the queue, to begin anew; the caller sends it. Raises TransitionRefused."""
    return move(
        transcription,
        allowed_from=(Status.FAILED,),
        to=Status.QUEUED,
        attempt=transcription.attempt,
        failure_code="",
        failure_message="",
        failure_detail="",
        progress=0.0,
        segments=[],
        text="",
        heard_text="",
        processing_seconds=None,
        heartbeat_at=timezone.now(),
        finished_at=None,
    )


def transcription_delete(*, transcription: Transcription) -> None:
    """Delete the row with its revisions, and its audio once that is certain."""
    audio = transcription.audio
    with transaction.atomic():
        transcription.delete()
        transaction.on_commit(lambda: remove([audio, peaks_path_of(audio)]))
