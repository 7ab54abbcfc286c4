"""Filters of the training pages."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from django import template
from django.utils.translation import gettext_lazy

from recognition.engine.alphabet import CHARACTERS, FREQUENT_WORDS, SPELLED_LETTERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

register = template.Library()

UNIT_STYLES: Final = {
    CHARACTERS: gettext_lazy("characters"),
    SPELLED_LETTERS: gettext_lazy("characters and spelled letters"),
    FREQUENT_WORDS: gettext_lazy("characters and frequent words"),
}


@register.filter
def place_of(places: Mapping[UUID, int], identity: UUID) -> int | None:
    """Return a job's place in the queue, or None."""
    return places.get(identity)


@register.filter
def percent_number(share: float) -> int:
    """Return a share between 0 and 1 as a whole number of percent, for attributes."""
    return round(share * 100)


@register.filter
def visible(text: str) -> str:
    """Write a unit so that it can be seen: a space, or a mark that stands on no letter, shows nothing by itself."""
    if text == " ":
        return "␣"
    return f"◌{text}" if text and unicodedata.category(text[0])[0] == "M" else text


@register.filter
def unit_style(style: str) -> str:
    """Say in words what a model writes with."""
    return str(UNIT_STYLES.get(style, style))
