"""Bringing mono sound of any sample rate to the one rate used here, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from recognition.engine.errors import EngineError
from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_BLOCK_SECONDS = 10


def resampled(chunks: Iterable[tuple[int, NDArray[np.float32]]], *, to_hz: int) -> Iterator[NDArray[np.float32]]:
    """Turn (rate in Hz, samples) chunks into blocks of about 10 s at `to_hz`, -1..1, none of them empty.

    The rate may change in the middle (chained Ogg streams do that). Raises EngineError audio_not_finite.
    """
    current = None
    for rate_hz, samples in chunks:
        if current is None or current.rate_hz != rate_hz:
            if current is not None:
                yield from current.finish()
            current = _OneRate(rate_hz, to_hz)
        yield from current.add(samples)
    if current is not None:
        yield from current.finish()


class _OneRate:
    """Sound of one sample rate on its way to another: gathered to blocks first, since calls cost more than samples."""

    def __init__(self, rate_hz: int, to_hz: int) -> None:
        self.rate_hz = rate_hz
        self._is_there = rate_hz == to_hz
        self._resampler = soxr.ResampleStream(rate_hz, to_hz, 1, dtype="float32", quality="HQ")
        self._pending: list[NDArray[np.float32]] = []
        self._pending_samples = 0

    def add(self, samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
        self._pending.append(samples)
        self._pending_samples += len(samples)
        if self._pending_samples >= _BLOCK_SECONDS * self.rate_hz:
            yield from self._take(is_last=False)

    def finish(self) -> Iterator[NDArray[np.float32]]:
        yield from self._take(is_last=True)

    def _take(self, *, is_last: bool) -> Iterator[NDArray[np.float32]]:
        gathered = np.concatenate(self._pending) if self._pending else np.zeros(0, np.float32)
        self._pending, self._pending_samples = [], 0
        if not np.isfinite(gathered).all():
            raise EngineError(
                "audio_not_finite",
                said("This recording holds values that are not numbers (NaN or infinity). Export it again."),
            )
        gathered = np.clip(gathered, -1.0, 1.0)
        if not self._is_there:
            # The filter rings a little beyond full scale at steep edges.
            gathered = np.clip(self._resampler.resample_chunk(gathered, last=is_last), -1.0, 1.0)
        if len(gathered):
            yield gathered
