"""Long recordings in a worker: decoded to FLAC and recognised block by block, with true progress and a heartbeat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.engine.audio import SAMPLE_RATE_HZ, AudioLimits, decode_blocks, samples_to_int16
from recognition.engine.cutting import heard_pieces
from recognition.models import Transcription
from recognition.services.recognizing import Gathered, Heard, transcribe_with
from recognition.services.waves import STORED, FinePeaks, highest
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute, private_path, relative, remove, write_whole
from speechsite.lib.transitions import TransitionRefused, touch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

UNDECODED = ".upload"
BLOCK_SAMPLES = 10 * SAMPLE_RATE_HZ
BIN_SAMPLES = SAMPLE_RATE_HZ // 10
TEXT_SECONDS = 1.0
WRITING_SHARE = 0.05
"""The text of hours takes long to write: this much of the time may go into it."""


def long_audio_hear(row: Transcription, *, on_progress: Callable[[float], None] | None = None) -> Heard:
    """Decode what was sent where that is still to do, then recognise it; the row's text grows meanwhile.

    Goes on behind what an earlier attempt wrote down. Raises TransitionRefused where a newer attempt owns the row or it
    was deleted; EngineError for audio that cannot be used.
    """
    pulse = _Pulse(row, on_progress=on_progress)
    if row.audio.endswith(UNDECODED):
        _decode(row, pulse)
    path = absolute(row.audio)
    if not path.is_file():
        raise ServiceError("audio_missing", _("The audio of this recording is gone from the disk. Upload it again."))
    return _listen(row, path, pulse)


def _listen(row: Transcription, path: Path, pulse: _Pulse) -> Heard:
    total = sf.info(path).frames
    start = min(total, round(row.progress * total))
    gathered = Gathered.after(row.segments)
    transcribe = transcribe_with(row.model_version, hotwords=row.hotwords)
    pulse.began_to_listen()
    for piece in heard_pieces(transcribe, _watched(_flac_blocks(path, start), pulse), start=start):
        gathered.add(piece.transcript)
        pulse.heard(piece.end / total, gathered)
    return gathered.heard()


class _Pulse:
    """Tell the row that its worker lives and what it heard; end the work when the row is no longer ours."""

    def __init__(self, row: Transcription, *, on_progress: Callable[[float], None] | None) -> None:
        self._row = row
        self._on_progress = on_progress
        self._progress = row.progress
        self._due = self._text_due = time.monotonic()
        self._listened_before = row.processing_seconds or 0.0
        self._began = time.monotonic()

    def began_to_listen(self) -> None:
        """Count the time it takes from here on: what is left is reckoned from it."""
        self._began = time.monotonic()
        self.beat()

    def beat(self) -> None:
        """Say that the worker lives, every two seconds. Raises TransitionRefused."""
        if self._on_progress:
            self._on_progress(self._progress)
        if time.monotonic() >= self._due:
            self.write()

    def heard(self, progress: float, gathered: Gathered) -> None:
        """Write the text so far together with how far it reaches: the next attempt would go on from there."""
        self._progress = min(1.0, progress)
        self.beat()
        began = time.monotonic()
        if began < self._text_due or progress >= 1:
            return
        self.write(
            progress=self._progress,
            segments=gathered.segments,
            text=gathered.text,
            heard_text=gathered.text,
            processing_seconds=self._listened_before + began - self._began,
        )
        took = time.monotonic() - began
        self._text_due = time.monotonic() + max(TEXT_SECONDS, took / WRITING_SHARE)

    def write(self, **changes: object) -> None:
        """Write changes to the row as this attempt. Raises TransitionRefused."""
        is_ours = touch(
            self._row,
            allowed_in=(Transcription.Status.RUNNING,),
            attempt=self._row.attempt,
            heartbeat_at=timezone.now(),
            **changes,
        )
        if not is_ours:
            message = _("Another worker owns this by now. Nothing was done.")
            raise TransitionRefused("state_changed", message, status=409)
        self._due = time.monotonic() + settings.HEARTBEAT_SECONDS


def _decode(row: Transcription, pulse: _Pulse) -> None:
    """Turn what was sent into FLAC; what was sent is removed once the row knows the FLAC."""
    upload, path = row.audio, private_path("transcriptions", row.pk, ".flac")
    found: dict[str, Any] = {}
    write_whole(path, lambda partial: found.update(_to_flac(row, partial, pulse)))
    found |= {"audio": relative(path), "duration_seconds": sf.info(path).frames / SAMPLE_RATE_HZ}
    try:
        pulse.write(**found)
    except TransitionRefused:
        if not Transcription.objects.filter(pk=row.pk).exists():
            remove([relative(path)])
        raise
    row.refresh_from_db()
    remove([upload])


def _to_flac(row: Transcription, partial: Path, pulse: _Pulse) -> dict[str, Any]:
    limits = AudioLimits(max_seconds=settings.MAX_RECORDING_SECONDS, max_bytes=settings.MAX_UPLOAD_BYTES)
    maxima: list[float] = []
    fine = FinePeaks()
    with (
        decode_blocks(absolute(row.audio), name=row.source_name, limits=limits) as blocks,
        sf.SoundFile(partial, "w", SAMPLE_RATE_HZ, 1, subtype="PCM_16", format="FLAC") as file,
    ):
        for block in blocks:
            file.write(samples_to_int16(block))
            fine.add(block)
            maxima.extend(np.maximum.reduceat(np.abs(block), np.arange(0, len(block), BIN_SAMPLES)).tolist())
            pulse.beat()
        fine.write(private_path("transcriptions", row.pk, ".flac"))
        return {
            "peaks": _peaks(maxima),
            "source_sample_rate_hz": blocks.source_sample_rate_hz,
            "warnings": [*row.warnings, *blocks.warnings],
        }


def _peaks(maxima: list[float]) -> list[int]:
    """Return what `engine.levels.peaks` gives, from the loudest sample of each tenth of a second."""
    loudest = max(maxima, default=0.0) or 1.0
    return [round(100 * peak / loudest) for peak in highest(np.asarray(maxima), count=STORED)]


def _flac_blocks(path: Path, start: int) -> Iterator[NDArray[np.float32]]:
    with sf.SoundFile(path) as file:
        file.seek(start)
        yield from file.blocks(blocksize=BLOCK_SAMPLES, dtype="float32")


def _watched(blocks: Iterator[NDArray[np.float32]], pulse: _Pulse) -> Iterator[NDArray[np.float32]]:
    for block in blocks:
        pulse.beat()
        yield block
