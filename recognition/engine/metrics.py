"""Scores, and how far they can be trusted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

Key = TypeVar("Key", bound=Hashable)
_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Score:
    """So many right out of so many, with the 95 % Wilson interval of the share."""

    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        return self.correct / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.correct, self.total)


def wilson_interval(correct: int, total: int, *, z: float = _Z_95) -> tuple[float, float]:
    """Give the score interval of a share (E. B. Wilson, 1927), 95 % unless told: it stays sensible at 0 % and 100 %.

    It takes the clips for independent. Clips of one speaker are not: see `bootstrap_interval_by_group`. Nothing
    counted means nothing known: (0, 1).
    """
    if not 0 <= correct <= total:
        message = f"{correct} correct of {total}"
        raise ValueError(message)
    if not total:
        return 0.0, 1.0
    share, squared = correct / total, z * z
    centre = (share + squared / (2 * total)) / (1 + squared / total)
    reach = z * math.sqrt(share * (1 - share) / total + squared / (4 * total * total)) / (1 + squared / total)
    low = 0.0 if correct == 0 else max(0.0, centre - reach)
    return low, 1.0 if correct == total else min(1.0, centre + reach)


def bootstrap_interval_by_group(
    correct: Sequence[bool], groups: Sequence[Hashable], *, rounds: int = 2_000, confidence: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Give the percentile interval of the accuracy when whole groups (speakers) are drawn anew with replacement.

    The cluster bootstrap (A. C. Davison and D. V. Hinkley, 1997, section 3.8): it answers "how would it do on other
    speakers like these". With one group there is nothing to draw from: then it is the Wilson interval.
    """
    scores = list(score_by(groups, correct).values())
    right, total = np.array([s.correct for s in scores]), np.array([s.total for s in scores])
    if len(scores) < 2:  # noqa: PLR2004 - one group
        return wilson_interval(int(right.sum()), int(total.sum()))
    drawn = np.random.default_rng(seed).integers(0, len(scores), size=(rounds, len(scores)))
    accuracy = right[drawn].sum(axis=1) / total[drawn].sum(axis=1)
    low, high = np.quantile(accuracy, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def score_of(correct: Sequence[bool]) -> Score:
    """Count what is right."""
    return Score(sum(map(bool, correct)), len(correct))


def score_by(keys: Sequence[Key], correct: Sequence[bool]) -> dict[Key, Score]:
    """Give the score of each key (label, speaker), in the order in which the keys first appear."""
    total = Counter(keys)
    right = Counter(key for key, is_correct in zip(keys, correct, strict=True) if is_correct)
    return {key: Score(right[key], count) for key, count in total.items()}


def confusion(said: Sequence[str], heard: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count {said: {heard: clips}}, only what happened, the most frequent first. `heard` may hold answers too."""
    counts: dict[str, Counter[str]] = {}
    for truth, answer in zip(said, heard, strict=True):
        counts.setdefault(truth, Counter())[answer] += 1
    return {truth: dict(answers.most_common()) for truth, answers in counts.items()}


def majority_baseline(labels: Sequence[str]) -> tuple[str, float]:
    """Give the most frequent label and the share of clips that always answering it would get right."""
    if not labels:
        return "", 0.0
    label, count = Counter(labels).most_common(1)[0]
    return label, count / len(labels)
