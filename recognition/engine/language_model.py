"""How probable a word is behind others: interpolated Kneser-Ney n-grams of words.

R. Kneser, H. Ney, 1995: "Improved backing-off for m-gram language modeling"; S. Chen, J. Goodman, 1998: "An empirical
study of smoothing techniques for language modeling". docs/engine.md has the formulas.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.arpa import (
    END,
    HIGHEST_ORDER,
    LONGEST_WORD_BYTES,
    MAX_NGRAMS,
    START,
    UNKNOWN,
    Order,
    read_arpa,
    write_arpa,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["END", "START", "UNKNOWN", "LanguageModel", "load_language_model", "train_language_model"]

_SPECIAL = (UNKNOWN, START, END)
_USUAL_DISCOUNT = 0.75
_LEAST_DISCOUNT, _MOST_DISCOUNT = 0.1, 0.95
_REMEMBERED_CONTEXTS = 50_000

_Found = tuple[tuple[int, int], ...]


class LanguageModel:
    """Probabilities of words behind others. Safe to use from many threads."""

    def __init__(self, words: list[str], orders: list[Order]) -> None:
        self._numbers = {word: number for number, word in enumerate(words)}
        self._orders = orders
        self._count = len(words)
        self._unknown = self._numbers[UNKNOWN]
        self._contexts: dict[tuple[str, ...], _Found] = {}
        self.words = tuple(word for word in words if word not in _SPECIAL)

    @property
    def order(self) -> int:
        """The most words looked at together: 3 for trigrams."""
        return len(self._orders)

    @property
    def ngrams(self) -> int:
        return sum(len(order.keys) for order in self._orders)

    def __contains__(self, word: object) -> bool:
        return word in self._numbers

    def log_probability(self, word: str, context: Sequence[str]) -> float:
        """Give ln P(word | context). `word` may be END.

        `context` are the words before, the nearest last, START in front where the sentence began there; what is
        further away than the order reaches is not looked at. A word that is not known has the probability of UNKNOWN:
        small, but never zero.
        """
        number = self._numbers.get(word, self._unknown)
        near = tuple(context[-(self.order - 1) :]) if self.order > 1 else ()
        weight = 0.0
        for length, index in self._found(near):
            order = self._orders[length]
            key = index * self._count + number
            at = bisect_left(order.keys, key)
            if at < len(order.keys) and order.keys[at] == key:
                return weight + order.log_probs[at]
            weight += self._orders[length - 1].backoffs[index]
        return weight + self._orders[0].log_probs[number]

    def sentence_log_probability(self, sentence: str) -> float:
        """Give ln P of a whole sentence, its end included."""
        words = [START, *sentence.split(), END]
        near = self.order - 1
        return sum(self.log_probability(words[at], words[max(0, at - near) : at]) for at in range(1, len(words)))

    def perplexity(self, sentences: Iterable[str]) -> float:
        """Give the perplexity by word, the ends of sentences counted as words. With no sentence: infinite."""
        total, count = 0.0, 0
        for sentence in sentences:
            total += self.sentence_log_probability(sentence)
            count += len(sentence.split()) + 1
        return math.exp(-total / count) if count else math.inf

    def write(self, path: Path) -> None:
        """Write the model as a gzipped ARPA file."""
        write_arpa(path, list(self._numbers), self._orders)

    def _found(self, near: tuple[str, ...]) -> _Found:
        """Give (length, index) of every end of `near` that was seen as an n-gram, the longest first."""
        found = self._contexts.get(near)
        if found is None:
            if len(self._contexts) >= _REMEMBERED_CONTEXTS:
                self._contexts.clear()
            numbers = [self._numbers.get(word, self._unknown) for word in near]
            indices = ((len(near) - start, self._index(numbers[start:])) for start in range(len(near)))
            found = tuple((length, index) for length, index in indices if index is not None)
            self._contexts[near] = found
        return found

    def _index(self, numbers: list[int]) -> int | None:
        index = numbers[0]
        for order, number in zip(self._orders[1:], numbers[1:], strict=False):
            key = index * self._count + number
            index = bisect_left(order.keys, key)
            if index == len(order.keys) or order.keys[index] != key:
                return None
        return index


def load_language_model(
    path: Path, *, max_ngrams: int = MAX_NGRAMS, tick: Callable[[], None] = lambda: None
) -> LanguageModel:
    """Read a gzipped ARPA file, calling `tick` meanwhile.

    Raises EngineError language_model_corrupt, also for one that is too large.
    """
    return LanguageModel(*read_arpa(path, max_ngrams=max_ngrams, tick=tick))


def train_language_model(
    sentences: Iterable[str], *, order: int = 3, extra: Iterable[str] = (), max_ngrams: int = MAX_NGRAMS
) -> LanguageModel:
    """Estimate a model from sentences written by the rules; words are what stands between spaces.

    `extra` is what the user added: lines of several words count like sentences, a line of one word only makes the word
    known, as if seen once in one place (a word list says nothing about what stands beside a word). Raises ValueError
    for an order that is not 1 to 5. The order is lowered for a text that has more than `max_ngrams`.
    """
    if not 1 <= order <= HIGHEST_ORDER:
        message = f"Order must be 1 to {HIGHEST_ORDER}. Received: {order}."
        raise ValueError(message)
    added = [_words_of(line) for line in extra]
    listed = {line[0] for line in added if len(line) == 1}
    said = [words for words in map(_words_of, sentences) if words]
    said += [words for words in added if len(words) > 1]
    vocabulary = sorted({word for words in said for word in words} | listed)
    names = [*_SPECIAL, *(word for word in vocabulary if word not in _SPECIAL)]
    numbers = {word: number for number, word in enumerate(names)}
    counted = _counted(said, numbers, order)
    while len(counted) > 1 and sum(len(at.keys) for at in counted) > max_ngrams:
        counted = _counted(said, numbers, len(counted) - 1)
    seen = counted[0].counts
    seen[[numbers[word] for word in listed if seen[numbers[word]] == 0]] = 1
    return LanguageModel(names, _estimated(counted, len(names)))


def _words_of(sentence: str) -> list[str]:
    return [UNKNOWN if word in _SPECIAL or _is_too_long(word) else word for word in sentence.split()]


def _is_too_long(word: str) -> bool:
    """Say whether a word, as in a text without spaces, would not fit into the file of the model."""
    return 4 * len(word) > LONGEST_WORD_BYTES and len(word.encode()) > LONGEST_WORD_BYTES


class _Counted:
    """The n-grams of one length: sorted keys, the index of each one's beginning and end in the order below, counts."""

    def __init__(self, keys: NDArray[np.int64], below: tuple[NDArray[np.int64], NDArray[np.int64]]) -> None:
        self.keys = keys
        self.beginnings, self.ends = below
        self.counts: NDArray[np.int64] = np.zeros(len(keys), np.int64)


