"""Which output units a model of sentences may write in: candidates from the text, the choice left to validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognition.engine.alphabet import (
    CHARACTERS,
    FREQUENT_WORDS,
    SPELLED_LETTERS,
    characters_alphabet,
    frequent_words_alphabet,
    pieces,
    spelled_letters_alphabet,
)
from recognition.engine.language import to_be_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognition.engine.alphabet import Alphabet

# Spelling is common in real data ("M A R Y"): a letter said by its name sounds nothing like the letter in a word.
SPELLED_SHARE = 0.02
FREQUENT_WORD_CLIPS = 15
MOST_FREQUENT_WORDS = 500
# Kept in English with a model; said in the language of whoever looks.
IN_WORDS = {
    CHARACTERS: to_be_said("characters"),
    SPELLED_LETTERS: to_be_said("characters, and a unit of its own for each letter said by its name"),
    FREQUENT_WORDS: to_be_said("characters, and a unit of its own for each frequent word"),
}


def candidate_alphabets(texts: Sequence[str]) -> list[Alphabet]:
    """Return the alphabets worth trying on these texts, the plain characters first.

    Each becomes a head of the same network and is trained along; the best one on validation is exported.
    """
    candidates = [characters_alphabet(texts)]
    words = [word for text in texts for word in text.split()]
    single = sum(len(pieces(word)) == 1 for word in words)
    if single >= SPELLED_SHARE * len(words):
        candidates.append(spelled_letters_alphabet(texts))
    frequent = frequent_words_alphabet(texts, fewest=FREQUENT_WORD_CLIPS)
    whole = len(frequent.units) - len(candidates[0].units)
    if len(candidates[-1].units) < len(frequent.units) and whole <= MOST_FREQUENT_WORDS:
        candidates.append(frequent)
    return candidates
