"""One shared axis for scores with their intervals: never a bare bar, always labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

STARTS = (0.75, 0.5, 0.25, 0.0)
STEPS = 5


@dataclass(frozen=True)
class Tick:
    """One label of the axis: where it stands (0 to 1) and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class ScoreAxis:
    """An axis from `start` to 100 %."""

    start: float

    def place(self, share: float) -> float:
        """Return where a share between 0 and 1 stands on the axis, 0 to 1."""
        return round(min(1.0, max(0.0, (share - self.start) / (1 - self.start))), 4)

    @property
    def ticks(self) -> list[Tick]:
        """Return the labels, evenly spaced; the last carries the unit."""
        shares = [self.start + (1 - self.start) * step / STEPS for step in range(STEPS + 1)]
        return [
            Tick(step / STEPS, f"{share * 100:.0f}" + (" %" if step == STEPS else ""))
            for step, share in enumerate(shares)
        ]


def score_axis(lows: Iterable[float]) -> ScoreAxis:
    """Return the narrowest of the four axes (75, 50, 25, 0 to 100 %) that shows every interval whole."""
    lowest = min(lows, default=1.0)
    return ScoreAxis(next((start for start in STARTS if start <= lowest), 0.0))
