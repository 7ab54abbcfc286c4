"""Audio in, what was heard out: short audio at once, long audio in pieces that fit in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from recognition.engine.hearing import NONE_OF_THESE, SILENCE, WORDS
from recognition.engine.recognizer import load_recognizer
from recognition.engine.sentence_recognizer import SentenceRecognizer
from recognition.models.recognizers import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from recognition.engine.hearing import Transcript
    from recognition.engine.recognizer import Recognizer
    from recognition.models import ModelVersion

    Transcribe = Callable[[NDArray[np.float32]], Transcript]


@dataclass(frozen=True)
class Heard:
    """What one recording gave, in the shape the rows keep."""

    answer: str
    text: str
    confidence: float | None
    segments: list[dict[str, Any]]
    alternatives: list[dict[str, Any]]


def recognizer_of(version: ModelVersion) -> Recognizer:
    """Return the loaded recogniser of a version, from the bounded cache. Raises EngineError bundle_corrupt."""
    return load_recognizer(version.bundle_path, version.bundle_sha256)


def takes_hotwords(version: ModelVersion) -> bool:
    """Say whether words the sender expects can help: a closed set of words needs none."""
    return version.recognizer.kind == Kind.SENTENCES


def transcribe_with(version: ModelVersion, *, hotwords: Sequence[str] = ()) -> Transcribe:
    """Return what hears mono 16 kHz audio of up to half a minute. Raises EngineError bundle_corrupt."""
    recognizer = recognizer_of(version)
    if isinstance(recognizer, SentenceRecognizer):
        return partial(recognizer.transcribe, hotwords=tuple(hotwords))
    return recognizer.transcribe


def hear(*, version: ModelVersion, samples: NDArray[np.float32], hotwords: Sequence[str] = ()) -> Heard:
    """Recognise mono 16 kHz audio, shape = (samples,), in one go."""
    return heard_of(transcribe_with(version, hotwords=hotwords)(samples))


def heard_of(transcript: Transcript) -> Heard:
    """Return one transcript in the shape the rows keep."""
    gathered = Gathered()
    gathered.add(transcript)
    return gathered.heard()


@dataclass
class Gathered:
    """The answers to the pieces of one recording, in order, as they come in."""

    segments: list[dict[str, Any]] = field(default_factory=list)
    _answers: set[str] = field(default_factory=set)
    _confidences: list[float | None] = field(default_factory=list)

    @classmethod
    def after(cls, segments: list[dict[str, Any]]) -> Gathered:
        """Go on behind what an earlier attempt wrote down."""
        return cls(list(segments), _confidences=[None] if segments else [])

    def add(self, transcript: Transcript) -> None:
        """Take the next piece."""
        self.segments.extend(segment.as_dict() for segment in transcript.segments)
        self._answers.add(transcript.answer)
        self._confidences.append(transcript.confidence)

    @property
    def text(self) -> str:
        """Return what was heard until now."""
        return " ".join(segment["text"] for segment in self.segments if segment["text"])

    def heard(self) -> Heard:
        """Return one answer for the whole recording."""
        return Heard(
            answer=self._answer(),
            text=self.text,
            confidence=self._confidence(),
            segments=self.segments,
            alternatives=self._alternatives(),
        )

    def _words(self) -> list[dict[str, Any]]:
        return [word for segment in self.segments for word in segment["words"]]

    def _answer(self) -> str:
        if WORDS in self._answers or any(segment["text"] for segment in self.segments):
            return WORDS
        return NONE_OF_THESE if NONE_OF_THESE in self._answers or self.segments else SILENCE

    def _confidence(self) -> float | None:
        """Return the mean over the words of the text, over all sounds where there is no text."""
        if len(self._confidences) == 1:
            return self._confidences[0]
        words = self._words()
        counted = [word["confidence"] for word in words if word["word"]] or [word["confidence"] for word in words]
        return sum(counted) / len(counted) if counted else None

    def _alternatives(self) -> list[dict[str, Any]]:
        """Return the runners-up where there is one word to choose; a sequence keeps them word by word."""
        words = self._words()
        found: list[dict[str, Any]] = words[0]["alternatives"] if len(words) == 1 else []
        return found
