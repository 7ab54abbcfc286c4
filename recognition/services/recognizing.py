"""Audio in, what was heard out: short audio at once, long audio in pieces that fit in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.recognizer import load_recognizer
from recognition.engine.segments import speech_segments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from recognition.engine.recognizer import Segment, Transcript, Word, WordRecognizer
    from recognition.models import ModelVersion

PIECE_SECONDS = 20
MARGIN_SECONDS = 1.0
"""Speech that reaches this close to the end of a piece may go on: it waits for the next piece."""


@dataclass(frozen=True)
class Heard:
    """What one recording gave, in the shape the rows keep."""

    answer: str
    text: str
    confidence: float | None
    segments: list[dict[str, Any]]
    alternatives: list[dict[str, Any]]


def recognizer_of(version: ModelVersion) -> WordRecognizer:
    """Return the loaded recogniser of a version, from the bounded cache. Raises EngineError bundle_corrupt."""
    return load_recognizer(version.bundle_path, version.bundle_sha256)


def hear(*, version: ModelVersion, samples: NDArray[np.float32]) -> Heard:
    """Recognise mono 16 kHz audio, shape = (samples,), in one go."""
    return _joined([recognizer_of(version).transcribe(samples)])


def hear_pieces(*, version: ModelVersion, blocks: Iterable[NDArray[np.float32]]) -> Heard:
    """Recognise audio of any length, block by block; memory holds one piece of about 20 s."""
    recognizer = recognizer_of(version)
    return _joined(
        [_shifted(recognizer.transcribe(piece), start / SAMPLE_RATE_HZ) for start, piece in pieces_of(blocks)]
    )


def pieces_of(
    blocks: Iterable[NDArray[np.float32]], *, piece_samples: int = PIECE_SECONDS * SAMPLE_RATE_HZ
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield (start sample, piece), cut between words where there is a pause, and at the full length where not."""
    held: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
    start = 0
    for block in blocks:
        held = np.concatenate((held, block))
        while len(held) >= piece_samples:
            cut = _cut_of(held[:piece_samples])
            yield start, held[:cut]
            start += cut
            held = held[cut:]
    if len(held):
        yield start, held


def _cut_of(piece: NDArray[np.float32]) -> int:
    """Return where to cut: before the last stretch of speech if it may go on, else at the end."""
    speech = speech_segments(piece)
    if not speech or speech[-1][1] < len(piece) - MARGIN_SECONDS * SAMPLE_RATE_HZ:
        return len(piece)
    if len(speech) == 1:
        return len(piece)
    return (speech[-2][1] + speech[-1][0]) // 2


def _shifted(transcript: Transcript, seconds: float) -> Transcript:
    segments = tuple(_segment_shifted(segment, seconds) for segment in transcript.segments)
    return replace(transcript, segments=segments)


def _segment_shifted(segment: Segment, seconds: float) -> Segment:
    words = tuple(replace(word, start=word.start + seconds, end=word.end + seconds) for word in segment.words)
    return replace(segment, start=segment.start + seconds, end=segment.end + seconds, words=words)


def _joined(transcripts: list[Transcript]) -> Heard:
    """Make one answer of the answers to the pieces, in order."""
    segments = [segment for transcript in transcripts for segment in transcript.segments]
    words = [word for segment in segments for word in segment.words]
    answers = {transcript.answer for transcript in transcripts}
    answer = next((known for known in ("words", "none_of_these") if known in answers), "silence")
    return Heard(
        answer=answer,
        text=" ".join(transcript.text for transcript in transcripts if transcript.text),
        confidence=_confidence(transcripts, words),
        segments=[segment.as_dict() for segment in segments],
        alternatives=_alternatives(words),
    )


def _confidence(transcripts: list[Transcript], words: list[Word]) -> float | None:
    """Return the mean over the words of the text, over all pieces where there is no text."""
    if len(transcripts) == 1:
        return transcripts[0].confidence
    counted = [word for word in words if word.word] or words
    return float(np.mean([word.confidence for word in counted])) if counted else None


def _alternatives(words: list[Word]) -> list[dict[str, Any]]:
    """Return the runners-up where there is one word to choose; a sequence keeps them word by word."""
    alternatives: list[dict[str, Any]] = words[0].as_dict()["alternatives"] if len(words) == 1 else []
    return alternatives
