"""What is found out about the sound of one clip before it is stored."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from django.conf import settings

from recognition.engine.audio import SAMPLE_RATE_HZ, AudioLimits, decode, samples_sha256
from recognition.engine.levels import measure, peaks
from training_jobs.labels import NOISE

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from recognition.engine.levels import Levels

PEAKS: Final = 72
LOWEST_DBFS: Final = -120.0
SILENT_BELOW_DBFS: Final = -45.0
CLIPPED_FROM: Final = 0.01
CLIPPED_THROUGHOUT_FROM: Final = 0.3
LONGEST_FILE_BYTES: Final = 512 * 1024**2


@dataclass(frozen=True)
class Analysis:
    """The sound of one clip: `samples` has shape (samples,), float32, 16 kHz mono.

    `rejection_code` is empty, audio_silent, audio_no_speech or audio_clipped_throughout; `warnings` are codes too.
    """

    samples: NDArray[np.float32]
    sha256: str
    duration_seconds: float
    source_sample_rate_hz: int
    container: str
    rms_dbfs: float
    peak_dbfs: float
    clipped_fraction: float
    silence_fraction: float
    peaks: list[int]
    warnings: tuple[str, ...]
    rejection_code: str
    bandwidth_hz: int | None = None


def analyse(audio: Path | bytes, *, name: str = "") -> Analysis:
    """Decode and measure one clip. Raises EngineError where it cannot be decoded or is too short or too long."""
    limits = AudioLimits(max_seconds=settings.MAX_CLIP_SECONDS, max_bytes=LONGEST_FILE_BYTES)
    sound = decode(audio, name=name, limits=limits)
    return measured(
        sound.samples,
        source_sample_rate_hz=sound.source_sample_rate_hz,
        container=sound.container,
        warnings=sound.warnings,
    )


def measured(
    samples: NDArray[np.float32], *, source_sample_rate_hz: int, container: str, warnings: tuple[str, ...] = ()
) -> Analysis:
    """Measure sound that has been decoded; `warnings` are what decoding found odd."""
    levels = measure(samples)
    rejection = _rejection(levels)
    is_clipped = not rejection and levels.clipped_fraction >= CLIPPED_FROM
    return Analysis(
        samples=samples,
        sha256=samples_sha256(samples),
        duration_seconds=len(samples) / SAMPLE_RATE_HZ,
        source_sample_rate_hz=source_sample_rate_hz,
        container=container,
        rms_dbfs=_finite(levels.rms_dbfs),
        peak_dbfs=_finite(levels.peak_dbfs),
        clipped_fraction=levels.clipped_fraction,
        silence_fraction=levels.silence_fraction,
        peaks=peaks(samples, count=PEAKS),
        warnings=(*warnings, *(("audio_clipped",) if is_clipped else ())),
        rejection_code=rejection,
    )


def labelled(analysis: Analysis, label: str) -> Analysis:
    """Return what was found out about sound of this label: in a recording of noise nobody need speak."""
    is_noise = label == NOISE and analysis.rejection_code == "audio_no_speech"
    return replace(analysis, rejection_code="") if is_noise else analysis


def _rejection(levels: Levels) -> str:
    # Sound that is cut off from start to end no longer looks like speech: the louder fault is named.
    if levels.clipped_fraction >= CLIPPED_THROUGHOUT_FROM:
        return "audio_clipped_throughout"
    if levels.is_silent:
        return "audio_silent" if levels.peak_dbfs < SILENT_BELOW_DBFS else "audio_no_speech"
    return ""


def _finite(level: float) -> float:
    """Digital silence has no level; the column and JSON want a number."""
    return max(level, LOWEST_DBFS) if math.isfinite(level) else LOWEST_DBFS
