"""Sentences in the language of whoever asked, for the parts of the site that know no Django.

The site sets `follow` to Django's active language; a process of its own, like the trainer, takes the language from the
environment variable `SPEECHSITE_LANGUAGE`. The catalogues are the site's: `locale/`.
"""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LOCALE: Final = Path(__file__).resolve().parents[2] / "locale"
VARIABLE: Final = "SPEECHSITE_LANGUAGE"
ENGLISH: Final = "en"


def _of_the_process() -> str:
    return os.environ.get(VARIABLE, ENGLISH)


_language: Callable[[], str | None] = _of_the_process


def follow(language: Callable[[], str | None]) -> None:
    """From now on say everything in the language this function returns; None is English."""
    global _language  # noqa: PLW0603 - one language source per process, set once at start
    _language = language


def said(sentence: str, /, **values: Any) -> str:
    """Return a sentence in the active language with its `{values}` filled in, numbers with that language's signs."""
    catalogue = _catalogue(_language() or ENGLISH)
    # Of nothing, gettext gives the head of the catalogue.
    return _Filler(catalogue).format(catalogue.gettext(sentence) if sentence else "", **values)


def said_of(one: str, many: str, count: int, /, **values: Any) -> str:
    """Return the sentence for one or for many, with `{count}` and its other values filled in."""
    catalogue = _catalogue(_language() or ENGLISH)
    return _Filler(catalogue).format(catalogue.ngettext(one, many, count), count=count, **values)


def quoted(words: Iterable[str]) -> str:
    """Return words in quotation marks with commas between: “yes”, “no”."""
    return ", ".join(said("“{word}”", word=word) for word in words)


def to_be_said(sentence: str) -> str:
    """Mark a text for translation that is said later; return it as it is."""
    return sentence


# A translation of this number shows by which signs a language groups and where it puts the decimals.
A_NUMBER: Final = to_be_said("1,234.5")


class _Filler(Formatter):
    """Fills in values as `str.format` does; `{count:,}` of 1234 is 1,234 in English and 1.234 in German."""

    def __init__(self, catalogue: gettext.NullTranslations) -> None:
        example = catalogue.gettext(A_NUMBER)
        self._signs = str.maketrans(",.", example[1] + example[-2])

    def format_field(self, value: Any, format_spec: str) -> str:
        text = format(value, format_spec)
        return text.translate(self._signs) if isinstance(value, (int, float)) else text


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("django", LOCALE, [language], fallback=True)
