"""N-gram language models as ARPA files, gzipped: the format of SRILM, KenLM and others.

    \\data\\
    ngram 1=4
    ngram 2=3

    \\1-grams:
    -0.7781513<tab>hello<tab>-0.3010300
    ...
    \\end\\

Probabilities and back-off weights are logarithms to base 10. `<s>`, `</s>` and `<unk>` are the start and the end of a
sentence and any unknown word.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.errors import EngineError
from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

START, END, UNKNOWN = "<s>", "</s>", "<unk>"
HIGHEST_ORDER = 5

MAX_NGRAMS = 4_000_000
MAX_BYTES = 512 << 20

_TICK_NGRAMS = 1 << 16
_LN_10 = math.log(10)
_NEVER = -99.0
_LONGEST_LINE = 4_096
LONGEST_WORD_BYTES = 800
"""As many of them as the highest order has fit into a line, with their numbers."""

_COUNT = re.compile(r"ngram ([1-9])=(\d{1,9})")
_UNREADABLE = (OSError, EOFError, zlib.error, UnicodeDecodeError)


@dataclass(frozen=True)
class Order:
    """All n-grams of one length. The n-gram at `index` is the word `keys[index] % words` behind another one.

    That one is the n-gram at `keys[index] // words` of the order below. `keys` are sorted; of single words they are
    the numbers of the words. `log_probs` (natural) are those of the last word behind the others, `backoffs` (natural)
    the weight of the order below behind this n-gram.
    """

    keys: array[int]
    log_probs: array[float]
    backoffs: array[float]


def write_arpa(path: Path, words: list[str], orders: list[Order]) -> None:
    """Write a model; `words` in the order of their numbers. The same model gives the same bytes."""
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        for line in _lines(words, orders):
            packed.write(f"{line}\n".encode())


def read_arpa(
    path: Path,
    *,
    max_ngrams: int = MAX_NGRAMS,
    max_bytes: int = MAX_BYTES,
    tick: Callable[[], None] = lambda: None,
) -> tuple[list[str], list[Order]]:
    """Read what `write_arpa` wrote, and the like. Raises EngineError language_model_corrupt.

    Memory stays bounded whatever the file holds: lines, n-grams and bytes are counted while unpacking. `tick` is called
    about three times a second: a large file takes half a minute.
    """
    try:
        with gzip.open(path, "rb") as packed:
            return _Reader(packed, max_bytes, tick).read(max_ngrams)
    except _UNREADABLE as error:
        raise _corrupt(repr(error)) from error


def _lines(words: list[str], orders: list[Order]) -> Iterator[str]:
    yield "\\data\\"
    yield from (f"ngram {number}={len(order.keys)}" for number, order in enumerate(orders, 1))
    texts = words
    for number, order in enumerate(orders, 1):
        yield ""
        yield f"\\{number}-grams:"
        if number > 1:
            texts = [f"{texts[key // len(words)]} {words[key % len(words)]}" for key in order.keys]
        is_last = number == len(orders)
        for text, log_prob, backoff in zip(texts, order.log_probs, order.backoffs, strict=True):
            weight = "" if is_last else f"\t{backoff / _LN_10:.7f}"
            yield f"{max(log_prob / _LN_10, _NEVER):.7f}\t{text}{weight}"
    yield ""
    yield "\\end\\"


class _Reader:
    def __init__(self, file: gzip.GzipFile, max_bytes: int, tick: Callable[[], None]) -> None:
        self._file, self._left, self._tick = file, max_bytes, tick
        self._words: dict[str, int] = {}
        self._indices: list[dict[int, int]] = []

    def read(self, max_ngrams: int) -> tuple[list[str], list[Order]]:
        counts = self._counts()
        if sum(counts) > max_ngrams:
            raise _corrupt(f"{sum(counts)} n-grams, at most {max_ngrams} are accepted")
        orders = [self._order(number, count, is_last=number == len(counts)) for number, count in enumerate(counts, 1)]
        self._expect("\\end\\")
        if not {START, END, UNKNOWN} <= self._words.keys():
            raise _corrupt(f"no {START}, {END} or {UNKNOWN}")
        return list(self._words), orders

    def _counts(self) -> list[int]:
        self._expect("\\data\\")
        counts: list[int] = []
        while line := self._line():
            found = _COUNT.fullmatch(line)
            if not found or int(found[1]) != len(counts) + 1:
                raise _corrupt(line)
            counts.append(int(found[2]))
        if not 1 <= len(counts) <= HIGHEST_ORDER:
            raise _corrupt(f"{len(counts)} orders, expected 1 to {HIGHEST_ORDER}")
        return counts

    def _order(self, number: int, count: int, *, is_last: bool) -> Order:
        self._expect(f"\\{number}-grams:")
        keys, log_probs, backoffs = array("q"), array("d"), array("d")
        for index in range(count):
            if index % _TICK_NGRAMS == _TICK_NGRAMS - 1:
                self._tick()
            log_prob, words, backoff = _parts(self._line())
            if len(words) != number:
                raise _corrupt(" ".join(words))
            keys.append(self._key(words))
            log_probs.append(log_prob)
            backoffs.append(backoff)
        if self._line():
            raise _corrupt(f"more than the {count} n-grams of order {number} that were declared")
        order = _sorted(keys, log_probs, backoffs)
        if not is_last and number > 1:
            self._indices.append({key: index for index, key in enumerate(order.keys)})
        return order

    def _key(self, words: list[str]) -> int:
        if len(words) == 1:
            self._words[words[0]] = len(self._words)
            return len(self._words) - 1
        try:
            index = self._words[words[0]]
            for word, known in zip(words[1:-1], self._indices, strict=True):
                index = known[index * len(self._words) + self._words[word]]
            return index * len(self._words) + self._words[words[-1]]
        except KeyError:
            raise _corrupt(f"“{' '.join(words)}” is built on what was not given before") from None

    def _expect(self, expected: str) -> None:
        line = self._line()
        while not line and self._left > 0:
            line = self._line()
        if line != expected:
            raise _corrupt(f"expected {expected}, came {line[:80]}")

    def _line(self) -> str:
        line = self._file.readline(_LONGEST_LINE)
        self._left -= len(line)
        if not line:
            raise _corrupt("the file ends too early")
        if self._left < 0 or not line.endswith(b"\n"):
            raise _corrupt("the file or a line of it is too long")
        return line.decode().rstrip("\r\n")


def _parts(line: str) -> tuple[float, list[str], float]:
    """Read a line: log-probability, words, back-off weight (1 where none is given)."""
    parts = line.split("\t")
    try:
        log_prob, backoff = float(parts[0]), float(parts[2]) if len(parts) > 2 else 0.0  # noqa: PLR2004 - the third
        words = parts[1].split(" ")
    except (ValueError, IndexError):
        raise _corrupt(line[:80]) from None
    if not (_NEVER <= log_prob <= 0 and abs(backoff) <= -_NEVER) or not all(words):
        raise _corrupt(line[:80])
    return log_prob * _LN_10, words, backoff * _LN_10


def _sorted(keys: array[int], log_probs: array[float], backoffs: array[float]) -> Order:
    numbers = np.asarray(keys, np.int64)
    by_key = np.argsort(numbers, kind="stable")
    ordered = numbers[by_key]
    if (ordered[1:] == ordered[:-1]).any():
        raise _corrupt("the same n-gram twice")
    return Order(
        array("q", ordered.tobytes()),
        array("d", np.asarray(log_probs)[by_key].tobytes()),
        array("d", np.asarray(backoffs)[by_key].tobytes()),
    )


def _corrupt(detail: str) -> EngineError:
    return EngineError(
        "language_model_corrupt",
        said("The language model of this bundle cannot be read. Export the model again where it came from."),
        detail,
    )
