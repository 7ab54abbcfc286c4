"""Cells of a table: delimiter, quoting and encoding told from the content, each bad line named."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training_jobs.archives.errors import MemberError
from training_jobs.readers.columns import Columns, columns_of
from training_jobs.readers.rows import Problem, extension_of
from training_jobs.readers.text import raw_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source

DELIMITERS = (",", "\t", ";", "|")
QUOTED_DELIMITERS = frozenset({",", ";"})
LINE = ""
LONGEST_FIELD = 100_000


@dataclass(frozen=True)
class Cells:
    """One table. Rows are dictionaries by header name; the key "" holds the line number."""

    name: str
    columns: Columns
    header: tuple[str, ...]
    lines: Sequence[bytes]
    delimiter: str

    def rows(self) -> Iterator[dict[str, str] | Problem]:
        """Yield each line of the table as a dictionary, or as a problem that names the line."""
        return self._objects() if not self.delimiter else self._records()

    def _objects(self) -> Iterator[dict[str, str] | Problem]:
        for line, raw in enumerate(self.lines, start=1):
            if raw.strip():
                yield _object(self, line, raw)

    def _records(self) -> Iterator[dict[str, str] | Problem]:
        for line, text in self._logical_lines():
            if isinstance(text, Problem):
                yield text
                continue
            cells = split_cells(text, self.delimiter)
            if len(cells) < len(self.header):
                message = f"Has {len(cells)} cells, the header has {len(self.header)}."
                yield Problem(self.name, "row_too_short", message, line=line)
                continue
            yield {**dict(zip(self.header, cells, strict=False)), LINE: str(line)}

    def _logical_lines(self) -> Iterator[tuple[int, str | Problem]]:
        """Yield lines of text; a quoted cell may hold line breaks, so lines are joined while a quote stays open."""
        held, first = "", 0
        for line, raw in enumerate(self.lines[1:], start=2):
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                yield line, Problem(self.name, "text_not_utf8", "Is not UTF-8. Save the table as UTF-8.", line=line)
                continue
            held, first = (f"{held}\n{text}", first) if held else (text, line)
            is_open = self.delimiter in QUOTED_DELIMITERS and held.count('"') % 2 and len(held) < LONGEST_FIELD
            if is_open and line <= len(self.lines) - 1:
                continue
            if held.strip():
                yield first, held
            held = ""


def read_table(source: Source, name: str) -> Cells | None:
    """Return the table if its header (or, for JSON lines, its first object) has the columns; else None."""
    try:
        lines = raw_lines(source, name)
    except MemberError:
        return None
    if extension_of(name) in {"jsonl", "ndjson"}:
        return _json_table(name, lines)
    head = lines[0].decode("utf-8", errors="replace")
    for delimiter in sorted(DELIMITERS, key=lambda one: -head.count(one)):
        header = tuple(split_cells(head, delimiter))
        columns = columns_of(header)
        if columns:
            return Cells(name, columns, header, lines, delimiter)
    return None


def split_cells(text: str, delimiter: str) -> list[str]:
    """Split one line. Commas and semicolons follow CSV quoting; tabs and pipes are split plainly, and a cell that
    stands in quotes as a whole is taken out of them, because some writers quote and most do not."""
    if delimiter in QUOTED_DELIMITERS:
        try:
            return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            return text.split(delimiter)
    return [_unquoted(cell) for cell in text.split(delimiter)]


def _unquoted(cell: str) -> str:
    stripped = cell.strip()
    is_quoted = len(stripped) > 1 and stripped[0] == stripped[-1] == '"'
    return stripped[1:-1].replace('""', '"') if is_quoted else stripped


def _json_table(name: str, lines: list[bytes]) -> Cells | None:
    keys: dict[str, None] = {}
    for raw in lines[:20]:
        loaded = _loaded(raw)
        if isinstance(loaded, dict):
            keys.update(dict.fromkeys(loaded))
    columns = columns_of(tuple(keys))
    return Cells(name, columns, tuple(keys), lines, "") if columns else None


def _object(table: Cells, line: int, raw: bytes) -> dict[str, str] | Problem:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return Problem(table.name, "text_not_utf8", "Is not UTF-8. Save the table as UTF-8.", line=line)
    loaded = _loaded(raw)
    if not isinstance(loaded, dict):
        return Problem(table.name, "row_unreadable", "Is not a JSON object on one line.", line=line)
    cells = {key: _plain(loaded.get(key)) for key in table.header}
    return {**cells, LINE: str(line)}


def _loaded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _plain(value: Any) -> str:
    """Return a JSON value as text; labels are often numbers. Lists and objects say nothing a cell can hold."""
    if isinstance(value, bool) or value is None:
        return ""
    return str(value) if isinstance(value, (str, int, float)) else ""
