"""Speech that is sent while it is said: each piece is kept once, however often its sound is sent again."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from recognition.engine.audio import (
    MIN_SECONDS,
    SAMPLE_RATE_HZ,
    AudioLimits,
    decode,
    wav_bytes,
    write_flac,
)
from recognition.engine.recognizer import WordRecognizer
from recognition.engine.streaming import PAUSE_SECONDS, PHRASE_PAUSE_SECONDS, LiveHearing
from recognition.models import LiveStream, Transcription
from recognition.services.hotwords import hotwords_of
from recognition.services.models import model_resolve
from recognition.services.recognizing import heard_of, recognizer_of, takes_hotwords, transcribe_with
from recognition.services.transcriptions import HOTWORDS_UNUSED, done_with
from recognition.services.waves import peaks_of
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, relative, write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from django.contrib.auth.models import User

    from recognition.engine.streaming import LivePiece
    from recognition.models import ModelVersion


@dataclass(frozen=True)
class OpenStream:
    """A stream this connection may answer, until another one opens it. `start` is the first sample it still needs."""

    row: LiveStream
    version: ModelVersion
    hotwords: list[str]
    start: int


@dataclass(frozen=True)
class Rest:
    """What is not answered yet of a stream, samples `start` to `end`, as a WAV file; or its last answer, if all is."""

    row: LiveStream
    start: int
    end: int
    audio: bytes
    answer: Transcription | None


def live_stream_open(
    *, owner: User, stream_id: uuid.UUID, model: str, position: int = 0, hotwords: Sequence[str] = ()
) -> OpenStream:
    """Begin a stream, or go on with one whose samples before `position` are not needed any more.

    Whoever had it open may not answer it any more. Raises ServiceError model_not_found, hotwords_refused, or
    stream_not_found where the id is somebody else's.
    """
    version = model_resolve(owner=owner, model=model)
    expected = hotwords_of(hotwords)
    row = _taken_row(owner=owner, stream_id=stream_id)
    return OpenStream(row, version, expected, max(position, row.settled))


def _taken_row(*, owner: User, stream_id: uuid.UUID) -> LiveStream:
    with transaction.atomic():
        LiveStream.objects.get_or_create(pk=stream_id, defaults={"owner": owner})
        row = LiveStream.objects.select_for_update().get(pk=stream_id)
        if row.owner_id != owner.pk:
            message = _("There is no such stream. Nothing was kept; begin a new one.")
            raise ServiceError("stream_not_found", message, status=404)
        row.attempt += 1
        row.save(update_fields=("attempt",))
    return row


def live_stream_answers(*, stream: OpenStream, position: int) -> list[Transcription]:
    """Return the answers to a stream from a sample on, in order: those its sender may not have seen."""
    rows = stream.row.transcriptions.filter(stream_start__gte=position).select_related("model_version__recognizer")
    return list(rows.order_by("stream_start"))


def live_stream_rest(*, owner: User, stream_id: uuid.UUID, position: int, audio: bytes | Path) -> Rest:
    """Take over a stream whose sender sends the rest of it as a recording that begins at sample `position`.

    Raises ServiceError stream_not_found and the EngineErrors of decoding.
    """
    row = _taken_row(owner=owner, stream_id=stream_id)
    limits = AudioLimits(max_seconds=settings.MAX_RECORDING_SECONDS, max_bytes=settings.MAX_UPLOAD_BYTES)
    samples = decode(audio, limits=limits).samples
    start = max(position, row.settled)
    left = samples[start - position :]
    is_answered = len(left) < MIN_SECONDS * SAMPLE_RATE_HZ
    answer = row.transcriptions.order_by("stream_start").last() if is_answered else None
    return Rest(row, start, position + len(samples), wav_bytes(left), answer)


def live_rest_settle(*, rest: Rest, transcription: Transcription) -> None:
    """Write down that a recording answers the rest of a stream.

    Raises ServiceError stream_taken_over where the rest was sent once more in the meantime: that answer counts.
    """
    with transaction.atomic():
        if LiveStream.objects.filter(pk=rest.row.pk, attempt=rest.row.attempt).update(settled=rest.end) != 1:
            raise _taken_over()
        Transcription.objects.filter(pk=transcription.pk).update(live_stream=rest.row, stream_start=rest.start)


def live_hearing(*, stream: OpenStream) -> LiveHearing:
    """Return what hears a stream from where it stands. Raises EngineError bundle_corrupt."""
    recognizer = recognizer_of(stream.version)
    is_of_words = isinstance(recognizer, WordRecognizer)
    has_phrases = isinstance(recognizer, WordRecognizer) and recognizer.hears_phrases
    return LiveHearing(
        transcribe_with(stream.version, hotwords=stream.hotwords),
        is_of_words=is_of_words,
        pause_seconds=PHRASE_PAUSE_SECONDS if has_phrases else PAUSE_SECONDS,
        position=stream.start,
        has_answered=stream.row.settled > 0,
    )


def live_piece_keep(*, stream: OpenStream, piece: LivePiece, began: float) -> Transcription:
    """Keep one answered piece with its sound, like any transcription; `began` is when its hearing began (perf_counter).

    Raises ServiceError stream_taken_over, and keeps nothing, where another connection has the stream, or where a part
    of the piece was answered before.
    """
    row = Transcription(
        id=uuid.uuid4(),
        owner_id=stream.row.owner_id,
        model_version=stream.version,
        status=Transcription.Status.DONE,
        origin=Transcription.Origin.MICROPHONE,
        attempt=1,
        live_stream=stream.row,
        stream_start=piece.start,
        hotwords=stream.hotwords,
        warnings=[HOTWORDS_UNUSED] if stream.hotwords and not takes_hotwords(stream.version) else [],
        peaks=peaks_of(piece.samples),
        duration_seconds=len(piece.samples) / SAMPLE_RATE_HZ,
        source_sample_rate_hz=SAMPLE_RATE_HZ,
        **done_with(heard_of(piece.transcript), processing_seconds=time.perf_counter() - began),
    )
    path = private_path("transcriptions", row.id, ".flac")
    write_whole(path, lambda partial: write_flac(partial, piece.samples))
    row.audio = relative(path)
    try:
        _save_once(row, stream=stream, piece=piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return row


def _save_once(row: Transcription, *, stream: OpenStream, piece: LivePiece) -> None:
    mine = LiveStream.objects.filter(pk=stream.row.pk, attempt=stream.row.attempt, settled__lte=piece.start)
    with transaction.atomic():
        if mine.update(settled=piece.end) != 1:
            raise _taken_over()
        row.save(force_insert=True)


def _taken_over() -> ServiceError:
    message = _("This stream goes on over a newer connection. Nothing was lost.")
    return ServiceError("stream_taken_over", message, status=409)
