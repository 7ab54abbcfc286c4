"""AudioMNIST: digits in folders of speakers."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, audio_names
from training_jobs.readers.spoken_digits import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

CLIP: Final = re.compile(r"^(?P<digit>\d)_(?P<speaker>\d+)_(?P<take>\d+)$")
NEARLY_ALL: Final = 0.9
SURE: Final = 0.98


class AudioMnist:
    """`data/<speaker>/<digit>_<speaker>_<take>.wav`. Labels are the words that are said; there are no splits."""

    name = "audio_mnist"
    title = "AudioMNIST"
    grammar = "data/07/3_07_12.wav"

    def recognise(self, source: Source) -> Match | None:
        names = audio_names(source)
        fitting = sum(1 for name in names if _match(name))
        if not names or fitting < NEARLY_ALL * len(names):
            return None
        reason = said(
            "{count:,} of {all:,} audio files are named digit_speaker_take in a folder of the speaker.",
            count=fitting,
            all=len(names),
        )
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        for name in audio_names(source):
            match = _match(name)
            if match is None:
                message = said(
                    "Is not named digit_speaker_take in a folder of the speaker, so nobody knows what is said."
                )
                yield Problem(name, "label_missing", message)
                continue
            yield Row(name, WORDS[int(match["digit"])], match["speaker"])


def _match(name: str) -> re.Match[str] | None:
    path = PurePosixPath(name)
    match = CLIP.match(path.stem)
    return match if match and match["speaker"] == path.parent.name else None
