"""Sentences in the language of whoever asked, for the parts of the site that know no Django.

The site sets `follow` to Django's active language; a process of its own, like the trainer, takes the language from the
environment variable `SPEECHSITE_LANGUAGE`. The catalogues are the site's: `locale/`.
"""

from __future__ import annotations

import gettext
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

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


def said(sentence: str, **values: Any) -> str:
    """Return a sentence in the active language with its `{values}` filled in."""
    return _catalogue(_language() or ENGLISH).gettext(sentence).format(**values)


def said_of(one: str, many: str, count: int, **values: Any) -> str:
    """Return the sentence for one or for many, with `{count}` and its other values filled in."""
    return _catalogue(_language() or ENGLISH).ngettext(one, many, count).format(count=count, **values)


def to_be_said(sentence: str) -> str:
    """Mark a text for translation that is said later; return it as it is."""
    return sentence


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("django", LOCALE, [language], fallback=True)
