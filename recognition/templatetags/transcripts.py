"""Words of a transcript as buttons: their place in the recording, and how sure the model was of them."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from speechsite.lib.numbers import confidence_text, confidence_word

register = template.Library()

LOOKS = {"unsure": "unsure", "doubtful": "doubt"}
NOTHING = ""
# Tab goes through the words that may be wrong; the others are reached with the arrow keys.
BESIDE_TAB = ' tabindex="-1"'
CHOICES = 3
LEAST_SHARE = 0.005
BEYOND_DOUBT = 0.99
"""A word this sure is never marked, whatever the slider says, and needs nothing to choose from."""

REVIEW_KEYS = (
    ("play", "play, pause", ("Escape",)),
    ("back", "two seconds back", ("Ctrl+1", "F1")),
    ("forward", "two seconds forward", ("Ctrl+2", "F2")),
    ("slower", "slower", ("Ctrl+3", "F3")),
    ("faster", "faster", ("Ctrl+4", "F4")),
    ("loop", "play this line over and over", ("Ctrl+L",)),
    ("nextDoubt", "next word that may be wrong", ("Tab",)),
    ("previousDoubt", "the one before", ("Shift+Tab",)),
    ("take1", "take the first it may have been", ("Alt+1",)),
    ("take2", "take the second", ("Alt+2",)),
    ("take3", "take the third", ("Alt+3",)),
    ("line", "write this line anew", ("E",)),
    ("split", "cut the line before this word", ("Ctrl+Shift+Enter",)),
    ("join", "join the next line to this one", ("Ctrl+Shift+Backspace",)),
    ("startEarlier", "the line starts 0.1 s earlier", ("Alt+Shift+ArrowLeft",)),
    ("startLater", "the line starts 0.1 s later", ("Alt+Shift+ArrowRight",)),
    ("endEarlier", "the line ends 0.1 s earlier", ("Alt+Shift+ArrowDown",)),
    ("endLater", "the line ends 0.1 s later", ("Alt+Shift+ArrowUp",)),
    ("undo", "undo", ("Ctrl+Z",)),
    ("redo", "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    ("approve", "approve, and open the next", ("Ctrl+Enter",)),
    ("addLine", "add this line to the dataset", ("Ctrl+Shift+D",)),
)
"""oTranscribe's keys where it has one: name of the act, what it does, the usual keys."""


@register.simple_tag
def review_keys() -> list[dict[str, Any]]:
    """Return the acts of the review desk with their usual keys."""
    return [{"name": name, "words": words, "keys": keys} for name, words, keys in REVIEW_KEYS]


@register.simple_tag
def spoken_words(words: list[dict[str, Any]], *, is_looked_at: bool = False) -> SafeString:
    """Draw the words of a segment; once somebody stood by the text none is marked."""
    # Hours have tens of thousands of words: plain strings, escaped one by one, take a third of the time of templates.
    return mark_safe(" ".join(_word(word, is_looked_at=is_looked_at) for word in words))  # noqa: S308 - escaped in _word


def _word(word: dict[str, Any], *, is_looked_at: bool) -> str:
    look, description, title = _look(word, is_looked_at=is_looked_at)
    marks = NOTHING if is_looked_at else _doubt(word)
    described = f' aria-description="{escape(description)}"' if description else ""
    beside = "" if look and look != "fixed" else BESIDE_TAB
    times = f'data-from="{float(word["start"])}" data-to="{float(word["end"])}"'
    said = f'title="{escape(title)}"{described}{beside}>{escape(word["word"] or "(none of these)")}'
    return f'<button type="button" class="w {look}" {times}{marks}{_choices(word)} {said}</button>'


def _look(word: dict[str, Any], *, is_looked_at: bool) -> tuple[str, str, str]:
    """Return class, what screen readers add, and what the pointer shows."""
    confidence = confidence_text(word["confidence"])
    if word.get("answer") == "none_of_these":
        return "rejected", _closest(word), confidence
    if word["confidence"] is None:
        return _of_a_person(word)
    look = "" if is_looked_at else LOOKS.get(confidence_word(word["confidence"]), "")
    return look, confidence if look else "", confidence


def _of_a_person(word: dict[str, Any]) -> tuple[str, str, str]:
    was = word.get("was", "")
    if was == word["word"]:
        return "", "confirmed by you", "confirmed by you"
    told = f"corrected by you, was “{was}”" if was else "corrected by you"
    return "fixed", told, told


def _doubt(word: dict[str, Any]) -> str:
    """Return how sure the model was: `data-c` of a word nobody looked at, `data-w` of one a person settled."""
    if word["confidence"] is not None:
        return f' data-c="{float(word["confidence"])}"'
    was = word.get("was_confidence")
    return NOTHING if was is None else f' data-w="{float(was)}"'


def _choices(word: dict[str, Any]) -> str:
    """Return what the word may have been, best first, where there is a choice: [["four", 44], ["for", 41]]."""
    sure = word["confidence"] if word["confidence"] is not None else word.get("was_confidence")
    if sure is not None and sure >= BEYOND_DOUBT:
        return NOTHING
    pairs = [(pair["text"], pair["confidence"]) for pair in word.get("alternatives") or [] if pair["text"]]
    likely = [(text, round(100 * share)) for text, share in pairs[:CHOICES] if share >= LEAST_SHARE]
    if len(likely) < 2:  # noqa: PLR2004 - one is no choice
        return NOTHING
    return f' data-alts="{escape(json.dumps(likely, ensure_ascii=False, separators=(",", ":")))}"'


def _closest(word: dict[str, Any]) -> str:
    """Say which word a sound that was none came closest to."""
    alternatives = word.get("alternatives") or []
    return f"none of these words, closest was {alternatives[0]['text']}" if alternatives else "none of these words"
