"""Words of a transcript as buttons: their place in the recording, and how sure the model was of them."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from speechsite.lib.numbers import confidence_state, confidence_text

register = template.Library()

LOOKS = {"unsure": "unsure", "doubtful": "doubt"}
NOTHING = ""
# Tab goes through the words that may be wrong; the others are reached with the arrow keys.
BESIDE_TAB = ' tabindex="-1"'
CHOICES = 3
LEAST_SHARE = 0.005
BEYOND_DOUBT = 0.99
"""A word this sure is never marked, whatever the slider says, and needs nothing to choose from."""


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
    said = f'title="{escape(title)}"{described}{beside}>{escape(word["word"] or _("(none of these)"))}'
    return f'<button type="button" class="w {look}" {times}{marks}{_choices(word)} {said}</button>'


def _look(word: dict[str, Any], *, is_looked_at: bool) -> tuple[str, str, str]:
    """Return class, what screen readers add, and what the pointer shows."""
    confidence = confidence_text(word["confidence"])
    if word.get("answer") == "none_of_these":
        return "rejected", _closest(word), confidence
    if word["confidence"] is None:
        return _of_a_person(word)
    look = "" if is_looked_at else LOOKS.get(confidence_state(word["confidence"]), "")
    return look, confidence if look else "", confidence


def _of_a_person(word: dict[str, Any]) -> tuple[str, str, str]:
    was = word.get("was", "")
    if was == word["word"]:
        told = _("confirmed by you")
        return "", told, told
    told = _("corrected by you, was “{word}”").format(word=was) if was else _("corrected by you")
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
    if not alternatives:
        return _("none of these words")
    return _("none of these words, closest was {word}").format(word=alternatives[0]["text"])
