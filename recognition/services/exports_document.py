"""A transcription as every export sees it: the newest text in segments, each word with its time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from recognition.engine.subtitles import TimedWord
from recognition.services.revisions import history_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from recognition.models import Transcription
    from recognition.services.segment_edits import Segment

UNNAMED = pgettext_lazy("title", "Recording")
# What XML 1.0 cannot hold; no other format has a use for it either.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class SpokenWord:
    """One word of the newest text, times in whole milliseconds; a word a person wrote has no confidence."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float | None


@dataclass(frozen=True)
class SpokenSegment:
    """Words without a long pause between them."""

    words: tuple[SpokenWord, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def start_ms(self) -> int:
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.words[-1].end_ms

    @property
    def confidence(self) -> float | None:
        """The mean of its words; None where a person has looked at them."""
        known = [word.confidence for word in self.words if word.confidence is not None]
        return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class SpokenDocument:
    """A whole recording. No two words overlap, none is empty, each ends after it begins."""

    title: str
    media_name: str
    model: str
    language: str
    created_at: datetime
    duration_ms: int
    is_corrected: bool
    segments: tuple[SpokenSegment, ...]

    @property
    def words(self) -> list[SpokenWord]:
        return [word for segment in self.segments for word in segment.words]

    @property
    def timed_words(self) -> list[TimedWord]:
        """The words as subtitles are made of them."""
        return [TimedWord(word.text, word.start_ms / 1000, word.end_ms / 1000) for word in self.words]


def document_of(row: Transcription) -> SpokenDocument:
    """Return the newest text with times; words have no confidence any more once somebody stood by the whole text."""
    history = history_of(row)
    pieces = list(_pieces(history.now, is_sure=history.is_looked_at))
    segments = tuple(
        SpokenSegment(tuple(word for _, word in group)) for _, group in groupby(_untangled(pieces), key=lambda p: p[0])
    )
    last = segments[-1].end_ms if segments else 0
    return SpokenDocument(
        title=writable(PurePath(row.source_name).stem) or str(UNNAMED),
        media_name=writable(PurePath(row.source_name).name) or f"{row.pk}.flac",
        model=str(row.model_version),
        language=row.model_version.recognizer.language,
        created_at=row.created_at,
        duration_ms=max(round(row.duration_seconds * 1000), last, 1),
        is_corrected=bool(history.revisions),
        segments=segments,
    )


def writable(text: str) -> str:
    """Return a text without the control characters that XML refuses."""
    return _UNWRITABLE.sub("", text).strip()


@dataclass(frozen=True)
class _Piece:
    """A word on its way: where it belongs, what it is, when it was said in seconds."""

    segment: int
    text: str
    start: float
    end: float
    confidence: float | None


def _pieces(segments: Iterable[Segment], *, is_sure: bool) -> Iterator[_Piece]:
    for number, segment in enumerate(segments):
        for word in segment["words"]:
            if writable(word["word"]):
                confidence = None if is_sure else word["confidence"]
                yield _Piece(number, word["word"], word["start"], word["end"], confidence)


def _untangled(pieces: Iterable[_Piece]) -> Iterator[tuple[int, SpokenWord]]:
    """Give whole milliseconds, so that every word begins when the one before has ended or later."""
    free_ms = 0
    for piece in pieces:
        text = writable(piece.text)
        if not text:
            continue
        start = max(free_ms, round(piece.start * 1000))
        free_ms = max(start + 1, round(piece.end * 1000))
        yield piece.segment, SpokenWord(text, start, free_ms, piece.confidence)
