"""The list of the recorder for Kaldi active grammar (speech-training-recorder): `recorder.tsv`, without a header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines, lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import AUDIO_EXTENSIONS, Match, Problem, Row, extension_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source

CELLS: Final = 5
SURE: Final = 0.96


class RecorderTsv:
    """`path<TAB>0<TAB>prompts<TAB><TAB>text` a line; the fourth cell is always empty."""

    name = "recorder_tsv"
    title = "Speech training recorder"
    grammar = "recorder.tsv: a.wav<TAB>0<TAB>prompts<TAB><TAB>text"

    def recognise(self, source: Source) -> Match | None:
        lists = _lists(source)
        if not lists:
            return None
        reason = said(
            "{file} has five cells a line and no header, as the speech training recorder writes.", file=lists[0]
        )
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _lists(source):
            for item in lines_of(source, name):
                if isinstance(item, Problem):
                    yield item
                    continue
                line, text = item
                cells = text.split("\t")
                if len(cells) != CELLS:
                    code = "row_too_short" if len(cells) < CELLS else "row_too_long"
                    message = said("Has {count} cells, expected {expected}.", count=len(cells), expected=CELLS)
                    yield Problem(name, code, message, line=line)
                    continue
                yield from ledger.judge(Row(cells[0], cells[-1], listed_in=name, line=line))
        yield from ledger.rest()


def _lists(source: Source) -> list[str]:
    named = [name for name in source.names if extension_of(name) == "tsv"]
    return [name for name in named if _fits([line.split("\t") for line in head_lines(source, name)])]


def _fits(rows: Sequence[Sequence[str]]) -> bool:
    fitting = [row for row in rows if len(row) == CELLS and extension_of(row[0]) in AUDIO_EXTENSIONS and not row[3]]
    return bool(rows) and 2 * len(fitting) > len(rows)
