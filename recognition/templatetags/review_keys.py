"""The keys of the review desk."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy

register = template.Library()

REVIEW_KEYS = (
    ("play", gettext_lazy("play, pause"), ("Escape",)),
    ("back", gettext_lazy("two seconds back"), ("Ctrl+1", "F1")),
    ("forward", gettext_lazy("two seconds forward"), ("Ctrl+2", "F2")),
    ("slower", gettext_lazy("slower"), ("Ctrl+3", "F3")),
    ("faster", gettext_lazy("faster"), ("Ctrl+4", "F4")),
    ("loop", gettext_lazy("play this line over and over"), ("Ctrl+L",)),
    ("nextDoubt", gettext_lazy("next word that may be wrong"), ("Tab",)),
    ("previousDoubt", gettext_lazy("the one before"), ("Shift+Tab",)),
    ("take1", gettext_lazy("take the first it may have been"), ("Alt+1",)),
    ("take2", gettext_lazy("take the second"), ("Alt+2",)),
    ("take3", gettext_lazy("take the third"), ("Alt+3",)),
    ("line", gettext_lazy("write this line anew"), ("E",)),
    ("split", gettext_lazy("cut the line before this word"), ("Ctrl+Shift+Enter",)),
    ("join", gettext_lazy("join the next line to this one"), ("Ctrl+Shift+Backspace",)),
    ("startEarlier", gettext_lazy("the line starts 0.1 s earlier"), ("Alt+Shift+ArrowLeft",)),
    ("startLater", gettext_lazy("the line starts 0.1 s later"), ("Alt+Shift+ArrowRight",)),
    ("endEarlier", gettext_lazy("the line ends 0.1 s earlier"), ("Alt+Shift+ArrowDown",)),
    ("endLater", gettext_lazy("the line ends 0.1 s later"), ("Alt+Shift+ArrowUp",)),
    ("undo", gettext_lazy("undo"), ("Ctrl+Z",)),
    ("redo", gettext_lazy("redo"), ("Ctrl+Shift+Z", "Ctrl+Y")),
    ("approve", gettext_lazy("approve, and open the next"), ("Ctrl+Enter",)),
    ("addLine", gettext_lazy("add this line to the dataset"), ("Ctrl+Shift+D",)),
)
"""oTranscribe's keys where it has one: name of the act, what it does, the usual keys."""


@register.simple_tag
def review_keys() -> list[dict[str, Any]]:
    """Return the acts of the review desk with their usual keys."""
    return [{"name": name, "words": words, "keys": keys} for name, words, keys in REVIEW_KEYS]