def _counted(said: list[list[str]], numbers: dict[str, int], highest: int) -> list[_Counted]:
    """Count n-grams: all of the highest order, of those below in how many places (different words before) each is seen.

    N-grams at the start of a sentence have nothing before them: they are counted as they are.
    """
    lengths = np.array([len(words) + 2 for words in said], np.int64)
    stream = [number for words in said for number in (1, *(numbers[word] for word in words), 2)]
    indices = np.array(stream, np.int64)
    position = np.arange(len(stream)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    tokens, orders = indices, [_Counted(np.arange(len(numbers)), (np.zeros(0, np.int64), np.zeros(0, np.int64)))]
    ends = np.flatnonzero(position >= 0)
    for length in range(1, highest + 1):
        if length > 1:
            ends = np.flatnonzero(position >= length - 1)
            keys, first, inverse = np.unique(
                indices[ends - 1] * len(numbers) + tokens[ends], return_index=True, return_inverse=True
            )
            orders.append(_Counted(keys, (indices[ends[first] - 1], indices[ends[first]])))
            indices = np.zeros_like(indices)
            indices[ends] = inverse
        at = orders[-1]
        is_counted = ends if length == highest else ends[position[ends] == length - 1]
        at.counts += np.bincount(indices[is_counted], minlength=len(at.keys))
        if length > 1:
            below = orders[-2]
            below.counts += np.bincount(at.ends, minlength=len(below.keys))
    orders[0].counts[numbers[START]] = 0
    return orders


def _estimated(counted: list[_Counted], words: int) -> list[Order]:
    """Give P(w | h) = max(c(hw) - D, 0) / c(h) + D n(h) / c(h) * P(w | h without its first word), as back-off."""
    discounts = [_discount(at.counts) for at in counted]
    first = counted[0]
    total = max(int(first.counts.sum()), 1)
    left_over = 1.0 - np.maximum(first.counts - discounts[0], 0).sum() / total
    probs = np.maximum(first.counts - discounts[0], 0) / total + left_over / (words - 1)
    probs[_SPECIAL.index(START)] = 0.0
    logs, weights = [_ln(probs)], []
    for below, at, discount in zip(counted, counted[1:], discounts[1:], strict=False):
        totals = np.bincount(at.beginnings, weights=at.counts, minlength=len(below.keys))
        kinds = np.bincount(at.beginnings, minlength=len(below.keys))
        gammas = np.where(kinds > 0, discount * kinds / np.maximum(totals, 1), 1.0)
        probs = (at.counts - discount) / totals[at.beginnings] + gammas[at.beginnings] * probs[at.ends]
        logs.append(_ln(probs))
        weights.append(_ln(gammas))
    weights.append(np.zeros(len(counted[-1].keys)))
    return [
        Order(array("q", at.keys.astype(np.int64).tobytes()), array("d", log.tobytes()), array("d", weight.tobytes()))
        for at, log, weight in zip(counted, logs, weights, strict=True)
    ]


def _discount(counts: NDArray[np.int64]) -> float:
    """Give n1 / (n1 + 2 n2) (H. Ney and others, 1994); the usual 0.75 where the text is too small to tell."""
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())  # noqa: PLR2004 - n-grams seen twice
    if not once or not twice:
        return _USUAL_DISCOUNT
    return min(max(once / (once + 2 * twice), _LEAST_DISCOUNT), _MOST_DISCOUNT)


def _ln(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.log(np.maximum(values, 1e-99)))
