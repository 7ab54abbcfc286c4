"""Measures updates and estimates the time left."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_STEPS = 3  # slow ones, while TensorFlow compiles


class Clock:
    """Measures updates by the work they are, and estimates the time left.

    The first updates and the first look at the validation clips, in which TensorFlow compiles, are not counted, and
    from its second epoch on nothing of the first.
    """

    def __init__(
        self, work: Sequence[Sequence[int]], *, first_epoch: int = 1, seconds: float = 0.0, after_seconds: float
    ) -> None:
        """Begin; ``work``: of each update of each epoch from ``first_epoch`` on, in any unit of even cost.

        ``seconds`` have passed before, ``after_seconds`` are expected to follow the last epoch.
        """
        done = np.cumsum([sum(epoch) for epoch in work])
        total = max(1, done[-1]) if len(done) else 1
        self.shares = done / total
        self.first_share = sum(work[0][:FIRST_STEPS]) / total if work else 0.0
        self.first_epoch, self.before, self.after_seconds = first_epoch, seconds, after_seconds
        self.started = self.measured_from = self.ticked = time.perf_counter()
        self.measured_share, self.done = 0.0, 0

    def tick(self) -> None:
        """Count one update."""
        self.done += 1
        self.ticked = time.perf_counter()
        if self.done == FIRST_STEPS and self.first_share < self.shares[0]:
            self.measured_from, self.measured_share = self.ticked, self.first_share

    def reading(self, epoch: int) -> dict[str, float | None]:
        """Return seconds since the start, and seconds left to the end of the whole run; None while not known."""
        now, share = time.perf_counter(), float(self.shares[epoch - self.first_epoch])
        is_first = epoch == self.first_epoch
        measured_to = self.ticked if is_first else now
        left = (measured_to - self.measured_from) * (1 - share) / (share - self.measured_share)
        is_known = self.measured_share > 0 or share == 1
        if is_first:
            self.measured_from, self.measured_share = now, share
        return {
            "seconds": round(self.before + now - self.started, 2),
            "eta_seconds": round(left + self.after_seconds, 1) if is_known else None,
        }
