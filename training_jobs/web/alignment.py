"""What was said over what was heard, word by word: for the eye in columns, for the ear in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from recognition.engine.error_rates import DELETION, INSERTION, OK, SUBSTITUTION, align, align_characters

MOST_WORDS_TOLD: Final = 12


@dataclass(frozen=True)
class Pair:
    """One column: `said` is empty for a word that was added, `heard` for one that was left out."""

    operation: str
    said: str
    heard: str

    @property
    def is_right(self) -> bool:
        """Say whether the word was heard as it was said."""
        return self.operation == OK

    @property
    def look(self) -> str:
        """Return the class that marks it: nothing, replaced, left-out or added."""
        return {SUBSTITUTION: "replaced", DELETION: "left-out", INSERTION: "added"}.get(self.operation, "")


@dataclass(frozen=True)
class Alignment:
    """Two texts side by side."""

    pairs: tuple[Pair, ...]

    @property
    def errors(self) -> list[Pair]:
        """Return the words that were replaced, left out or added, in their order."""
        return [pair for pair in self.pairs if not pair.is_right]

    @property
    def told(self) -> list[Pair]:
        """Return the errors that are read aloud one by one."""
        return self.errors[:MOST_WORDS_TOLD]

    @property
    def more(self) -> int:
        """Return how many errors are not read aloud."""
        return len(self.errors) - len(self.told)


def alignment_of(said: str, heard: str) -> Alignment:
    """Align the words of two texts, both written by the rules of the model."""
    return Alignment(tuple(Pair(*step) for step in align(said.split(), heard.split())))


def confuses(said: str, heard: str, *, pair: tuple[str, str], is_of_characters: bool = False) -> bool:
    """Say whether somewhere in a clip this word, or character, was heard as that one; "" is nothing."""
    steps = align_characters(said, heard) if is_of_characters else align(said.split(), heard.split())
    return any(operation != OK and (one, other) == pair for operation, one, other in steps)
