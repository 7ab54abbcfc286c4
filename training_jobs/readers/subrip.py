"""SubRip: subtitles in `.srt` files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.aligned import AlignedFiles, Annotation
from training_jobs.readers.cues import ARROW, Cue, is_times, spans_of
from training_jobs.readers.lines import head_lines
from training_jobs.readers.text import annotation_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source
    from training_jobs.readers.options import Options

LONGEST_NUMBER = 9


class SubRip(AlignedFiles):
    """`talk.srt` beside `talk.mp3`: a number, a line of times, lines of text, a blank line."""

    name = "srt"
    title = to_be_said("SubRip subtitles")
    grammar = "00:00:01,000 --> 00:00:02,500"
    extensions = frozenset({"srt"})

    def looks_right(self, source: Source, name: str) -> bool:
        return any(ARROW in line for line in head_lines(source, name))

    def annotation(self, source: Source, name: str, options: Options) -> Annotation:
        lines = annotation_lines(source, name)
        starts = [at for at, text in enumerate(lines.texts) if is_times(text)]
        if not starts:
            message = said("Holds no cue: no line like 00:00:01,000 --> 00:00:02,500 is in it.")
            raise MemberError("file_unreadable", message)
        return Annotation(spans_of(name, _cues(lines.texts, starts), lines))


def _cues(texts: Sequence[str], starts: Sequence[int]) -> Iterator[Cue]:
    """Yield the cues. They are told by their lines of times alone: blank lines stand inside texts and lack between
    cues, and numbers are missing or wrong."""
    for start, following in zip(starts, [*starts[1:], len(texts)], strict=True):
        end = following
        if following < len(texts) and texts[following - 1].strip().isdecimal() and following - 1 > start:
            end -= 1
        words = list(texts[start + 1 : end])
        number = texts[start - 1].strip() if start else ""
        kept = _before_next_number(words, number)
        yield Cue(start + 1, texts[start], words[:kept])
        if kept < len(words):
            yield Cue(start + kept + 3, "", [])


def _before_next_number(said: Sequence[str], number: str) -> int:
    """Return how many lines belong to the cue: after a blank line, the next number opens a cue without times."""
    if number.isdecimal() and len(number) < LONGEST_NUMBER:
        following = str(int(number) + 1)
        for at in range(len(said) - 1):
            if not said[at].strip() and said[at + 1].strip() == following:
                return at
    return len(said)
