"""The drawn waveform of a recording: few peaks in its row for the whole of it, many in a file beside it from near.

The file holds one byte for every 20 ms: the root of the highest amplitude, so that quiet recordings have steps
enough: two hours are 360 kB, and any part is read at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile as sf

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.levels import peaks
from speechsite.lib.files import absolute, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recognition.models import Transcription

STORED = 288
SHOWN = 72
BINS_PER_SECOND = 50
MOST_SHOWN = 1200
_BIN_SAMPLES = SAMPLE_RATE_HZ // BINS_PER_SECOND
_BLOCK_SAMPLES = 60 * SAMPLE_RATE_HZ
_ENDING = ".peaks"


def peaks_of(samples: NDArray[np.float32]) -> list[int]:
    """Return the peaks a row keeps, enough for the wide player."""
    return peaks(samples, count=STORED)


def folded(stored: Sequence[float], *, count: int = SHOWN) -> list[int]:
    """Return fewer peaks for a row of a list: the highest of each group."""
    return [round(peak) for peak in highest(np.asarray(stored, dtype=np.float64), count=count)]


def highest(bins: NDArray[Any], *, count: int) -> list[float]:
    """Return the highest of each of at most `count` stretches of equal length."""
    edges = np.linspace(0, len(bins), min(count, len(bins)), endpoint=False).astype(int)
    return [float(peak) for peak in np.maximum.reduceat(bins, edges)] if len(bins) else []


class FinePeaks:
    """Gathers the peaks of a recording that comes in blocks of any length."""

    def __init__(self) -> None:
        self._bins: list[NDArray[np.uint8]] = []
        self._rest = np.zeros(0, np.float32)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Take the next block, shape (samples,)."""
        joined = np.concatenate([self._rest, np.abs(samples)])
        whole = len(joined) - len(joined) % _BIN_SAMPLES
        self._bins.append(_bytes(joined[:whole].reshape(-1, _BIN_SAMPLES).max(axis=1, initial=0.0)))
        self._rest = joined[whole:]

    def write(self, audio: Path) -> None:
        """Write the file beside the audio."""
        last = [_bytes(self._rest.max(keepdims=True))] if len(self._rest) else []
        content = np.concatenate([*self._bins, *last, np.zeros(0, np.uint8)]).tobytes()
        write_whole(audio.with_suffix(_ENDING), lambda partial: partial.write_bytes(content))


def peaks_path_of(audio: str) -> str:
    """Return the stored name of the file beside a stored audio file."""
    return f"{audio.rpartition('.')[0]}{_ENDING}" if audio else ""


def window_peaks(row: Transcription, *, start: float, end: float, count: int) -> list[int]:
    """Return up to `count` peaks of a part of a recording, 0 to 100 of its loudest sample, seconds from `start`."""
    path = absolute(peaks_path_of(row.audio))
    if not path.is_file():
        _measure(absolute(row.audio))
    bins = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.zeros(1, np.uint8)
    first = min(max(0, int(start * BINS_PER_SECOND)), len(bins) - 1)
    part = bins[first : max(first + 1, round(end * BINS_PER_SECOND))]
    loudest = float(bins.max()) or 1.0
    return [round(100 * (peak / loudest) ** 2) for peak in highest(part, count=count)]


def _measure(audio: Path) -> None:
    """Make the file of a recording that was stored before there were such files."""
    found = FinePeaks()
    with sf.SoundFile(audio) as file:
        for block in _blocks(file):
            found.add(block)
    found.write(audio)


def _blocks(file: sf.SoundFile) -> Iterable[NDArray[np.float32]]:
    blocks: Iterable[NDArray[np.float32]] = file.blocks(blocksize=_BLOCK_SAMPLES, dtype="float32")
    return blocks


def _bytes(amplitudes: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(255 * np.sqrt(np.minimum(amplitudes, 1.0))), np.uint8)
