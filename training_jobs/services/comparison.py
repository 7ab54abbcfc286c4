"""Two versions on the same clips: how far apart, how sure, and in which clips."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recognition.engine.error_rates import bootstrap_difference_interval
from speechsite.lib.numbers import thousands_text

if TYPE_CHECKING:
    from collections.abc import Sequence

SPEAKERS_FOR_BOOTSTRAP: Final = 3
BETTER, WORSE, NO_DIFFERENCE = "better", "worse", "no_difference"


@dataclass(frozen=True)
class Pair:
    """One clip heard by both: wrong words, and words said as each one's rules count them."""

    speaker: str
    errors: int
    words: int
    against_errors: int
    against_words: int

    @property
    def change(self) -> str:
        """Say whether the version heard it better than the other one did: better, worse or same."""
        if self.errors == self.against_errors:
            return "same"
        return BETTER if self.errors < self.against_errors else WORSE


@dataclass(frozen=True)
class Comparison:
    """`difference` is the version's share of wrong words less the other's: below 0 it is better.

    The 95 % interval is by paired bootstrap; `verdict` is no_difference where it holds 0.
    """

    difference: float
    interval: tuple[float, float]
    interval_method: str
    verdict: str
    clips: int
    better_clips: int
    worse_clips: int
    sentence: str


def compared(pairs: Sequence[Pair], *, name: str, against: str, noun: str) -> Comparison:
    """Compare two versions on the clips both heard; `noun` is what is counted: clips or words.

    The interval is the wider one of drawing clips anew and, with three or more speakers, drawing speakers anew: few
    speakers that happen to be alike must not make a few clips look like a difference. Raises ValueError without pairs.
    """
    if not pairs:
        raise ValueError("Expected at least one clip that both versions heard. Received none.")
    rates = [(pair.errors, pair.words, pair.against_errors, pair.against_words) for pair in pairs]
    wrong, said, against_wrong, against_said = (sum(column) for column in zip(*rates, strict=True))
    difference = wrong / max(1, said) - against_wrong / max(1, against_said)
    low, high, method = _interval(pairs, rates)
    verdict = BETTER if high < 0 else WORSE if low > 0 else NO_DIFFERENCE
    changes = [pair.change for pair in pairs]
    found = Comparison(
        difference=round(difference, 5),
        interval=(round(low, 5), round(high, 5)),
        interval_method=method,
        verdict=verdict,
        clips=len(pairs),
        better_clips=changes.count(BETTER),
        worse_clips=changes.count(WORSE),
        sentence="",
    )
    return replace(found, sentence=_sentence(found, name=name, against=against, noun=noun))


def _interval(pairs: Sequence[Pair], rates: Sequence[tuple[int, int, int, int]]) -> tuple[float, float, str]:
    low, high = bootstrap_difference_interval(rates, list(range(len(pairs))))
    speakers = [pair.speaker for pair in pairs]
    if not all(speakers) or len(set(speakers)) < SPEAKERS_FOR_BOOTSTRAP:
        return low, high, "clips"
    low_by_speaker, high_by_speaker = bootstrap_difference_interval(rates, speakers)
    return min(low, low_by_speaker), max(high, high_by_speaker), "speakers and clips"


def _sentence(found: Comparison, *, name: str, against: str, noun: str) -> str:
    low, high = (bound * 100 for bound in found.interval)
    on = f"the same {thousands_text(found.clips)} clip{'s' if found.clips != 1 else ''}"
    if found.verdict == NO_DIFFERENCE:
        reach = f"{name} may be up to {max(0.0, -low):.1f} points better or {max(0.0, high):.1f} points worse"
        return f"Between {against} and {name} no difference is shown on {on}: {reach}."
    points, near, far = abs(found.difference) * 100, min(abs(low), abs(high)), max(abs(low), abs(high))
    word = "fewer" if found.verdict == BETTER else "more"
    amount = f"{points:.1f} points {word} {noun} wrong (95 % interval {near:.1f} to {far:.1f})"
    return f"{name} is {found.verdict} than {against} on {on}: {amount}."
