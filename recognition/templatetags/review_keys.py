"""The keys of the review desk."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()

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
