"""A transcription as a Praat TextGrid: the long form, two tiers that cover the whole recording without a gap.

https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recognition.services.exports_document import SpokenDocument

Interval = tuple[int, int, str]


def as_textgrid(document: SpokenDocument) -> str:
    """Write the tiers "transcript" and "words"; where nobody speaks an interval is empty."""
    segments = [(segment.start_ms, segment.end_ms, segment.text) for segment in document.segments]
    words = [(word.start_ms, word.end_ms, word.text) for word in document.words]
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0 ",
        f"xmax = {_seconds(document.duration_ms)} ",
        "tiers? <exists> ",
        "size = 2 ",
        "item []: ",
        *_tier(1, "transcript", segments, document.duration_ms),
        *_tier(2, "words", words, document.duration_ms),
    ]
    return "\n".join(lines) + "\n"


def _tier(number: int, name: str, spoken: list[Interval], duration_ms: int) -> Iterator[str]:
    intervals = list(_covering(spoken, duration_ms))
    yield f"    item [{number}]:"
    yield '        class = "IntervalTier" '
    yield f"        name = {_quoted(name)} "
    yield "        xmin = 0 "
    yield f"        xmax = {_seconds(duration_ms)} "
    yield f"        intervals: size = {len(intervals)} "
    for position, (start, end, text) in enumerate(intervals, start=1):
        yield f"        intervals [{position}]:"
        yield f"            xmin = {_seconds(start)} "
        yield f"            xmax = {_seconds(end)} "
        yield f"            text = {_quoted(text)} "


def _covering(spoken: Iterable[Interval], duration_ms: int) -> Iterator[Interval]:
    """Give the intervals with empty ones between, before and behind them."""
    until = 0
    for start, end, text in spoken:
        if start > until:
            yield until, start, ""
        yield start, end, text
        until = end
    if until < duration_ms:
        yield until, duration_ms, ""


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}".rstrip("0").rstrip(".") if milliseconds else "0"


def _quoted(text: str) -> str:
    """Write a text as Praat reads it: in quotes, with a quote inside it doubled."""
    return '"' + text.replace('"', '""') + '"'
