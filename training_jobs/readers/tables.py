"""Tables (CSV, TSV, JSON) with a column for the file and one for the text; with times, they cut longer recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recognition.engine.language import quoted, said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.audio_index import AudioIndex
from training_jobs.readers.cells import Cells, Record, read_table
from training_jobs.readers.columns import Columns, column_text, columns_of
from training_jobs.readers.options import NO_OPTIONS, Options, Question
from training_jobs.readers.rows import AUDIO_EXTENSIONS, Match, Problem, Row, extension_of
from training_jobs.readers.table_questions import column_questions
from training_jobs.readers.table_rows import Listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

EXTENSIONS: Final = frozenset({"csv", "tsv", "tab", "jsonl", "ndjson", "json"})
# Text files are tables only where they list recordings from the first line on; in great numbers they are transcripts.
LISTS: Final = "txt"
MOST_LISTS: Final = 20
PREVIEW_ROWS: Final = 5
MOST_PREVIEWS: Final = 10
SURE: Final = 0.9
GUESSED: Final = 0.6
HEADER_ONLY: Final = 0.4


@dataclass(frozen=True)
class TablePreview:
    """How a table begins, for a page: its header, and its first rows in the same order."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    """One table and what its columns mean."""

    cells: Cells
    columns: Columns
    head: tuple[Record, ...]
    recordings_found: int


class Tables:
    """One or more tables; a table named train, dev or test gives its rows that split unless a column does."""

    name = "table"
    title = to_be_said("Table")
    grammar = "file, text, speaker, split, start, end"

    def recognise(self, source: Source) -> Match | None:
        tables = [table for table in tables_of(source) if table.columns.is_usable()]
        if not tables:
            return None
        best = max(tables, key=_confidence)
        claim = _claim(best)
        if not best.recordings_found:
            return Match(HEADER_ONLY, said("{claim}, but the files it names were not found.", claim=claim))
        return Match(_confidence(best), said("{claim}, and the files it names are there.", claim=claim))

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        tables = tables_of(source, options)
        listed = Listed(AudioIndex(source))
        usable = [table for table in tables if table.columns.is_usable()]
        yield from _not_there(tables, options)
        for table in usable:
            yield from listed.judge(table.cells, table.columns)
        yield from listed.rest()
        if not usable:
            yield from map(_unclear, tables)

    def questions(self, source: Source) -> list[Question]:
        """Ask for each meaning, with the columns there are and the table's first rows; the guess is the default."""
        tables = tables_of(source)
        meant = [table for table in tables if table.columns.is_usable()] or tables
        return column_questions([(table.cells, table.columns, table.head) for table in meant])


def table_preview(source: Source) -> list[TablePreview]:
    """Return how the tables of an upload begin, those that would be read first, at most ten."""
    tables = sorted(tables_of(source), key=_confidence, reverse=True)
    return [
        TablePreview(
            table.cells.name,
            table.cells.header,
            tuple(tuple(record.cells[key] for key in table.cells.header) for record in table.head[:PREVIEW_ROWS]),
        )
        for table in tables[:MOST_PREVIEWS]
    ]


def tables_of(source: Source, options: Options = NO_OPTIONS) -> list[Table]:
    """Return the tables of an upload, whatever is in them, with what their columns seem to mean."""
    index = AudioIndex(source)
    lists = [name for name in source.names if extension_of(name) == LISTS]
    names = [name for name in source.names if extension_of(name) in EXTENSIONS or name in lists[:MOST_LISTS]]
    tables = (_table(source, index, name, options) for name in names)
    return [table for table in tables if table is not None]


def _table(source: Source, index: AudioIndex, name: str, options: Options) -> Table | None:
    def is_recording(path: str) -> bool:
        try:
            return extension_of(index.find(path, beside=name)) in AUDIO_EXTENSIONS
        except MemberError as failure:
            return failure.code == "file_ambiguous"

    cells = read_table(source, name, is_recording)
    if cells is None or (extension_of(name) == LISTS and cells.has_header):
        return None
    head = cells.head()
    columns = columns_of(cells.header, [record.cells for record in head], is_recording)
    columns = columns.chosen(options.columns, cells.header)
    found = sum(1 for record in head if is_recording(record.cells.get(columns.audio, "")))
    return Table(cells, columns, tuple(head), found)


def _claim(table: Table) -> str:
    values = {
        "table": table.cells.name,
        "audio": column_text(table.columns.audio),
        "text": column_text(table.columns.text),
    }
    if table.cells.has_header:
        return said("{table} has the columns “{audio}” and “{text}”", **values)
    return said("{table} has no header; its file and text seem to be “{audio}” and “{text}”", **values)


def _confidence(table: Table) -> float:
    if not table.columns.is_usable():
        return 0.0
    if not table.recordings_found:
        return HEADER_ONLY if table.columns.is_named else 0.0
    return SURE if table.columns.is_named else GUESSED


def _not_there(tables: list[Table], options: Options) -> Iterator[Problem]:
    """Yield a note for each chosen column that no table has; the guess was used in its place."""
    there = {name for table in tables for name in table.cells.header}
    for meaning, name in options.columns.items():
        if name and name not in there and tables:
            message = said(
                "No table has the column “{column}” that was chosen for “{meaning}”; it was told by itself.",
                column=name,
                meaning=meaning,
            )
            yield Problem(tables[0].cells.name, "column_missing", message, is_clip_lost=False)


def _unclear(table: Table) -> Problem:
    names = quoted(column_text(name) for name in table.cells.header[:PREVIEW_ROWS])
    message = said(
        "Has the columns {columns}, and it is not clear which names the file and which holds the text. Choose them.",
        columns=names,
    )
    return Problem(table.cells.name, "columns_unclear", message)
