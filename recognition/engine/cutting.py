"""Recordings of any length, heard piece by piece in bounded memory and never cut inside a word.

A piece of 20 s is cut where somebody pauses. Where nobody does, more sound is waited for; and where 30 s hold no pause
at all, the recogniser itself says where a word ends: what it heard up to there is kept, and the rest is heard again
with what follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.frames import FRAME_SAMPLES, HOP_SAMPLES, frame_levels
from recognition.engine.segments import speech_segments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from recognition.engine.hearing import Segment, Transcript

_PAUSES_SECONDS = (0.35, 0.2)
# A word that begins this close to the end of a piece may be too short yet to be taken for speech: the next hears it.
_MARGIN_SECONDS = 1.0
_LONG_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Lengths:
    """How much is heard at once, in samples: cut at a pause from `piece` on, anywhere between words at `longest`."""

    piece: int = 20 * SAMPLE_RATE_HZ
    longest: int = 30 * SAMPLE_RATE_HZ


@dataclass(frozen=True)
class HeardPiece:
    """What one piece gave, its times counted from the start of the recording; `end` is the first sample not in it."""

    transcript: Transcript
    end: int


def heard_pieces(
    transcribe: Callable[[NDArray[np.float32]], Transcript],
    blocks: Iterable[NDArray[np.float32]],
    *,
    start: int = 0,
    lengths: Lengths | None = None,
) -> Iterator[HeardPiece]:
    """Hear mono 16 kHz blocks one behind the other; the first begins at sample `start` of the recording."""
    wanted = lengths or Lengths()
    held: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
    for block in blocks:
        held = np.concatenate((held, block))
        while (piece := _next_piece(transcribe, held, wanted)) is not None:
            yield _moved(piece, start)
            start, held = start + piece.end, held[piece.end :]
    if len(held):
        yield _moved(HeardPiece(transcribe(held), len(held)), start)


def _next_piece(
    transcribe: Callable[[NDArray[np.float32]], Transcript], held: NDArray[np.float32], lengths: Lengths
) -> HeardPiece | None:
    """Hear as much as can be cut off by now; None where more sound has to come first."""
    if len(held) < lengths.piece:
        return None
    cut = cut_at_pause(held[: lengths.longest])
    if cut is not None:
        return HeardPiece(transcribe(held[:cut]), cut)
    if len(held) < lengths.longest:
        return None
    return cut_between_words(transcribe, held[: lengths.longest])


def cut_at_pause(samples: NDArray[np.float32]) -> int | None:
    """Give the sample to cut at: the middle of a long and late pause; None where there is no pause."""
    for shortest in _PAUSES_SECONDS:
        pauses = _pauses_in(samples, speech_segments(samples, min_silence_seconds=shortest))
        if pauses:
            return _middle(max(pauses, key=lambda pause: _worth(pause, len(samples))), len(samples))
    return None


def _pauses_in(samples: NDArray[np.float32], speech: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give the pauses after which something was said, and the last one if it is long enough to be one."""
    margin = int(_MARGIN_SECONDS * SAMPLE_RATE_HZ)
    if not speech:
        return [(0, len(samples))] if len(samples) > margin else []
    between = [(before[1], after[0]) for before, after in pairwise(speech)]
    first = [(0, speech[0][0])] if speech[0][0] > margin else []
    last = [(speech[-1][1], len(samples))] if len(samples) - speech[-1][1] >= margin else []
    return [*first, *between, *last]


def _worth(pause: tuple[int, int], total: int) -> float:
    """Weigh a pause: a second and more counts full, and so does one at the very end."""
    seconds = (pause[1] - pause[0]) / SAMPLE_RATE_HZ
    return min(seconds / _LONG_PAUSE_SECONDS, 1.0) + pause[1] / total


def _middle(pause: tuple[int, int], total: int) -> int:
    """Give the middle of a pause; of one that lasts to the end, the place a second before the end."""
    middle = (pause[0] + pause[1]) // 2
    return max(middle, total - int(_MARGIN_SECONDS * SAMPLE_RATE_HZ)) if pause[1] == total else middle


def cut_between_words(
    transcribe: Callable[[NDArray[np.float32]], Transcript], samples: NDArray[np.float32]
) -> HeardPiece:
    """Hear everything, keep what lies before the widest gap between two words of the second half."""
    transcript = transcribe(samples)
    gap = _widest_gap(transcript, len(samples))
    if gap is None:
        cut = quietest_place(samples, len(samples) // 2, len(samples) - int(_MARGIN_SECONDS * SAMPLE_RATE_HZ))
        return HeardPiece(transcribe(samples[:cut]), cut)
    cut = quietest_place(samples, *gap)
    return HeardPiece(_up_to(transcript, cut / SAMPLE_RATE_HZ), cut)


def _widest_gap(transcript: Transcript, total: int) -> tuple[int, int] | None:
    words = [word for segment in transcript.segments for word in segment.words]
    gaps = [
        (int(before.end * SAMPLE_RATE_HZ), int(after.start * SAMPLE_RATE_HZ))
        for before, after in pairwise(words)
        if before.end <= after.start
    ]
    late = [gap for gap in gaps if total // 2 <= gap[0] and gap[1] <= total - int(_MARGIN_SECONDS * SAMPLE_RATE_HZ)]
    return max(late, key=lambda gap: (gap[1] - gap[0], gap[1]), default=None)


def quietest_place(samples: NDArray[np.float32], first: int, last: int) -> int:
    """Give the middle of the quietest 25 ms between two samples; their middle where they are closer than that."""
    if last - first < FRAME_SAMPLES:
        return max(1, (first + last) // 2)
    quietest = int(frame_levels(samples[first:last]).argmin())
    return first + quietest * HOP_SAMPLES + FRAME_SAMPLES // 2


def _up_to(transcript: Transcript, seconds: float) -> Transcript:
    """Keep the words that end before a moment between two words."""
    kept = []
    for segment in transcript.segments:
        words = tuple(word for word in segment.words if word.end <= seconds)
        if words:
            text = segment.text if len(words) == len(segment.words) else " ".join(w.word for w in words if w.word)
            kept.append(replace(segment, end=words[-1].end, words=words, text=text))
    text = " ".join(segment.text for segment in kept if segment.text)
    return replace(transcript, segments=tuple(kept), text=text, duration_seconds=seconds)


def _moved(piece: HeardPiece, start: int) -> HeardPiece:
    """Count the times of a piece from the start of the recording."""
    seconds = start / SAMPLE_RATE_HZ
    segments = tuple(_segment_moved(segment, seconds) for segment in piece.transcript.segments)
    return HeardPiece(replace(piece.transcript, segments=segments), start + piece.end)


def _segment_moved(segment: Segment, seconds: float) -> Segment:
    words = tuple(replace(word, start=word.start + seconds, end=word.end + seconds) for word in segment.words)
    return replace(segment, start=segment.start + seconds, end=segment.end + seconds, words=words)
