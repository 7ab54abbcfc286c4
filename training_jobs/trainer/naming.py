"""Names in a sentence: the first few, and how many more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES_IN_A_SENTENCE = 5


def few_named(names: Sequence[str | None]) -> str:
    """Write names into a sentence: “a”, “b” and 3 more."""
    named = ", ".join(f"“{name}”" for name in names[:NAMES_IN_A_SENTENCE])
    more = len(names) - NAMES_IN_A_SENTENCE
    return f"{named} and {more} more" if more > 0 else named
