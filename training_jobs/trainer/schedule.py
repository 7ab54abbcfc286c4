"""How many updates a run makes, in batches of which size."""

from __future__ import annotations

import math
from dataclasses import dataclass

SMALLEST_BATCH = 8
BATCHES_PER_PASS = 4


@dataclass(frozen=True)
class Schedule:
    """The length of a run: ``epochs`` of ``steps_per_epoch`` updates on ``batch_size`` clips."""

    epochs: int
    steps_per_epoch: int
    batch_size: int

    @property
    def steps(self) -> int:
        """All updates."""
        return self.epochs * self.steps_per_epoch


def schedule_for(clips: int, *, epochs: int, batch_size: int, minimum_steps: int) -> Schedule:
    """Return the schedule for so many training clips.

    A small dataset gets smaller batches, so that one pass is still several updates, and passes are repeated inside an
    epoch until the run makes ``minimum_steps`` updates: forty clips seen ten times teach a network nothing.
    """
    batch = min(batch_size, max(SMALLEST_BATCH, math.ceil(clips / BATCHES_PER_PASS)))
    steps = max(math.ceil(clips / batch), math.ceil(minimum_steps / epochs))
    return Schedule(epochs=epochs, steps_per_epoch=steps, batch_size=batch)
