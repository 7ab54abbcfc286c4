"""Tables (CSV, TSV, JSON lines) with a column for the file and one for the label."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from training_jobs.archives.errors import MemberError
from training_jobs.readers.cells import Cells, read_table
from training_jobs.readers.members import MemberIndex
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import SPLITS, Match, Problem, Row, audio_names, extension_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

EXTENSIONS = frozenset({"csv", "tsv", "jsonl", "ndjson"})
ROWS_LOOKED_AT = 20
SURE = 0.9
HEADER_ONLY = 0.4


class Tables:
    """One or more tables; a table named train, dev or test gives its rows that split unless a column does."""

    name = "table"
    title = "Table"
    grammar = "file, label, speaker, split"

    def recognise(self, source: Source) -> Match | None:
        tables = _tables(source)
        if not tables:
            return None
        index = MemberIndex(source)
        name, cells = next(iter(tables.items()))
        head = [row for row, _ in zip(cells.rows(), range(ROWS_LOOKED_AT), strict=False) if isinstance(row, dict)]
        found = sum(1 for row in head if _has_file(index, name, row[cells.columns.audio]))
        named = f"“{cells.columns.audio}” and “{cells.columns.label}”"
        reason = f"{name} has the columns {named}"
        if not found:
            return Match(HEADER_ONLY, f"{reason}, but the files it names were not found.")
        return Match(SURE, f"{reason}, and the files it names are there.")

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        listed = _Listed(MemberIndex(source))
        for name, cells in _tables(source).items():
            yield from listed.judge(name, cells)
        unlisted = [name for name in audio_names(source) if name not in listed.labels]
        if unlisted:
            count, first = len(unlisted), unlisted[0]
            message = f"{count:,} audio files stand in no table and were left out; the first is “{first}”."
            yield Problem(first, "files_unlisted", message, is_clip_lost=False)


def _has_file(index: MemberIndex, table: str, path: str) -> bool:
    try:
        return bool(index.find(path, beside=table))
    except MemberError:
        return False


class _Listed:
    """Judges the rows of all tables of an upload; `labels` holds what each file was listed as."""

    def __init__(self, index: MemberIndex) -> None:
        self.labels: dict[str, str] = {}
        self._index = index

    def judge(self, table: str, cells: Cells) -> Iterator[Row | Problem]:
        """Yield a row or a problem for each line of one table."""
        own_split = SPLITS.get(PurePosixPath(table).stem.lower(), "")
        unknown_splits: Counter[str] = Counter()
        for row in cells.rows():
            if isinstance(row, Problem):
                yield row
                continue
            yield self._row(table, cells, row, own_split, unknown_splits)
        for split, count in unknown_splits.items():
            message = f"Names the split “{split}” in {count:,} rows. The clips are kept without a split."
            yield Problem(table, "split_unknown", message, is_clip_lost=False)

    def _row(
        self, table: str, cells: Cells, row: dict[str, str], own_split: str, unknown_splits: Counter[str]
    ) -> Row | Problem:
        columns, line = cells.columns, int(row[""])
        try:
            member = self._index.find(row[columns.audio], beside=table)
        except MemberError as failure:
            return Problem(table, failure.code, failure.message, line=line)
        label = row[columns.label].strip()
        if not label:
            return Problem(table, "text_empty", f"Gives no label for “{row[columns.audio]}”.", line=line)
        earlier = self.labels.setdefault(member, label)
        if earlier != label:
            message = f"Calls “{member}” “{label}”, which an earlier row calls “{earlier}”. The earlier row counts."
            return Problem(table, "label_conflict", message, line=line)
        named = row[columns.split].strip() if columns.split else ""
        split = SPLITS.get(named.lower(), "") if named else own_split
        if named and not split:
            unknown_splits[named] += 1
        speaker = row[columns.speaker].strip() if columns.speaker else ""
        return Row(member, label, speaker=speaker, split=split, listed_in=table, line=line)


def _tables(source: Source) -> dict[str, Cells]:
    """Return the tables that have the columns; other tables of the upload (notes, counts) are passed over."""
    found = {}
    for name in source.names:
        if extension_of(name) in EXTENSIONS and (cells := read_table(source, name)):
            found[name] = cells
    return found
