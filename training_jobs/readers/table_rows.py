"""Judge the rows of tables: the file found, the text there, times that can be cut."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.columns import column_text, unit_of
from training_jobs.readers.rows import SPLITS, Problem, Row
from training_jobs.readers.spans import SAME_MOMENT_SECONDS, Place, Span, impossible
from training_jobs.readers.splits import split_of_file
from training_jobs.readers.times import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.readers.audio_index import AudioIndex
    from training_jobs.readers.cells import Cells, Record
    from training_jobs.readers.columns import Columns

Piece = tuple[str, float | None, float | None]
Times = tuple[float | None, float | None]


class Listed:
    """Judges the rows of all tables of an upload, and remembers what each piece was listed as."""

    def __init__(self, index: AudioIndex) -> None:
        self._texts: dict[Piece, str] = {}
        self._cuts: dict[str, list[Row]] = defaultdict(list)
        self._index = index

    def judge(self, table: Cells, columns: Columns) -> Iterator[Row | Problem]:
        """Yield a row or a problem for each line of one table."""
        own_split = SPLITS.get(PurePosixPath(table.name).stem.lower(), "") or split_of_file(table.name)
        unknown_splits: Counter[str] = Counter()
        for record in table.records():
            if isinstance(record, Problem):
                yield record
                continue
            named = record.cells[columns.split].strip() if columns.split else ""
            split = SPLITS.get(named.lower(), "") if named else own_split
            unknown_splits[named] += bool(named and not split)
            yield self._row(table.name, columns, record, split)
        for split, count in unknown_splits.items():
            if count:
                message = said(
                    "Names the split “{split}” in {count:,} rows. The clips are kept without a split.",
                    split=split,
                    count=count,
                )
                yield Problem(table.name, "split_unknown", message, is_clip_lost=False)

    def rest(self) -> Iterator[Problem]:
        """Yield, after all tables, notes on pieces that overlap and on recordings that no table lists."""
        yield from self._overlaps()
        listed = {member for member, _, _ in self._texts}
        unlisted = [name for name in self._index.names if name not in listed]
        if unlisted:
            message = said(
                "{count:,} audio files stand in no table and were left out; the first is “{first}”.",
                count=len(unlisted),
                first=unlisted[0],
            )
            yield Problem(unlisted[0], "files_unlisted", message, is_clip_lost=False)

    def _row(self, table: str, columns: Columns, record: Record, split: str) -> Row | Problem:
        line, path = record.line, record.cells[columns.audio]
        try:
            member = self._index.find(path, beside=table)
        except MemberError as failure:
            return Problem(table, failure.code, failure.message, line=line)
        text = record.cells[columns.text].strip()
        if not text:
            return Problem(table, "text_empty", said("Gives no label for “{path}”.", path=path), line=line)
        times = _times(table, columns, record)
        if isinstance(times, Problem):
            return times
        earlier = self._texts.setdefault((member, *times), text)
        if earlier != text:
            message = said(
                "Calls “{recording}” “{text}”, which an earlier row calls “{earlier}”. The earlier row counts.",
                recording=member,
                text=text,
                earlier=earlier,
            )
            return Problem(table, "label_conflict", message, line=line)
        speaker = record.cells[columns.speaker].strip() if columns.speaker else ""
        row = Row(member, text, speaker, split, table, line, *times)
        if times != (None, None):
            self._cuts[member].append(row)
        return row

    def _overlaps(self) -> Iterator[Problem]:
        """Yield one note for each table with pieces that begin before another of the same recording has ended."""
        overlapping: dict[str, list[Row]] = defaultdict(list)
        for cuts in self._cuts.values():
            latest = 0.0
            for row in sorted(cuts, key=lambda one: (one.start_seconds or 0.0, one.line or 0)):
                if (row.start_seconds or 0.0) < latest - SAME_MOMENT_SECONDS:
                    overlapping[row.listed_in].append(row)
                latest = max(latest, row.end_seconds or float("inf"))
        for table, rows in overlapping.items():
            message = said("{count:,} pieces begin before an earlier one ends, and are kept.", count=len(rows))
            yield Problem(table, "times_overlap", message, line=rows[0].line, is_clip_lost=False)


def _times(table: str, columns: Columns, record: Record) -> Times | Problem:
    """Return where the piece begins and ends; None for the start and the end of the whole recording."""
    values: dict[str, float | None] = {}
    for column in filter(None, (columns.start, columns.end, columns.duration)):
        cell = record.cells[column].strip()
        value = seconds(cell)
        if cell and value is None:
            message = said(
                "Has “{cell}” in the column “{column}”; seconds or a time like 00:01:02.5 are expected.",
                cell=cell[:40],
                column=column_text(column),
            )
            return Problem(table, "times_unreadable", message, line=record.line)
        values[column] = None if value is None else value * unit_of(column)
    start, end = values.get(columns.start), values.get(columns.end)
    duration = values.get(columns.duration) if columns.start or columns.end else None
    if end is None and duration is not None:
        end = (start or 0.0) + duration
    last = end if end is not None else float("inf")
    problem = impossible(Place("", table), Span("", start or 0.0, last, line=record.line))
    return problem or (start, end)
