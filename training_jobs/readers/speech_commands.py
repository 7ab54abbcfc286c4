"""Speech Commands, versions 1 and 2: words in folders, speakers as hashes, splits as lists of files."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.labels import NOISE
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, audio_names
from training_jobs.readers.text import text_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

CLIP = re.compile(r"^(?P<speaker>[0-9a-f]{8})_nohash_\d+$")
TRAIN = "train"
LISTS = {"validation_list.txt": "validation", "testing_list.txt": "test"}
FEWEST_OF_ALL = 0.5
WITH_LISTS = 0.99
BY_NAMES_ALONE = 0.95


class SpeechCommands:
    """`<word>/<8 hex>_nohash_<n>.wav` with `validation_list.txt`, `testing_list.txt` and `_background_noise_/`."""

    name = "speech_commands"
    title = "Speech Commands"
    grammar = "word/0a1b2c3d_nohash_0.wav"

    def recognise(self, source: Source) -> Match | None:
        names = [name for name in audio_names(source) if PurePosixPath(name).parent.name != NOISE]
        hashed = sum(1 for name in names if CLIP.match(PurePosixPath(name).stem))
        if not names or hashed < FEWEST_OF_ALL * len(names):
            return None
        if _lists(source):
            reason = said(
                "{count:,} files are named like those of Speech Commands, with the speaker before “_nohash_”, and its "
                "lists of validation and test files are there.",
                count=hashed,
            )
            return Match(WITH_LISTS, reason)
        reason = said(
            "{count:,} files are named like those of Speech Commands, with the speaker before “_nohash_”; its lists "
            "of validation and test files are not there.",
            count=hashed,
        )
        return Match(BY_NAMES_ALONE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        lists = _lists(source)
        names = audio_names(source)
        splits: dict[str, str] = {}
        for name in lists:
            yield from self._read_list(source, name, splits)
        for name in names:
            yield self._judged(name, splits.get(name, TRAIN if lists else ""))

    def _read_list(self, source: Source, name: str, splits: dict[str, str]) -> Iterator[Problem]:
        """Fill `splits` from one list; files it names that are not there are counted, not listed one by one."""
        root = PurePosixPath(name).parent
        absent: list[tuple[int, str]] = []
        try:
            for line, text in text_lines(source, name):
                member = (root / text.strip()).as_posix()
                if text.strip() and member not in source.sizes:
                    absent.append((line, text.strip()))
                splits[member] = LISTS[PurePosixPath(name).name]
        except MemberError as failure:
            yield Problem(name, failure.code, failure.message, is_clip_lost=False)
        if absent:
            line, first = absent[0]
            message = said(
                "Names {count:,} files that are not in the upload; the first is “{first}”.",
                count=len(absent),
                first=first,
            )
            yield Problem(name, "files_missing", message, line=line, is_clip_lost=False)

    @staticmethod
    def _judged(name: str, split: str) -> Row | Problem:
        path = PurePosixPath(name)
        label = path.parent.name
        if label == NOISE:
            return Row(name, NOISE, split=TRAIN)
        if not label:
            message = said("Lies in no folder of a word, so nobody knows what is said in it.")
            return Problem(name, "label_missing", message)
        match = CLIP.match(path.stem)
        return Row(name, label, speaker=match["speaker"] if match else "", split=split)


def _lists(source: Source) -> list[str]:
    return [name for name in source.names if PurePosixPath(name).name in LISTS]
