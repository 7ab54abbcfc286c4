"""What is shown of a sentence that is still being said: words that stay, and a beginning that may change."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recognition.engine.hearing import Transcript

_SURE = 0.85


@dataclass(frozen=True)
class Partial:
    """Words heard until now. `stable` ones stay until the final answer, `tail` may change with the next hearing."""

    stable: str
    tail: str


class Agreement:
    """Compares successive hearings of the same, growing piece of sound.

    A word is stable once two hearings in a row gave it in the same place and another word followed it both times
    (local agreement: D. Liu, G. Spanakis and J. Niehues, 2020: "Low-latency sequence-to-sequence speech recognition and
    translation by partial hypothesis selection"). With `is_of_words`, where half a word may sound like another one, the
    tail changes only to what is sure or was heard twice; otherwise it is the rest of the newest hearing.
    """

    def __init__(self, *, is_of_words: bool) -> None:
        self._is_of_words = is_of_words
        self._stable: list[str] = []
        self._last: list[str] = []
        self._tail: list[str] = []

    def heard(self, transcript: Transcript) -> Partial:
        """Take the next hearing of the piece, from its beginning."""
        known = [word for segment in transcript.segments for word in segment.words if word.word]
        words = [word.word for word in known]
        pairs = zip(words[:-1], self._last[:-1], strict=False)
        agreed = [new for new, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
        if agreed[: len(self._stable)] == self._stable:
            self._stable = agreed
        is_sure = bool(known) and known[-1].confidence >= _SURE
        if not self._is_of_words or is_sure or (words and words == self._last):
            self._tail = words[len(self._stable) :]
        self._last = words
        return Partial(" ".join(self._stable), " ".join(self._tail))
