"""What a recogniser answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

Alternatives = tuple[tuple[str, float], ...]

WORD = "word"
WORDS = "words"
NONE_OF_THESE = "none_of_these"
SILENCE = "silence"

_PAUSE_SECONDS = 1.0
_TIME_DIGITS = 3
_CONFIDENCE_DIGITS = 4


@dataclass(frozen=True)
class Hearing:
    """One answer to one clip.

    `answer` is "word", "none_of_these" (speech, but nothing known was sure enough) or "silence". `label` is the best
    label even when it was rejected, "" for silence. `confidence` is its calibrated probability. `alternatives` are the
    best five labels with theirs, best first.
    """

    answer: str
    label: str
    confidence: float
    alternatives: Alternatives


NOTHING_HEARD = Hearing(SILENCE, "", 0.0, ())


@dataclass(frozen=True)
class Word:
    """One piece of speech between two pauses; times in seconds. `word` is "" where `answer` is "none_of_these"."""

    word: str
    start: float
    end: float
    confidence: float
    alternatives: Alternatives
    answer: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "word": self.word,
            "start": round(self.start, _TIME_DIGITS),
            "end": round(self.end, _TIME_DIGITS),
            "confidence": round(self.confidence, _CONFIDENCE_DIGITS),
            "answer": self.answer,
            "alternatives": [
                {"text": label, "confidence": round(share, _CONFIDENCE_DIGITS)} for label, share in self.alternatives
            ],
        }


@dataclass(frozen=True)
class Segment:
    """Words with no pause of a second between them; times in seconds."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "start": round(self.start, _TIME_DIGITS),
            "end": round(self.end, _TIME_DIGITS),
            "text": self.text,
            "words": [word.as_dict() for word in self.words],
        }


@dataclass(frozen=True)
class Transcript:
    """What was heard in one recording.

    `answer` is "words", "none_of_these" (speech, but no word of it known) or "silence". `confidence` is the mean over
    the words of the text, over all pieces where there is no text, None for silence.
    """

    answer: str
    text: str
    confidence: float | None
    segments: tuple[Segment, ...]
    duration_seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Give the JSON of the API."""
        return {
            "answer": self.answer,
            "text": self.text,
            "confidence": None if self.confidence is None else round(self.confidence, _CONFIDENCE_DIGITS),
            "duration_seconds": round(self.duration_seconds, _TIME_DIGITS),
            "segments": [segment.as_dict() for segment in self.segments],
        }


def transcript_of(words: Sequence[Word], *, duration_seconds: float) -> Transcript:
    """Put the pieces of one recording together, in order."""
    known = [word for word in words if word.answer == WORD]
    counted = known or words
    answer = WORDS if known else NONE_OF_THESE if words else SILENCE
    return Transcript(
        answer=answer,
        text=_text_of(words),
        confidence=sum(word.confidence for word in counted) / len(counted) if counted else None,
        segments=tuple(Segment(g[0].start, g[-1].end, _text_of(g), tuple(g)) for g in _between_pauses(words)),
        duration_seconds=duration_seconds,
    )


def _text_of(words: Sequence[Word]) -> str:
    return " ".join(word.word for word in words if word.answer == WORD)


def _between_pauses(words: Sequence[Word]) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.start - groups[-1][-1].end < _PAUSE_SECONDS:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups
