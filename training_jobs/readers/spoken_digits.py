"""FSDD, the Free Spoken Digit Dataset: everything stands in the file's name."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, audio_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

CLIP = re.compile(r"^(?P<digit>\d)_(?P<speaker>[^\W\d_]+)_(?P<take>\d+)$")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEST_TAKES = 5
NEARLY_ALL = 0.9
SURE = 0.97


class SpokenDigits:
    """`recordings/{digit}_{speaker}_{take}.wav`; takes 0 to 4 are the official test split, the rest is for training.

    Labels are the words that are said (“seven” for 7).
    """

    name = "fsdd"
    title = "Free Spoken Digit Dataset"
    grammar = "recordings/7_jackson_32.wav"

    def recognise(self, source: Source) -> Match | None:
        names = audio_names(source)
        fitting = sum(1 for name in names if CLIP.match(PurePosixPath(name).stem))
        if not names or fitting < NEARLY_ALL * len(names):
            return None
        reason = said("{count:,} of {all:,} audio files are named digit_speaker_take.", count=fitting, all=len(names))
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        for name in audio_names(source):
            match = CLIP.match(PurePosixPath(name).stem)
            if match is None:
                message = said("Is not named digit_speaker_take, so nobody knows which digit is said in it.")
                yield Problem(name, "label_missing", message)
                continue
            split = "test" if int(match["take"]) < TEST_TAKES else "train"
            yield Row(name, WORDS[int(match["digit"])], speaker=match["speaker"], split=split)
