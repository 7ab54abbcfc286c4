"""What a model's figures say, whatever it hears: how often words are right, how many words of sentences are wrong.

Pages ask a `Score` for its text, its place on an axis and how it stands against another one, so that none of them has
to know which way is better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from speechsite.lib.numbers import decimal_text, percent_text, points_text
from speechsite.lib.score_axis import ScoreAxis, error_axis, score_axis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Score:
    """A share between 0 and 1 with its 95 % interval; where it `is_error`, lower is better."""

    value: float
    low: float
    high: float
    is_error: bool = False
    baseline: float | None = None  # what always giving the most frequent answer would reach
    is_unseen_speakers: bool = False

    @property
    def noun(self) -> str:
        """Name what is counted, as the head of an axis or a column."""
        return _("Words wrong") if self.is_error else _("Accuracy")

    @property
    def way(self) -> str:
        """Say which way is better, where that is not plain."""
        return _("lower is better") if self.is_error else ""

    @property
    def text(self) -> str:
        """Return the number alone: 5.7 %."""
        return percent_text(self.value)

    @property
    def range_text(self) -> str:
        """Say the interval: between 4.0 % and 7.6 %."""
        return _("between {low} and {high}").format(low=percent_text(self.low), high=percent_text(self.high))

    @property
    def headline(self) -> str:
        """Say number, what it counts and how far it can be trusted: 5.7 % of words wrong (4.0 to 7.6)."""
        sentence = (
            _("{share} of words wrong ({low} to {high})") if self.is_error else _("{share} right ({low} to {high})")
        )
        low, high = decimal_text(self.low * 100, 1), decimal_text(self.high * 100, 1)
        return sentence.format(share=self.text, low=low, high=high)

    @property
    def baseline_text(self) -> str:
        """Say what guessing gives; nothing is to be guessed about sentences."""
        return "" if self.baseline is None else _("Guessing gives {share}.").format(share=percent_text(self.baseline))

    @property
    def whose(self) -> str:
        """Say whose voices it was measured on."""
        if self.is_unseen_speakers:
            return _("on voices it had never heard")
        return _("on clips it had not learned from")

    def is_better_than(self, other: Score) -> bool:
        """Say which of two numbers is the better one, chance left aside."""
        return self.value < other.value if self.is_error else self.value > other.value

    def overlaps(self, other: Score) -> bool:
        """Say whether the two intervals share a value."""
        return self.low <= other.high and other.low <= self.high

    def holds(self, other: Score) -> bool:
        """Say whether the other's number lies in this interval."""
        return self.low <= other.value <= self.high

    def difference_text(self, other: Score) -> str:
        """Write how far two numbers are apart: 3.2 points."""
        return points_text(self.value - other.value)

    def against(self, other: Score, *, name: str, other_name: str) -> str:
        """Say in a sentence how two scores on like clips compare."""
        if self.overlaps(other):
            return _("Between {other} and {name} no difference is shown.").format(other=other_name, name=name)
        sentence = (
            _("{name} is better than {other}, by {points}.")
            if self.is_better_than(other)
            else _("{name} is worse than {other}, by {points}.")
        )
        return sentence.format(name=name, other=other_name, points=self.difference_text(other))


def score_of(metrics: Mapping[str, Any]) -> Score | None:
    """Read the figures of a locked test, of words or of sentences; None for what nobody measured."""
    is_error = "wer" in metrics
    value, interval = metrics.get("wer" if is_error else "accuracy"), metrics.get("interval")
    if value is None or not interval:
        return None
    return Score(
        value=value,
        low=interval[0],
        high=interval[1],
        is_error=is_error,
        baseline=metrics.get("baseline"),
        is_unseen_speakers=bool(metrics.get("unseen_speakers")),
    )


def axis_for(scores: Iterable[Score]) -> ScoreAxis:
    """Return the axis that holds every interval; the scores are all of one sort."""
    known = list(scores)
    if any(score.is_error for score in known):
        return error_axis(score.high for score in known)
    return score_axis(score.low for score in known)
