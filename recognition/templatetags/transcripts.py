"""Words of a transcript as buttons: their place in the recording, and how sure the model was of them."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from speechsite.lib.numbers import confidence_text, confidence_word

register = template.Library()

LOOKS = {"unsure": "unsure", "doubtful": "doubt"}
NOTHING = mark_safe("")
# Tab goes through the words that may be wrong; the others are reached with the arrow keys.
BESIDE_TAB = mark_safe(' tabindex="-1"')


@register.simple_tag
def spoken_words(words: list[dict[str, Any]]) -> SafeString:
    """Draw the words of a segment."""
    return format_html_join(" ", "{}", ((_word(word),) for word in words))


def _word(word: dict[str, Any]) -> SafeString:
    confidence = confidence_text(word["confidence"])
    if word.get("answer") == "none_of_these":
        look, description = "rejected", _closest(word)
    else:
        look = LOOKS.get(confidence_word(word["confidence"]), "")
        description = confidence if look else ""
    return format_html(
        '<button type="button" class="w {}" data-from="{}" data-to="{}" title="{}"{}{}>{}</button>',
        look,
        word["start"],
        word["end"],
        confidence,
        format_html(' aria-description="{}"', description) if description else NOTHING,
        NOTHING if look else BESIDE_TAB,
        word["word"] or "(none of these)",
    )


def _closest(word: dict[str, Any]) -> str:
    """Say which word a sound that was none came closest to."""
    alternatives = word.get("alternatives") or []
    return f"none of these words, closest was {alternatives[0]['text']}" if alternatives else "none of these words"
