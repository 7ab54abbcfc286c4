"""How far what was heard is from what was said: aligned words and characters, error rates, what is confused.

Texts come in already written by the rules of the model (see `writing`): nothing is normalised here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.writing import graphemes

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

OK, SUBSTITUTION, DELETION, INSERTION = "ok", "substitution", "deletion", "insertion"

Step = tuple[str, str, str]
"""(operation, said, heard): nothing ("") was heard in a deletion, nothing was said in an insertion."""

_DRAWN_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class ErrorCounts:
    """Errors against `references` words (or characters) that were said. Counts add up: the rate is of the corpus."""

    references: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors per reference; above 1 where much more was heard than said. With no reference: 0, or 1 with errors."""
        return self.errors / self.references if self.references else float(self.errors > 0)

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        return ErrorCounts(
            self.references + other.references,
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
        )

    def as_dict(self) -> dict[str, int]:
        return {
            "references": self.references,
            "substitutions": self.substitutions,
            "deletions": self.deletions,
            "insertions": self.insertions,
        }


def align(said: Sequence[str], heard: Sequence[str]) -> list[Step]:
    """Align two lists by the fewest errors (V. Levenshtein, 1966), a substitution before a deletion with an insertion.

    Bit-parallel (H. Hyyrö, 2003: "A bit-vector algorithm for computing Levenshtein and Damerau edit distances"): bit i
    of a row's vectors tells how the distances of the i-th and the next word of `said` differ.
    """
    diagonal_zero, vertical_plus = _distance_bits(said, heard)
    steps: list[Step] = []
    row, column = len(heard), len(said)
    while row and column:
        bit = 1 << (column - 1)
        if said[column - 1] == heard[row - 1]:
            step = (OK, said[column - 1], heard[row - 1])
        elif not diagonal_zero[row - 1] & bit:
            step = (SUBSTITUTION, said[column - 1], heard[row - 1])
        elif vertical_plus[row - 1] & bit:
            step = (DELETION, said[column - 1], "")
        else:
            step = (INSERTION, "", heard[row - 1])
        steps.append(step)
        column -= step[0] != INSERTION
        row -= step[0] != DELETION
    steps.extend((DELETION, word, "") for word in reversed(said[:column]))
    steps.extend((INSERTION, "", word) for word in reversed(heard[:row]))
    steps.reverse()
    return steps


def align_words(said: str, heard: str) -> list[Step]:
    """Align the words of two texts."""
    return align(said.split(), heard.split())


def align_characters(said: str, heard: str) -> list[Step]:
    """Align the characters a reader sees (grapheme clusters) of two texts; the spaces between words count."""
    return align(graphemes(said), graphemes(heard))


def count_errors(steps: Iterable[Step]) -> ErrorCounts:
    """Count the errors of an alignment."""
    counts = Counter(operation for operation, _, _ in steps)
    substitutions, deletions = counts[SUBSTITUTION], counts[DELETION]
    return ErrorCounts(counts[OK] + substitutions + deletions, substitutions, deletions, counts[INSERTION])


def word_errors(pairs: Iterable[tuple[str, str]]) -> ErrorCounts:
    """Count the word errors of a corpus of (said, heard) texts; `.rate` is the WER."""
    return sum((count_errors(align_words(said, heard)) for said, heard in pairs), ErrorCounts())


def character_errors(pairs: Iterable[tuple[str, str]]) -> ErrorCounts:
    """Count the character errors of a corpus of (said, heard) texts; `.rate` is the CER."""
    return sum((count_errors(align_characters(said, heard)) for said, heard in pairs), ErrorCounts())


def confusions(alignments: Iterable[Iterable[Step]]) -> list[tuple[str, str, int]]:
    """Count all errors as [(said, heard, times)], the most frequent first.

    "" heard is a deletion, "" said an insertion.
    """
    counts = Counter((said, heard) for steps in alignments for operation, said, heard in steps if operation != OK)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(said, heard, times) for (said, heard), times in ordered]


