"""The drawn waveform of a recording: peaks of 0 to 100, measured once and kept with the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.levels import peaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STORED = 288
SHOWN = 72


def peaks_of(samples: NDArray[np.float32]) -> list[int]:
    """Return the peaks a row keeps, enough for the wide player."""
    return peaks(samples, count=STORED)


def folded(stored: Sequence[float], *, count: int = SHOWN) -> list[int]:
    """Return fewer peaks for a row of a list: the highest of each group."""
    if len(stored) <= count:
        return [round(peak) for peak in stored]
    groups = np.array_split(np.asarray(stored, dtype=np.float64), count)
    return [round(float(group.max())) for group in groups]
