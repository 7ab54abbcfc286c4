"""The words a decoder may write, by the units that spell them."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from recognition.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recognition.engine.alphabet import Alphabet

_SURROGATES = 0xD800


class Lexicon:
    """Words by their spelling: a trie, kept as a sorted list in which all that begins alike lies together.

    Words with a character that is no unit cannot be written: they are listed in `unspellable`. A spelling is a string
    with one character for each unit (see `marked`): 100,000 words take about 10 MB and a second or two.
    """

    def __init__(self, words: Iterable[str], alphabet: Alphabet) -> None:
        spellings, whole, unspellable = set(), set(), []
        for word in dict.fromkeys(words):
            unit = alphabet.whole_word(word)
            if unit is not None:
                whole.add(unit)
                continue
            try:
                spellings.add(marked(alphabet.spelled(word)))
            except EngineError:
                unspellable.append(word)
        self.spellings = sorted(spellings - {""})
        self.whole_words = frozenset(whole)
        self.unspellable = tuple(unspellable)

    def __len__(self) -> int:
        return len(self.spellings) + len(self.whole_words)

    def look_up(self, spelling: str) -> tuple[bool, bool]:
        """Say whether a word begins with this spelling, and whether it is one."""
        at = bisect_left(self.spellings, spelling)
        found = self.spellings[at] if at < len(self.spellings) else ""
        return found.startswith(spelling) and bool(found), found == spelling


class Hotwords:
    """Words likely to be said, with what each spelling that leads to one is worth, and each whole-word unit.

    `shares` gives the part of a hotword that a spelling is: 1.0 for a hotword itself.
    """

    def __init__(self, phrases: Iterable[str], alphabet: Alphabet) -> None:
        words = Lexicon((word for phrase in phrases for word in phrase.split()), alphabet)
        self.words = frozenset(words.spellings)
        self.whole_words = words.whole_words
        self.unspellable = words.unspellable
        self.shares: dict[str, float] = {}
        for word in words.spellings:
            for length in range(1, len(word) + 1):
                beginning = word[:length]
                self.shares[beginning] = max(self.shares.get(beginning, 0.0), length / len(word))

    def __bool__(self) -> bool:
        return bool(self.words or self.whole_words)


def marked(numbers: Sequence[int]) -> str:
    """Write unit numbers as a string, one character each: strings are compared and hashed faster than tuples."""
    return "".join(map(_mark, numbers))


def numbers_of(spelling: str) -> list[int]:
    """Give the unit numbers of what `marked` wrote."""
    return [code if code < _SURROGATES else code - 0x800 for code in map(ord, spelling)]


def _mark(number: int) -> str:
    return chr(number if number < _SURROGATES else number + 0x800)