def bootstrap_rate_interval(
    errors: Sequence[int],
    references: Sequence[int],
    groups: Sequence[Hashable],
    *,
    rounds: int = 2_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Give the percentile interval of an error rate when whole groups (speakers) are drawn anew with replacement.

    One entry a clip. The cluster bootstrap, as `metrics.bootstrap_interval_by_group`. Where the speakers are unknown
    each clip is a group of its own; where all clips are of one speaker the clips are drawn, which says nothing about
    other speakers. One clip alone tells nothing: (0, 1), or up to its own rate.
    """
    keys = groups if len(set(groups)) > 1 else range(len(errors))
    wrong, said = _sums_by_group(errors, references, keys)
    if len(wrong) < 2:  # noqa: PLR2004 - one group
        return 0.0, max(1.0, ErrorCounts(sum(references), sum(errors)).rate)
    generator = np.random.default_rng(seed)
    rates = []
    for _ in range(0, rounds, step := max(1, min(rounds, _DRAWN_AT_ONCE // len(wrong)))):
        drawn = generator.integers(0, len(wrong), size=(step, len(wrong)))
        rates.append(wrong[drawn].sum(axis=1) / np.maximum(said[drawn].sum(axis=1), 1))
    low, high = np.quantile(np.concatenate(rates)[:rounds], [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def bootstrap_difference_interval(
    counts: Sequence[tuple[int, int, int, int]],
    groups: Sequence[Hashable],
    *,
    rounds: int = 2_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Give the percentile interval of one error rate less another, both of the same clips.

    `counts`: for each clip errors and words of the one, errors and words of the other. Clips are drawn anew in whole
    groups, and both rates are of the same draw: the paired bootstrap (M. Bisani and H. Ney, 2004, "Bootstrap estimates
    for confidence intervals in ASR performance evaluation"). One group alone tells nothing: (-1, 1).
    """
    keys = list(dict.fromkeys(groups))
    if len(keys) < 2:  # noqa: PLR2004 - one group
        return -1.0, 1.0
    places = {key: place for place, key in enumerate(keys)}
    sums = np.zeros((len(keys), 4))
    np.add.at(sums, [places[group] for group in groups], np.asarray(counts, dtype=np.float64))
    generator = np.random.default_rng(seed)
    differences = []
    for _ in range(0, rounds, step := max(1, min(rounds, _DRAWN_AT_ONCE // len(keys)))):
        drawn = sums[generator.integers(0, len(keys), size=(step, len(keys)))].sum(axis=1)
        words = np.maximum(drawn[:, [1, 3]], 1)
        differences.append(drawn[:, 0] / words[:, 0] - drawn[:, 2] / words[:, 1])
    low, high = np.quantile(np.concatenate(differences)[:rounds], [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _distance_bits(said: Sequence[str], heard: Sequence[str]) -> tuple[list[int], list[int]]:
    """Give per word of `heard` two bit vectors over `said`: distance as on the diagonal before, one more than above."""
    everywhere: dict[str, int] = {}
    for position, word in enumerate(said):
        everywhere[word] = everywhere.get(word, 0) | 1 << position
    mask = (1 << len(said)) - 1
    plus, minus = mask, 0
    diagonal_zero, vertical_plus = [], []
    for word in heard:
        same = everywhere.get(word, 0)
        zero = ((((same & plus) + plus) ^ plus) | same | minus) & mask
        across_plus = (minus | ~(zero | plus)) << 1 | 1
        across_minus = (zero & plus) << 1
        plus = (across_minus | ~(zero | across_plus)) & mask
        minus = across_plus & zero & mask
        diagonal_zero.append(zero)
        vertical_plus.append(plus)
    return diagonal_zero, vertical_plus


def _sums_by_group(
    errors: Sequence[int], references: Sequence[int], groups: Sequence[Hashable]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    numbers: dict[Hashable, int] = {}
    at = [numbers.setdefault(group, len(numbers)) for group in groups]
    wrong, said = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
    np.add.at(wrong, at, np.asarray(errors, np.int64))
    np.add.at(said, at, np.asarray(references, np.int64))
    return wrong, said
