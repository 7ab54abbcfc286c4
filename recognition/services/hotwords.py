"""Words a sender expects to hear: names and terms a model of sentences would spell otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recognition.engine.errors import EngineError
from recognition.engine.text import normalise_label
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_HOTWORDS = 100
LONGEST_HOTWORD = 60
_SEPARATORS = re.compile(r"[,،、，;\n]")


def hotwords_of(given: Iterable[str]) -> list[str]:
    """Return the words of fields that hold one each or many with commas between, in order and each once.

    Raises ServiceError hotwords_refused for more than 100, for one longer than 60 characters, and for one without a
    letter or digit.
    """
    pieces = [piece for field in given for piece in _SEPARATORS.split(field) if piece.strip()]
    words = list(dict.fromkeys(_one(piece) for piece in pieces))
    if len(words) > MOST_HOTWORDS:
        raise _refused(
            f"Expected words may be {MOST_HOTWORDS} at most; {len(words)} came. Keep those this recording really holds."
        )
    return words


def _one(piece: str) -> str:
    try:
        word = normalise_label(piece)
    except EngineError:
        raise _refused(
            f"“{piece.strip()[:LONGEST_HOTWORD]}” among the expected words has no letter or digit. Take it out."
        ) from None
    if len(word) > LONGEST_HOTWORD:
        raise _refused(
            f"An expected word may have {LONGEST_HOTWORD} characters at most; “{word[:20]}…” has {len(word)}. "
            "Put commas between the words, or shorten it."
        )
    return word


def _refused(sentence: str) -> ServiceError:
    return ServiceError("hotwords_refused", f"{sentence} Nothing was kept.")
