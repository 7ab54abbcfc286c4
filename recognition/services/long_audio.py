"""Long recordings in a worker: decoded to FLAC and recognised block by block, with true progress and a heartbeat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf
from django.conf import settings
from django.utils import timezone

from recognition.engine.audio import SAMPLE_RATE_HZ, AudioLimits, decode_blocks, samples_to_int16
from recognition.models import Transcription
from recognition.services.recognizing import Heard, hear_pieces
from recognition.services.waves import STORED
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


def long_audio_hear(row: Transcription, *, on_progress: Callable[[float], None] | None = None) -> Heard:
    """Decode what was sent where that is still to do, then recognise it.

    Raises TransitionRefused where a newer attempt owns the row or it was deleted; EngineError for audio that cannot
    be used.
    """
    pulse = _Pulse(row, on_progress=on_progress)
    if row.audio.endswith(UNDECODED):
        _decode(row, pulse)
    path = absolute(row.audio)
    if not path.is_file():
        raise ServiceError("audio_missing", "The audio of this recording is gone from the disk. Upload it again.")
    total = sf.info(path).frames
    return hear_pieces(version=row.model_version, blocks=_watched(_flac_blocks(path), total=total, pulse=pulse))


class _Pulse:
    """Tell the row that its worker lives, every two seconds; end the work when the row is no longer ours."""

    def __init__(self, row: Transcription, *, on_progress: Callable[[float], None] | None) -> None:
        self._row = row
        self._on_progress = on_progress
        self._due = time.monotonic()

    def beat(self, progress: float) -> None:
        """Report progress between 0 and 1. Raises TransitionRefused."""
        if self._on_progress:
            self._on_progress(progress)
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + settings.HEARTBEAT_SECONDS
        self.write(progress=progress)

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
            raise TransitionRefused("state_changed", "Another worker owns this by now. Nothing was done.", status=409)


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
    with (
        decode_blocks(absolute(row.audio), name=row.source_name, limits=limits) as blocks,
        sf.SoundFile(partial, "w", SAMPLE_RATE_HZ, 1, subtype="PCM_16", format="FLAC") as file,
    ):
        for block in blocks:
            file.write(samples_to_int16(block))
            maxima.extend(np.maximum.reduceat(np.abs(block), np.arange(0, len(block), BIN_SAMPLES)).tolist())
            pulse.beat(0.0)
        return {
            "peaks": _peaks(maxima),
            "source_sample_rate_hz": blocks.source_sample_rate_hz,
            "warnings": list(blocks.warnings),
        }


def _peaks(maxima: list[float]) -> list[int]:
    """Return what `engine.levels.peaks` gives, from the loudest sample of each tenth of a second."""
    groups = np.array_split(np.asarray(maxima), min(STORED, len(maxima)))
    loudest = max(maxima, default=0.0) or 1.0
    return [round(100 * float(group.max()) / loudest) for group in groups]


def _flac_blocks(path: Path) -> Iterator[NDArray[np.float32]]:
    with sf.SoundFile(path) as file:
        yield from file.blocks(blocksize=BLOCK_SAMPLES, dtype="float32")


def _watched(blocks: Iterator[NDArray[np.float32]], *, total: int, pulse: _Pulse) -> Iterator[NDArray[np.float32]]:
    done = 0
    for block in blocks:
        yield block
        done += len(block)
        pulse.beat(min(1.0, done / max(total, 1)))
