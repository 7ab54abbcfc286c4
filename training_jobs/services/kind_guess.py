"""Words or sentences: what the texts of an upload look like."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.models.recognizers import Kind
from training_jobs.readers import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

# A text that is said again and again is a label; a transcript is hardly ever said twice.
LABEL_SAID_TIMES: Final = 2
LABEL_WORDS: Final = 4
# Scripts without spaces write a whole sentence as one word.
LABEL_CHARACTERS: Final = 40
MOST_LABELS: Final = 2_000
NEARLY_ALL: Final = 0.9


def kind_guess(rows: Iterable[object]) -> str:
    """Return words where few, short texts come again and again or are the names of folders; else sentences."""
    listed = [row for row in rows if isinstance(row, Row)]
    if not listed:
        return Kind.WORDS
    folders = sum(row.text in PurePosixPath(row.member).parts[:-1] for row in listed)
    if folders >= NEARLY_ALL * len(listed):
        return Kind.WORDS
    distinct = len({row.text for row in listed})
    short = sum(_is_short(row.text) for row in listed)
    is_repeated = len(listed) >= LABEL_SAID_TIMES * distinct and distinct <= MOST_LABELS
    return Kind.WORDS if is_repeated and short >= NEARLY_ALL * len(listed) else Kind.SENTENCES


def _is_short(text: str) -> bool:
    return len(text) <= LABEL_CHARACTERS and len(text.split()) <= LABEL_WORDS
