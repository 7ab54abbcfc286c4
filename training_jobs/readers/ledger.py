"""What the lists of an upload say about its recordings: every entry found and checked, nothing counted twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.audio_index import HERE, AudioIndex
from training_jobs.readers.rows import Problem, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source


@dataclass
class Again:
    """How often one list names what is listed already."""

    line: int | None
    member: str
    count: int = 0


class Ledger:
    """Turns entries into rows. An entry is a row whose `member` is still the path as it was written down."""

    def __init__(self, source: Source, *, audio: AudioIndex | None = None) -> None:
        self._audio = audio or AudioIndex(source)
        self._texts: dict[tuple[str, float | None, float | None], str] = {}
        self._listed: set[str] = set()
        self._again: dict[str, Again] = {}

    def judge(self, entry: Row, *, below: Sequence[str] = HERE) -> Iterator[Row | Problem]:
        """Yield the row, or why there is none; nothing for what is listed already with the same text."""
        try:
            member = self._audio.find(entry.member, beside=entry.listed_in, below=below)
        except MemberError as failure:
            yield Problem(entry.listed_in, failure.code, failure.message, line=entry.line)
            return
        self._listed.add(member)
        row = replace(entry, member=member, text=entry.text.strip(), speaker=entry.speaker.strip())
        problem = self._problem(row)
        if problem:
            yield problem
        elif self._is_new(row):
            yield row

    def rest(self) -> Iterator[Problem]:
        """Yield, after all entries, one note for each list that repeats itself and one for what no list names."""
        for name, again in self._again.items():
            message = said(
                "Names {count:,} recordings that are listed already; the first is “{first}”. Each is kept once.",
                count=again.count,
                first=again.member,
            )
            yield Problem(name, "listed_twice", message, line=again.line, is_clip_lost=False)
        unlisted = [name for name in self._audio.names if name not in self._listed]
        if unlisted:
            message = said(
                "{count:,} audio files stand in no list and were left out; the first is “{first}”.",
                count=len(unlisted),
                first=unlisted[0],
            )
            yield Problem(unlisted[0], "files_unlisted", message, is_clip_lost=False)

    def _problem(self, row: Row) -> Problem | None:
        if not row.text:
            message = said("Gives no text for “{recording}”.", recording=row.member)
            return Problem(row.listed_in, "text_empty", message, line=row.line)
        code = _wrong_times(row)
        if code:
            message = said(
                "Cuts “{recording}” from {start} s to {end} s; a piece begins at 0 or later and ends after it begins.",
                recording=row.member,
                start=row.start_seconds,
                end=row.end_seconds,
            )
            return Problem(row.listed_in, code, message, line=row.line)
        earlier = self._texts.get(_place(row))
        if earlier is None or earlier == row.text:
            return None
        message = said(
            "Calls “{recording}” “{text}”, which an earlier line calls “{earlier}”. The earlier line counts.",
            recording=row.member,
            text=row.text,
            earlier=earlier,
        )
        return Problem(row.listed_in, "label_conflict", message, line=row.line)

    def _is_new(self, row: Row) -> bool:
        place = _place(row)
        if place in self._texts:
            self._again.setdefault(row.listed_in, Again(row.line, row.member)).count += 1
            return False
        self._texts[place] = row.text
        return True


def _place(row: Row) -> tuple[str, float | None, float | None]:
    return row.member, row.start_seconds, row.end_seconds


def _wrong_times(row: Row) -> str:
    """Return why nothing can be cut between the times, as a code, or "" where something can."""
    start, end = row.start_seconds or 0.0, row.end_seconds
    if start < 0:
        return "times_negative"
    if end is None or end > start:
        return ""
    return "times_reversed" if end < start else "times_without_length"
