"""Hear speech while it is spoken: a beginning while somebody speaks, a final answer as soon as they pause.

The final answer to a piece is what the recogniser says of it as of any recording. Memory is bounded: at most the piece
that is being said is kept, and one that goes on for 12 s is cut between two words.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.agreement import Agreement, Partial
from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.cutting import cut_at_pause, cut_between_words
from recognition.engine.hearing import SILENCE
from recognition.engine.segments import MARGIN_SECONDS
from recognition.engine.speech_detector import SpeechDetector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from recognition.engine.hearing import Transcript

PAUSE_SECONDS = 0.2
# Labels of several words have pauses of their own.
PHRASE_PAUSE_SECONDS = 0.4

_LONGEST_SAMPLES = 12 * SAMPLE_RATE_HZ
_QUIET_SAMPLES = 30 * SAMPLE_RATE_HZ
# Enough quiet before a word for the recogniser to know the room by.
_BEFORE_SAMPLES = int(0.4 * SAMPLE_RATE_HZ)
_BEHIND_SAMPLES = int(MARGIN_SECONDS * SAMPLE_RATE_HZ)


@dataclass(frozen=True)
class LivePiece:
    """The final answer to the samples `start` to `end` of a stream; the times in `transcript` count from `start`."""

    start: int
    end: int
    samples: NDArray[np.float32]
    transcript: Transcript


class Tape:
    """The end of a stream, from `start` to `end` in samples; what lies before is forgotten."""

    def __init__(self, position: int) -> None:
        self.start = self.end = position
        self._blocks: deque[NDArray[np.float32]] = deque()

    def append(self, samples: NDArray[np.float32]) -> None:
        """Add what came next."""
        self._blocks.append(samples)
        self.end += len(samples)

    def forget(self, before: int) -> None:
        """Let go of all samples before a position."""
        while self._blocks and self.start < before:
            first = self._blocks.popleft()
            kept = first[before - self.start :]
            self.start += len(first) - len(kept)
            if len(kept):
                self._blocks.appendleft(kept)

    def part(self, start: int, end: int) -> NDArray[np.float32]:
        """Copy the samples from `start` up to `end`, which must be on the tape."""
        whole = np.concatenate((np.zeros(0, np.float32), *self._blocks))
        return whole[start - self.start : end - self.start].copy()


class LiveHearing:
    """One stream of speech, for one thread at a time.

    `transcribe` hears mono 16 kHz sound of up to half a minute; what it raises comes through `feed`, `partial` and
    `finish`. `position` is the number of the first sample. Where nothing was heard until the end, the last half minute
    is heard once as a whole, so that every stream has an answer; unless `has_answered` says that it has one.
    """

    def __init__(
        self,
        transcribe: Callable[[NDArray[np.float32]], Transcript],
        *,
        is_of_words: bool,
        pause_seconds: float = PAUSE_SECONDS,
        position: int = 0,
        has_answered: bool = False,
    ) -> None:
        self._transcribe = transcribe
        self._is_of_words = is_of_words
        self._has_answered = has_answered
        self._detector = SpeechDetector(pause_seconds=pause_seconds, position=position)
        self._tape = Tape(position)
        self._began: int | None = None
        self._agreement = Agreement(is_of_words=is_of_words)

    @property
    def heard_to(self) -> int:
        """The number of the next sample it waits for."""
        return self._tape.end

    @property
    def settled(self) -> int:
        """The first sample that is still needed: all before it is answered, or was quiet."""
        return self._tape.start

    @property
    def is_speech(self) -> bool:
        """Say whether somebody is speaking just now."""
        return self._began is not None

    def feed(self, samples: NDArray[np.float32]) -> Iterator[LivePiece]:
        """Take the next samples, shape (samples,); yield the answer to each piece that ended in them."""
        self._tape.append(samples)
        for change in self._detector.feed(samples):
            if change.is_speech:
                self._begin(change.at)
            else:
                yield from self._end(change.at + _BEHIND_SAMPLES)
        while self._began is not None and self._tape.end - self._began >= _LONGEST_SAMPLES:
            yield from self._cut(self._began)
        self._forget()

    def partial(self) -> Partial | None:
        """Hear what was said of the piece until now; None while nobody speaks."""
        if self._began is None:
            return None
        return self._agreement.heard(self._transcribe(self._tape.part(self._began, self._tape.end)))

    def finish(self) -> Iterator[LivePiece]:
        """End the stream: answer what is still open."""
        yield from self._end(self._tape.end)
        if not self._has_answered and self._tape.end > self._tape.start:
            yield self._piece(self._tape.start, self._tape.end)
        self._tape.forget(self._tape.end)

    def _begin(self, at: int) -> None:
        self._began = max(self._tape.start, at - _BEFORE_SAMPLES)
        self._agreement = Agreement(is_of_words=self._is_of_words)

    def _end(self, end: int) -> Iterator[LivePiece]:
        began, self._began = self._began, None
        if began is not None:
            yield from self._answer(self._piece(began, min(end, self._tape.end)))

    def _cut(self, began: int) -> Iterator[LivePiece]:
        """Answer what is too long for one piece, up to a place between two words."""
        samples = self._tape.part(began, began + _LONGEST_SAMPLES)
        cut = cut_at_pause(samples)
        if cut is None:
            found = cut_between_words(self._transcribe, samples)
            piece = LivePiece(began, began + found.end, samples[: found.end], found.transcript)
        else:
            piece = self._piece(began, began + cut)
        self._began = piece.end
        self._agreement = Agreement(is_of_words=self._is_of_words)
        if piece.transcript.answer == SILENCE:
            self._detector.forget_speech()
            self._began = None
        yield from self._answer(piece)

    def _piece(self, start: int, end: int) -> LivePiece:
        samples = self._tape.part(start, end)
        return LivePiece(start, end, samples, self._transcribe(samples))

    def _answer(self, piece: LivePiece) -> Iterator[LivePiece]:
        """Yield what is speech; what only sounded like it is passed over."""
        if piece.transcript.answer == SILENCE:
            return
        self._has_answered = True
        yield piece
        self._tape.forget(piece.end)

    def _forget(self) -> None:
        if self._began is not None:
            self._tape.forget(self._began)
        else:
            kept = _BEFORE_SAMPLES if self._has_answered else _QUIET_SAMPLES
            self._tape.forget(self._tape.end - kept)
