"""Tables of one layout, whose columns are known by name: each line a record, each bad line named."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.readers.lines import head_lines, lines_of
from training_jobs.readers.rows import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from training_jobs.archives import Source

# A quote that is open for longer is a quotation mark and opens nothing.
LONGEST_QUOTE_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one line, or of several where a quoted cell holds line breaks."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table. Names of columns are in small letters."""

    line: int
    cells: Mapping[str, str]

    def get(self, *names: str) -> str:
        """Return the first cell with one of these names that is not empty, or ""."""
        return next((self.cells[name].strip() for name in names if self.cells.get(name, "").strip()), "")


def header_of(source: Source, name: str, *, delimiter: str) -> tuple[str, ...]:
    """Return the names in the first line, in small letters; quotes around one are taken off."""
    lines = head_lines(source, name, most=1)
    return _names(lines[0].split(delimiter)) if lines else ()


def records_of(source: Source, name: str, *, delimiter: str, is_quoted: bool) -> Iterator[Record | Problem]:
    """Yield the records of a table with a header. `is_quoted` says whether quotes follow CSV or are plain text."""
    header = header_of(source, name, delimiter=delimiter)
    is_first = is_empty = True
    for item in cells_of(source, name, delimiter=delimiter, is_quoted=is_quoted):
        if is_first:
            is_first = False
            # A header that is damaged in one column still names the others.
            if isinstance(item, Problem):
                yield replace(item, is_clip_lost=False)
        elif isinstance(item, Problem):
            yield item
        else:
            is_empty = False
            yield _width_problem(name, item, len(header)) or _record(header, item)
    if is_empty and not is_first:
        message = said("Has a header and nothing below it.")
        yield Problem(name, "list_empty", message, line=1, is_clip_lost=False)


def _record(header: Sequence[str], item: Line) -> Record:
    return Record(item.line, dict(zip(header, item.cells, strict=False)))


def cells_of(source: Source, name: str, *, delimiter: str, is_quoted: bool) -> Iterator[Line | Problem]:
    """Yield the cells of each line that is not blank, the header like any other."""
    items = list(lines_of(source, name))
    at = 0
    while at < len(items):
        item = items[at]
        if isinstance(item, Problem):
            yield item
            at += 1
            continue
        record = _quoted_lines(items[at : at + LONGEST_QUOTE_LINES], delimiter) if is_quoted else [item[1]]
        yield Line(item[0], _split("\n".join(record), delimiter) if is_quoted else item[1].split(delimiter))
        at += len(record)


def _quoted_lines(items: Sequence[tuple[int, str] | Problem], delimiter: str) -> list[str]:
    """Return the lines of the record that begins with the first of these."""
    texts: list[str] = []
    is_open = False
    for item in items:
        if isinstance(item, Problem):
            break
        texts.append(item[1])
        is_open = _is_open_after(item[1], delimiter, is_open=is_open)
        if not is_open:
            return texts
    return texts[:1]


def _is_open_after(text: str, delimiter: str, *, is_open: bool) -> bool:
    """Say whether a quoted cell is still open at the end of a line. A quote opens one only where a cell begins."""
    if '"' not in text:
        return is_open
    is_start = not is_open
    for character in text:
        if character == '"':
            is_open = not is_open if is_open or is_start else is_open
        is_start = character == delimiter or (is_start and character == " ") or (character == '"' and not is_open)
    return is_open


def _split(text: str, delimiter: str) -> list[str]:
    if '"' not in text:
        return text.split(delimiter)
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return text.split(delimiter)


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell.strip().strip('"').lower() for cell in cells)


def _width_problem(name: str, item: Line, width: int) -> Problem | None:
    count = len(item.cells)
    if count < width:
        message = said("Has {count} cells, the header has {width}.", count=count, width=width)
        return Problem(name, "row_too_short", message, line=item.line)
    if any(cell.strip() for cell in item.cells[width:]):
        message = said(
            "Has {count} cells, the header has {width}. Its text holds the sign that separates cells.",
            count=count,
            width=width,
        )
        return Problem(name, "row_too_long", message, line=item.line)
    return None
