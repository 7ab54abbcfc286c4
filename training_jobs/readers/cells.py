"""Cells of a table: delimiter, header, quoting and encoding told from the content, each bad line named."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.columns import COLUMN, columns_by_name
from training_jobs.readers.rows import Problem, extension_of, not_an_object
from training_jobs.readers.text import raw_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from training_jobs.archives import Source

DELIMITERS: Final = (",", "\t", ";", "|")
QUOTED_DELIMITERS: Final = frozenset({",", ";"})
JSON_LINES: Final = frozenset({"jsonl", "ndjson"})
JSON: Final = "json"
LONGEST_FIELD: Final = 100_000
LOOKED_AT: Final = 20
FEWEST_COLUMNS: Final = 2


class Record(NamedTuple):
    """One line of a table: its number (None in a JSON array, which has no lines) and its cells by header name."""

    line: int | None
    cells: dict[str, str]


@dataclass(frozen=True)
class Cells:
    """One table. Without a header its columns are called “column 1”, “column 2” and so on."""

    name: str
    header: tuple[str, ...]
    lines: Sequence[bytes]
    delimiter: str
    has_header: bool = True
    has_lines: bool = True

    def records(self) -> Iterator[Record | Problem]:
        """Yield each line of the table, or a problem that names the line."""
        return self._records() if self.delimiter else self._objects()

    def head(self, count: int = LOOKED_AT) -> list[Record]:
        """Return the first records that can be read."""
        good = (one for one in islice(self.records(), count * 2) if isinstance(one, Record))
        return list(islice(good, count))

    def _objects(self) -> Iterator[Record | Problem]:
        for line, raw in enumerate(self.lines, start=1):
            if raw.strip():
                yield _object(self, line if self.has_lines else None, raw)

    def _records(self) -> Iterator[Record | Problem]:
        for line, text in self._logical_lines():
            if isinstance(text, Problem):
                yield text
                continue
            cells = split_cells(text, self.delimiter)
            if len(cells) < len(self.header):
                yield self._too_short(line, len(cells))
                continue
            yield Record(line, dict(zip(self.header, cells, strict=False)))

    def _too_short(self, line: int, count: int) -> Problem:
        width = len(self.header)
        if self.has_header:
            message = said("Has {count} cells, the header has {width}.", count=count, width=width)
        else:
            message = said("Has {count} cells, the first line has {width}.", count=count, width=width)
        return Problem(self.name, "row_too_short", message, line=line)

    def _logical_lines(self) -> Iterator[tuple[int, str | Problem]]:
        """Yield lines of text; a quoted cell may hold line breaks, so lines are joined while a quote stays open."""
        held, first = "", 0
        begin = 1 if self.has_header else 0
        for line, raw in enumerate(self.lines[begin:], start=begin + 1):
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                yield line, _not_utf8(self.name, line)
                continue
            held, first = (f"{held}\n{text}", first) if held else (text, line)
            is_open = self.delimiter in QUOTED_DELIMITERS and held.count('"') % 2 and len(held) < LONGEST_FIELD
            if is_open and line <= len(self.lines) - 1:
                continue
            if held.strip():
                yield first, held
            held = ""


def read_table(source: Source, name: str, is_recording: Callable[[str], bool]) -> Cells | None:
    """Return the table in a file, whatever its columns mean; None where it holds none or cannot be read.

    The first line is a header unless one of its cells is a recording of the upload.
    """
    try:
        lines = raw_lines(source, name)
    except MemberError:
        return None
    if extension_of(name) in JSON_LINES:
        return _json_table(name, lines, has_lines=True)
    if extension_of(name) == JSON:
        return _json_array(name, lines)
    head = lines[0].decode("utf-8", errors="replace")
    delimiter = _delimiter_of(head, lines)
    first = split_cells(head, delimiter)
    if len(first) < FEWEST_COLUMNS:
        return None
    if not columns_by_name(first).is_named and any(is_recording(cell) for cell in first if cell.strip()):
        header = tuple(f"{COLUMN}{number}" for number in range(1, len(first) + 1))
        return Cells(name, header, lines, delimiter, has_header=False)
    return Cells(name, _told_apart(first), lines, delimiter)


def split_cells(text: str, delimiter: str) -> list[str]:
    """Split one line. Commas and semicolons follow CSV quoting; tabs and pipes are split plainly, and a cell that
    stands in quotes as a whole is taken out of them, because some writers quote and most do not."""
    if delimiter in QUOTED_DELIMITERS:
        try:
            return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            return text.split(delimiter)
    return [_unquoted(cell) for cell in text.split(delimiter)]


def _delimiter_of(head: str, lines: Sequence[bytes]) -> str:
    """Return the delimiter that gives known columns; else the one with the same number of cells in most lines."""
    by_count = sorted(DELIMITERS, key=lambda one: -head.count(one))
    named = next((one for one in by_count if columns_by_name(split_cells(head, one)).is_named), None)
    if named:
        return named
    texts = [raw.decode("utf-8", errors="replace") for raw in lines[:LOOKED_AT] if raw.strip()]

    def fit(delimiter: str) -> tuple[int, int]:
        width = len(split_cells(head, delimiter))
        same = sum(1 for text in texts if len(split_cells(text, delimiter)) == width)
        return (same, width) if width >= FEWEST_COLUMNS else (0, 0)

    return max(by_count, key=fit)


def _told_apart(header: Sequence[str]) -> tuple[str, ...]:
    """Return header names, a second one of the same name with a number: `text`, `text (2)`."""
    seen: Counter[str] = Counter()
    names = []
    for number, cell in enumerate(header, start=1):
        name = cell.strip() or f"{COLUMN}{number}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _unquoted(cell: str) -> str:
    stripped = cell.strip()
    is_quoted = len(stripped) > 1 and stripped[0] == stripped[-1] == '"'
    return stripped[1:-1].replace('""', '"') if is_quoted else stripped


def _json_table(name: str, lines: Sequence[bytes], *, has_lines: bool) -> Cells | None:
    keys: dict[str, None] = {}
    for raw in lines[:LOOKED_AT]:
        loaded = _loaded(raw)
        if isinstance(loaded, dict):
            keys.update(dict.fromkeys(loaded))
    return Cells(name, tuple(keys), lines, "", has_lines=has_lines) if len(keys) >= FEWEST_COLUMNS else None


def _json_array(name: str, lines: Sequence[bytes]) -> Cells | None:
    """Return an array of objects as a table, as if each object stood in a line of its own."""
    if not lines[0].lstrip().startswith(b"["):
        return None
    loaded = _loaded(b"\n".join(lines))
    if not isinstance(loaded, list):
        return None
    return _json_table(name, [json.dumps(one).encode() for one in loaded], has_lines=False)


def _object(table: Cells, line: int | None, raw: bytes) -> Record | Problem:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(table.name, line)
    loaded = _loaded(raw)
    if not isinstance(loaded, dict):
        return not_an_object(table.name, line=line)
    return Record(line, {key: _plain(loaded.get(key)) for key in table.header})


def _not_utf8(table: str, line: int | None) -> Problem:
    return Problem(table, "text_not_utf8", said("Is not UTF-8. Save the table as UTF-8."), line=line)


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
