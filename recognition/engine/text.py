"""One normaliser for what people write, and one for comparing what was said with what was heard."""

from __future__ import annotations

import re
import unicodedata

from recognition.engine.errors import EngineError
from recognition.engine.language import said

_WHITE_SPACE = re.compile(r"\s+")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'", "\uff07": "'"})
# Zero-width joiners change the letters around them in Persian, Hindi and others; every other format character goes.
_JOINERS = frozenset("\u200c\u200d")
_NOT_KEPT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def normalise_label(text: str) -> str:
    """Give a label or transcript as it is kept: NFC, no control characters, white space folded to single spaces.

    Case and punctuation stay. Raises EngineError text_empty, or text_only_symbols where there is no letter or digit
    of any script.
    """
    visible = "".join(map(_kept, unicodedata.normalize("NFC", text)))
    folded = _WHITE_SPACE.sub(" ", visible).strip().strip("".join(_JOINERS))
    if not folded:
        raise EngineError("text_empty", said("There is no text. Write what is said in the clip."), repr(text))
    if not any(unicodedata.category(character)[0] in "LN" for character in folded):
        raise EngineError(
            "text_only_symbols",
            said("“{text}” has no letter or digit in it. Write what is said in the clip as words.", text=folded),
            repr(text),
        )
    return folded


def normalise_for_scoring(text: str) -> str:
    """Give a text in the form in which two are compared: NFKC, case folded, letters, marks, digits and apostrophes.

    Everything else becomes a space, and spaces are folded. "Twenty-One!" and "twenty one" are the same.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    spoken = "".join(c if c in _JOINERS or c == "'" or unicodedata.category(c)[0] in "LMN" else " " for c in folded)
    words = (word.strip("'") for word in spoken.split())
    return " ".join(word for word in words if word)


def _kept(character: str) -> str:
    if character.isspace():
        return " "
    if character in _JOINERS or unicodedata.category(character) not in _NOT_KEPT:
        return character
    return ""
