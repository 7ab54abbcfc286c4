"""LibriSpeech: a list of transcripts beside the recordings of each chapter."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines, lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row
from training_jobs.readers.splits import split_of_subset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

LIST = re.compile(r"^(?P<chapter>(?P<speaker>\d+)-\d+)\.trans\.txt$")
SURE = 0.98


class LibriSpeech:
    """`<subset>/<speaker>/<chapter>/<speaker>-<chapter>.trans.txt`; subsets train-*, dev-* and test-* are splits."""

    name = "librispeech"
    title = "LibriSpeech"
    grammar = "train-clean-100/84/121123/84-121123-0001.flac, 84-121123.trans.txt: 84-121123-0001 TEXT"

    def recognise(self, source: Source) -> Match | None:
        lists = _lists(source)
        fitting = (name for name in lists if _fits(source, name))
        if not next(fitting, None):
            return None
        reason = said(
            "{count:,} lists are named speaker-chapter.trans.txt, as LibriSpeech names them.", count=len(lists)
        )
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name, match in _lists(source).items():
            split = split_of_subset(name)
            for item in lines_of(source, name):
                if isinstance(item, Problem):
                    yield item
                    continue
                line, text = item
                utterance, _, words = text.strip().partition(" ")
                yield from ledger.judge(Row(utterance, words, match["speaker"], split, name, line))
        yield from ledger.rest()


def _lists(source: Source) -> dict[str, re.Match[str]]:
    matches = ((name, LIST.match(PurePosixPath(name).name)) for name in source.names)
    return {name: match for name, match in matches if match}


def _fits(source: Source, name: str) -> bool:
    chapter = PurePosixPath(name).name.removesuffix(".trans.txt")
    return any(line.startswith(f"{chapter}-") for line in head_lines(source, name))
