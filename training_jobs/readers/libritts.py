"""LibriTTS: each recording with its text, as it is spoken, in a file of its own."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import whole_text
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row
from training_jobs.readers.splits import split_of_subset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

TEXT = ".normalized.txt"
STEM = re.compile(r"^(?P<speaker>\d+)_\d+_\d+_\d+$")
SURE = 0.98
BY_ENDING_ALONE = 0.9


class LibriTts:
    """`<subset>/<speaker>/<chapter>/<utterance>.wav` with `<utterance>.normalized.txt`; subsets as in LibriSpeech.

    The text as it was printed, `<utterance>.original.txt`, is passed over: it holds numbers and abbreviations.
    """

    name = "libritts"
    title = "LibriTTS"
    grammar = "train-clean-100/103/1241/103_1241_000000_000001.wav, 103_1241_000000_000001.normalized.txt"

    def recognise(self, source: Source) -> Match | None:
        texts = _texts(source)
        if not texts:
            return None
        named = sum(1 for name in texts if STEM.match(_stem(name)))
        found = {"count": len(texts), "ending": TEXT}
        if 2 * named < len(texts):
            reason = said(
                "{count:,} files end in {ending}, as the texts of LibriTTS do; they are not named as there.", **found
            )
            return Match(BY_ENDING_ALONE, reason)
        reason = said(
            "{count:,} files end in {ending}, as the texts of LibriTTS do, and are named "
            "speaker_chapter_segment_number.",
            **found,
        )
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _texts(source):
            text = whole_text(source, name)
            if isinstance(text, Problem):
                yield text
                continue
            match = STEM.match(_stem(name))
            speaker = match["speaker"] if match else ""
            yield from ledger.judge(Row(_stem(name), text, speaker, split_of_subset(name), name, 1))
        yield from ledger.rest()


def _texts(source: Source) -> list[str]:
    return [name for name in source.names if name.endswith(TEXT)]


def _stem(name: str) -> str:
    return PurePosixPath(name).name.removesuffix(TEXT)
