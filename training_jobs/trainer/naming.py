"""Names and numbers in a sentence: the first few names, and how many more; a number as the language writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES_IN_A_SENTENCE = 5


def few_named(names: Sequence[str | None]) -> str:
    """Write names into a sentence: “a”, “b” and 3 more."""
    named = ", ".join(said("“{name}”", name=name) for name in names[:NAMES_IN_A_SENTENCE])
    more = len(names) - NAMES_IN_A_SENTENCE
    return said("{names} and {more} more", names=named, more=more) if more > 0 else named


def bound_text(bound: float) -> str:
    """Write a bound as it may be typed, never in powers of ten: 0.000001, 100000."""
    return f"{bound:.9f}".rstrip("0").rstrip(".")


def figure(number: float, places: int = 0) -> str:
    """Write a number into a sentence: 1,234.5; in German 1.234,5."""
    pattern = said("1,234.5")
    return f"{number:,.{places}f}".translate({ord(","): pattern[1], ord("."): pattern[5]})
