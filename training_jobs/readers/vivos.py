"""VIVOS: prompts for each split, and waves in folders of speakers."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, audio_names
from training_jobs.readers.splits import split_called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

PROMPTS, WAVES = "prompts.txt", "waves"
SURE: Final = 0.98


class Vivos:
    """`{train,test}/prompts.txt` with lines `UTTERANCE TEXT`, and `waves/<speaker>/<utterance>.wav` beside it."""

    name = "vivos"
    title = "VIVOS"
    grammar = "train/prompts.txt: VIVOSSPK01_R001 TEXT; train/waves/VIVOSSPK01/VIVOSSPK01_R001.wav"

    def recognise(self, source: Source) -> Match | None:
        lists = _lists(source)
        if not lists:
            return None
        return Match(SURE, said("{file} lies beside a folder of waves, as in VIVOS.", file=lists[0]))

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        folders = _speakers(source)
        for name in _lists(source):
            split = split_called(name)
            root = f"{_parent(name)}{WAVES}/"
            for item in lines_of(source, name):
                if isinstance(item, Problem):
                    yield item
                    continue
                line, text = item
                utterance, _, words = text.strip().partition(" ")
                speaker = folders.get((root, utterance), "")
                path = f"{WAVES}/{speaker}/{utterance}" if speaker else utterance
                yield from ledger.judge(Row(path, words, speaker, split, name, line))
        yield from ledger.rest()


def _speakers(source: Source) -> dict[tuple[str, str], str]:
    """Return the folder of a speaker by the folder of waves and the utterance in it."""
    found = {}
    for name in audio_names(source):
        path = PurePosixPath(name)
        if path.parent.parent.name == WAVES:
            found[f"{path.parent.parent.as_posix()}/", path.stem] = path.parent.name
    return found


def _lists(source: Source) -> list[str]:
    waves = {root for root, _ in _speakers(source)}
    named = [name for name in source.names if PurePosixPath(name).name == PROMPTS]
    return [name for name in named if f"{_parent(name)}{WAVES}/" in waves]


def _parent(name: str) -> str:
    return name.removesuffix(PROMPTS)
