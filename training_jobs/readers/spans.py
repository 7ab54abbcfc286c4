"""Pieces of a longer recording: judged alike, whatever file said where they lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from recognition.engine.language import said, to_be_said
from training_jobs.readers.rows import Problem, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SAME_MOMENT_SECONDS = 0.002
UNNAMED = to_be_said("(no name)")
"""What a tier without a name is called."""


class Span(NamedTuple):
    """What is said between two times, in seconds. `what` names it where the file has no lines: “piece 7”."""

    text: str
    start: float
    end: float
    speaker: str = ""
    line: int | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """The recording that spans cut, the file that lists them, and the split both lie in."""

    member: str
    listed_in: str
    split: str = ""


@dataclass
class _Counted:
    """How often something happened, and where it did first."""

    count: int = 0
    first: Span | None = field(default=None)

    def add(self, span: Span) -> None:
        self.count += 1
        self.first = self.first or span

    def note(self, place: Place, code: str, sentence: str) -> Iterator[Problem]:
        """Yield one note for all of them; `sentence`, in English, has room for the count and for the first."""
        if self.first is not None:
            message = said(sentence, count=self.count, first=_where(self.first))
            yield Problem(place.listed_in, code, message, line=self.first.line, is_clip_lost=False)


def _where(span: Span) -> str:
    if span.line:
        return said("line {number:,}", number=span.line)
    return span.what or said("{seconds:.2f} s", seconds=span.start)


def rows_of(place: Place, spans: Iterable[Span | Problem]) -> Iterator[Row | Problem]:
    """Yield a row for each span that can be cut, a problem for each that cannot, and a note on what was noticed."""
    empty, overlapping, latest = _Counted(), _Counted(), 0.0
    for span in spans:
        if isinstance(span, Problem):
            yield span
            continue
        if not span.text.strip():
            empty.add(span)
            continue
        if problem := impossible(place, span):
            yield problem
            continue
        if span.start < latest - SAME_MOMENT_SECONDS:
            overlapping.add(span)
        latest = max(latest, span.end)
        yield _row(place, span)
    sentence = to_be_said("Holds {count:,} pieces without text, left out; the first is {first}.")
    yield from empty.note(place, "texts_empty", sentence)
    sentence = to_be_said("{count:,} pieces begin before an earlier one ends, and are kept; the first is {first}.")
    yield from overlapping.note(place, "times_overlap", sentence)


def _row(place: Place, span: Span) -> Row:
    return Row(
        place.member,
        span.text.strip(),
        speaker=span.speaker.strip(),
        split=place.split,
        listed_in=place.listed_in,
        line=span.line,
        start_seconds=span.start,
        end_seconds=span.end,
    )


def impossible(place: Place, span: Span) -> Problem | None:
    """Return why nothing can be cut between these two times, or None where something can."""
    start, end = span.start, span.end
    if start < 0:
        message = said("Begins at {start:.3f} s; a time cannot be below 0. Correct it.", start=start)
        return _problem(place, span, "times_negative", message)
    if end < start:
        message = said(
            "Ends at {end:.3f} s, before it begins at {start:.3f} s. Correct the times.", end=end, start=start
        )
        return _problem(place, span, "times_reversed", message)
    if end - start < SAME_MOMENT_SECONDS:
        message = said("Begins and ends at {start:.3f} s, so there is nothing to cut. Give it a length.", start=start)
        return _problem(place, span, "times_without_length", message)
    return None


def _problem(place: Place, span: Span, code: str, message: str) -> Problem:
    named = f"{span.what}: {message}" if span.what else message
    return Problem(place.listed_in, code, named, line=span.line)
