"""Labels of Audacity: text files with two times and a label on each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.aligned import AlignedFiles, Annotation
from training_jobs.readers.lines import head_lines
from training_jobs.readers.rows import Problem, not_utf8
from training_jobs.readers.spans import Span
from training_jobs.readers.text import annotation_lines
from training_jobs.readers.times import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source
    from training_jobs.readers.options import Options
    from training_jobs.readers.text import Lines

FREQUENCIES = "\\"
MOST_LINES = 0.8
FEWEST_CELLS = 2


class AudacityLabels(AlignedFiles):
    """`START TAB END TAB LABEL`, in seconds; a line that begins with a backslash holds frequencies and no label."""

    name = "audacity"
    title = to_be_said("Audacity labels")
    grammar = "0.500000 TAB 1.250000 TAB label"
    extensions = frozenset({"txt"})

    def looks_right(self, source: Source, name: str) -> bool:
        lines = [line for line in head_lines(source, name) if not line.startswith(FREQUENCIES)]
        timed = sum(1 for line in lines if _times(line))
        return timed > 0 and timed >= MOST_LINES * len(lines)

    def is_ours(self, source: Source, name: str) -> bool:
        # Other text files of an upload are notes and licences.
        return self.looks_right(source, name)

    def annotation(self, source: Source, name: str, options: Options) -> Annotation:
        lines = annotation_lines(source, name)
        if not any(_times(text) for text in lines.texts):
            message = said("Holds no label: no line of it begins with two times and tabs between them.")
            raise MemberError("file_unreadable", message)
        return Annotation(_spans(name, lines))


def _times(text: str) -> tuple[float, float] | None:
    cells = text.split("\t")
    if len(cells) < FEWEST_CELLS:
        return None
    start, end = number(cells[0]), number(cells[1])
    return None if start is None or end is None else (start, end)


def _spans(file: str, lines: Lines) -> Iterator[Span | Problem]:
    for line, text in enumerate(lines.texts, start=1):
        if not text.strip() or text.startswith(FREQUENCIES):
            continue
        times = _times(text)
        if line in lines.damaged:
            yield not_utf8(file, line=line)
        elif times is None:
            message = said(
                "Is “{line}”; a label is two times in seconds and a text, with tabs between them.",
                line=text.strip()[:80],
            )
            yield Problem(file, "times_unreadable", message, line=line)
        else:
            label = " ".join(text.split("\t")[FEWEST_CELLS:])
            yield Span(label, *times, line=line)
