"""Words a sender expects to hear: names and terms a model of sentences would spell otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

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
        message = _(
            "Expected words may be {most} at most; {count} came. Keep those this recording really holds. "
            "Nothing was kept."
        )
        raise _refused(message.format(most=MOST_HOTWORDS, count=len(words)))
    return words


def _one(piece: str) -> str:
    try:
        word = normalise_label(piece)
    except EngineError:
        message = _("“{word}” among the expected words has no letter or digit. Take it out. Nothing was kept.")
        raise _refused(message.format(word=piece.strip()[:LONGEST_HOTWORD])) from None
    if len(word) > LONGEST_HOTWORD:
        message = _(
            "An expected word may have {most} characters at most; “{word}…” has {count}. "
            "Put commas between the words, or shorten it. Nothing was kept."
        )
        raise _refused(message.format(most=LONGEST_HOTWORD, word=word[:20], count=len(word)))
    return word


def _refused(sentence: str) -> ServiceError:
    return ServiceError("hotwords_refused", sentence)
