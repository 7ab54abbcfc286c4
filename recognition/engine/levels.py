"""How loud a clip is, and the outline of its waveform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.frames import QUIETEST_DB, frame_levels
from recognition.engine.segments import speech_extent

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLIPPED_AT = 0.999
_SILENT_FRAME_DB = -50.0


@dataclass(frozen=True)
class Levels:
    """Levels in dB relative to full scale (0 is the loudest possible, -120 is nothing), fractions from 0 to 1.

    `clipped_fraction` is the share of samples at full scale, `silence_fraction` the share of 25 ms frames below
    -50 dBFS, and `is_silent` says that there is no speech in it (see `segments.speech_extent`).
    """

    rms_dbfs: float
    peak_dbfs: float
    clipped_fraction: float
    silence_fraction: float
    is_silent: bool


def measure(samples: NDArray[np.float32]) -> Levels:
    """Measure one clip, shape (samples,). A clip without samples is silent."""
    if not len(samples):
        return Levels(QUIETEST_DB, QUIETEST_DB, 0.0, 1.0, is_silent=True)
    magnitude = np.abs(samples)
    return Levels(
        rms_dbfs=_dbfs(float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))),
        peak_dbfs=_dbfs(float(magnitude.max())),
        clipped_fraction=float(np.mean(magnitude >= _CLIPPED_AT)),
        silence_fraction=float(np.mean(frame_levels(samples) < _SILENT_FRAME_DB)),
        is_silent=speech_extent(samples) is None,
    )


def peaks(samples: NDArray[np.float32], *, count: int = 72) -> list[int]:
    """Give the outline of the waveform: `count` bins of equal length, each 0 to 100, 100 being the clip's own peak."""
    if not len(samples) or not (highest := float(np.abs(samples).max())):
        return [0] * count
    edges = np.linspace(0, len(samples), count, endpoint=False).astype(int)
    return [round(float(peak) / highest * 100) for peak in np.maximum.reduceat(np.abs(samples), edges)]


def _dbfs(amplitude: float) -> float:
    return max(QUIETEST_DB, 20 * float(np.log10(max(amplitude, 1e-9))))
