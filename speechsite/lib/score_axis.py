"""One shared axis for scores with their intervals: never a bare bar, always labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Iterable

STARTS = (0.75, 0.5, 0.25, 0.0)
ENDS = (0.05, 0.1, 0.25, 0.5, 1.0)
STEPS = 5


@dataclass(frozen=True)
class Tick:
    """One label of the axis: where it stands (0 to 1) and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class ScoreAxis:
    """An axis from `start` to `end`, both shares between 0 and 1."""

    start: float
    end: float = 1.0

    def place(self, share: float) -> float:
        """Return where a share between 0 and 1 stands on the axis, 0 to 1."""
        return round(min(1.0, max(0.0, (share - self.start) / (self.end - self.start))), 4)

    @property
    def ticks(self) -> list[Tick]:
        """Return the labels, evenly spaced; the last carries the unit."""
        shares = [self.start + (self.end - self.start) * step / STEPS for step in range(STEPS + 1)]
        return [
            Tick(step / STEPS, f"{share * 100:.0f}" + (" %" if step == STEPS else ""))
            for step, share in enumerate(shares)
        ]

    @property
    def range_text(self) -> str:
        """Say from where to where the axis goes: 75 to 100 %."""
        return _("{low} to {high} %").format(low=f"{self.start * 100:.0f}", high=f"{self.end * 100:.0f}")


def score_axis(lows: Iterable[float]) -> ScoreAxis:
    """Return the narrowest of the four axes (75, 50, 25, 0 to 100 %) that shows every interval whole."""
    lowest = min(lows, default=1.0)
    return ScoreAxis(next((start for start in STARTS if start <= lowest), 0.0))


def error_axis(highs: Iterable[float]) -> ScoreAxis:
    """Return the narrowest axis from 0 to 5, 10, 25, 50 or 100 % that shows every interval whole.

    More words can be wrong than were said; what lies beyond 100 % stands at the end.
    """
    highest = max(highs, default=0.0)
    return ScoreAxis(0.0, next((end for end in ENDS if highest <= end), 1.0))
