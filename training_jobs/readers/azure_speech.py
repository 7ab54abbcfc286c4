"""Azure Custom Speech: recordings and `trans.txt`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines, lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import AUDIO_EXTENSIONS, Match, Problem, Row, extension_of
from training_jobs.readers.splits import split_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

LIST: Final = "trans.txt"
SURE: Final = 0.97


class AzureSpeech:
    """`trans.txt` with a line `file.wav<TAB>text` for each recording."""

    name = "azure_speech"
    title = "Azure Custom Speech"
    grammar = "trans.txt: a.wav<TAB>text"

    def recognise(self, source: Source) -> Match | None:
        lists = _lists(source)
        if not lists:
            return None
        reason = said(
            "{file} names a file and its text in each line, as Azure Custom Speech takes them.", file=lists[0]
        )
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _lists(source):
            split = split_called(name)
            for item in lines_of(source, name):
                if isinstance(item, Problem):
                    yield item
                    continue
                line, text = item
                path, tab, words = text.partition("\t")
                if not tab:
                    message = said("Has no tab between the file and its text.")
                    yield Problem(name, "row_too_short", message, line=line)
                    continue
                yield from ledger.judge(Row(path, words, "", split, name, line))
        yield from ledger.rest()


def _lists(source: Source) -> list[str]:
    named = [name for name in source.names if PurePosixPath(name).name.lower() == LIST]
    return [name for name in named if any(map(_fits, head_lines(source, name)))]


def _fits(line: str) -> bool:
    path, tab, _ = line.partition("\t")
    return bool(tab) and extension_of(path.strip()) in AUDIO_EXTENSIONS
