"""What a sentences model can write: its output units, and the way between texts and unit numbers.

A unit is a string. " " is the space between words; " a " is a whole word as one unit, with the spaces in it: joining
units and folding spaces gives the text, whatever they are. The CTC blank is the number behind the last unit.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import regex

from recognition.engine.errors import EngineError
from recognition.engine.language import said
from recognition.engine.writing import graphemes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SPACE = " "
CHARACTERS, SPELLED_LETTERS, FREQUENT_WORDS = "characters", "spelled_letters", "frequent_words"
# Where Unicode's clusters are many (consonant plus vowel sign), their parts are the better units: seen more often.
_BRAHMIC = regex.compile(
    r"[\p{Deva}\p{Bengali}\p{Guru}\p{Gujr}\p{Orya}\p{Taml}\p{Telu}\p{Knda}\p{Mlym}\p{Sinh}\p{Thai}\p{Laoo}\p{Khmr}\p{Mymr}\p{Tibt}]"
)
_HANGUL_SYLLABLE = regex.compile(r"[\uac00-\ud7a3]")


@dataclass(frozen=True)
class Alphabet:
    """The output units of a model, in the order of its output; `style` tells how they were chosen."""

    style: str
    units: tuple[str, ...]

    @property
    def blank(self) -> int:
        """The number of the CTC blank: the last output."""
        return len(self.units)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each unit."""
        return {unit: number for number, unit in enumerate(self.units)}

    def encode(self, text: str) -> list[int]:
        """Give the unit numbers of a text that is already written by the rules.

        Raises EngineError character_unknown where a character is no unit.
        """
        numbers: list[int] = []
        needs_space = False
        for word in text.split():
            whole = self.whole_word(word)
            if whole is not None:
                numbers.append(whole)
                needs_space = False
                continue
            if needs_space:
                numbers.extend(self._numbers_of([SPACE], text))
            numbers.extend(self.spelled(word))
            needs_space = True
        return numbers

    def whole_word(self, word: str) -> int | None:
        """Give the number of the unit that stands for a whole word, None where there is none."""
        return self.numbers.get(f" {word} ")

    def spelled(self, word: str) -> list[int]:
        """Give the units of a word's characters. Raises EngineError character_unknown."""
        return self._numbers_of(pieces(word), word)

    def decode(self, numbers: Iterable[int]) -> str:
        """Give the text of unit numbers that hold neither blanks nor repeats."""
        return " ".join(unicodedata.normalize("NFC", "".join(self.units[number] for number in numbers)).split())

    def _numbers_of(self, units: list[str], text: str) -> list[int]:
        try:
            return [self.numbers[unit] for unit in units]
        except KeyError as unknown:
            raise EngineError(
                "character_unknown",
                said("The character “{character}” was never seen in training.", character=unknown.args[0]),
                text,
            ) from None


def pieces(word: str) -> list[str]:
    """Split a word into the characters a model writes.

    Grapheme clusters ("ọ̀" is one), but the parts of Brahmic and South-East Asian clusters, and the letters (jamo) of
    Hangul syllables, which NFC puts together again.
    """
    if word.isascii():
        return list(word)
    found: list[str] = []
    for cluster in graphemes(word):
        if _BRAHMIC.search(cluster):
            found.extend(cluster)
        elif _HANGUL_SYLLABLE.search(cluster):
            found.extend(unicodedata.normalize("NFD", cluster))
        else:
            found.append(cluster)
    return found


def characters_alphabet(texts: Sequence[str]) -> Alphabet:
    """Give the alphabet of single characters of texts written by the rules; with the space where one is needed."""
    return _with_whole_words(CHARACTERS, texts, ())


def spelled_letters_alphabet(texts: Sequence[str]) -> Alphabet:
    """Give the characters, and a unit of its own for each word of one character ("k" spelled aloud is no [k])."""
    single = {word for text in texts for word in text.split() if len(pieces(word)) == 1}
    return _with_whole_words(SPELLED_LETTERS, texts, sorted(single))


def frequent_words_alphabet(texts: Sequence[str], *, fewest: int) -> Alphabet:
    """Give the characters, and a unit for each word of one character or seen at least `fewest` times."""
    counts = Counter(word for text in texts for word in text.split())
    chosen = sorted(word for word, count in counts.items() if count >= fewest or len(pieces(word)) == 1)
    return _with_whole_words(FREQUENT_WORDS, texts, chosen)


def _with_whole_words(style: str, texts: Sequence[str], words: Sequence[str]) -> Alphabet:
    characters = {piece for text in texts for word in text.split() for piece in pieces(word)}
    has_spaces = any(SPACE in text for text in texts)
    return Alphabet(style, (*sorted(characters), *([SPACE] if has_spaces else []), *(f" {word} " for word in words)))
