"""A transcription as a table: a row per segment, or a row per word."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recognition.services.exports_document import SpokenDocument

SEGMENT_COLUMNS = ("segment", "start_seconds", "end_seconds", "text", "confidence", "words")
WORD_COLUMNS = ("segment", "word", "start_seconds", "end_seconds", "text", "confidence")


def as_segment_table(document: SpokenDocument) -> str:
    """Write CSV (RFC 4180) with a row per segment; the confidence is the mean of its words, empty once corrected."""
    rows = (
        (number, _seconds(s.start_ms), _seconds(s.end_ms), s.text, _share(s.confidence), len(s.words))
        for number, s in enumerate(document.segments, start=1)
    )
    return _table(SEGMENT_COLUMNS, rows)


def as_word_table(document: SpokenDocument) -> str:
    """Write CSV with a row per word; words are counted through the whole recording."""
    words = ((number, word) for number, segment in enumerate(document.segments, start=1) for word in segment.words)
    rows = (
        (segment, number, _seconds(word.start_ms), _seconds(word.end_ms), word.text, _share(word.confidence))
        for number, (segment, word) in enumerate(words, start=1)
    )
    return _table(WORD_COLUMNS, rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    lines = csv.writer(out)
    lines.writerow(columns)
    lines.writerows(rows)
    return out.getvalue()


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"


def _share(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.4f}"
