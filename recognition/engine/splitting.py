"""Cut long recordings into pieces short enough to be recognised at once, between words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.frames import FRAME_SAMPLES, HOP_SAMPLES, frame_levels
from recognition.engine.segments import MARGIN_SECONDS, speech_extent, speech_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_PIECE_SECONDS = 30.0

# The silence before a [t] or [k] inside a word lasts up to about 0.12 s.
_SHORTEST_PAUSE_FRAMES = 15
_QUIET_FRAMES = 20
_MARGIN_SAMPLES = int(MARGIN_SECONDS * SAMPLE_RATE_HZ)

_Stretch = tuple[int, int]


def split_for_recognition(
    samples: NDArray[np.float32], *, max_seconds: float = LONGEST_PIECE_SECONDS
) -> list[tuple[int, int]]:
    """Cut a recording, shape (samples,), into pieces of speech: [(start, end), ...] in samples, in order, none empty.

    Each piece is cut to its speech like `speech_extent` does; pieces in which nobody speaks are left out. A recording
    whose speech is no longer than `max_seconds` is one piece. What is longer is cut in the middle of its longest
    pause, and so on; where there is no pause of 0.15 s, in the middle of the quietest 0.2 s. The sound between pieces
    is no speech, but where a last resort cut.
    """
    active = speech_frames(samples)
    if active is None:
        return []
    frames = np.flatnonzero(active)
    whole = int(frames[0]), int(frames[-1]) + 1
    most = max(2 * _QUIET_FRAMES, int(max_seconds * SAMPLE_RATE_HZ) // HOP_SAMPLES)
    if whole[1] - whole[0] <= most:
        return _speech_of(samples, 0, len(samples))
    cuts = [0, *_cuts(samples, active, whole, most), len(active)]
    stretches = [(start, end, np.flatnonzero(active[start:end])) for start, end in pairwise(cuts)]
    return [
        piece
        for start, end, found in stretches
        if len(found)
        for piece in _speech_of(
            samples,
            max(_sample_at(start), (start + int(found[0])) * HOP_SAMPLES - _MARGIN_SAMPLES),
            min(_sample_at(end), (start + int(found[-1])) * HOP_SAMPLES + FRAME_SAMPLES + _MARGIN_SAMPLES),
        )
    ]


def _speech_of(samples: NDArray[np.float32], start: int, end: int) -> list[tuple[int, int]]:
    """Cut a stretch to its speech. Silence around it would hide that what is in it is steady."""
    extent = speech_extent(samples[start:end])
    return [] if extent is None else [(start + extent[0], start + extent[1])]


def _cuts(samples: NDArray[np.float32], active: NDArray[np.bool_], whole: _Stretch, most: int) -> list[int]:
    """Give the frames to cut at, in order, so that no stretch of speech between them is longer than `most` frames."""
    pauses = _pauses(active)
    loudness = sliding_window_view(frame_levels(samples), _QUIET_FRAMES).mean(axis=1)
    cuts: list[int] = []
    waiting = [(whole, pauses)]
    while waiting:
        (start, end), inside = waiting.pop()
        if end - start <= most:
            continue
        before, behind = _longest(inside) if inside else _quietest(loudness, start, end, most)
        cuts.append((before + behind) // 2)
        waiting.append(((start, before), [pause for pause in inside if pause[1] <= before]))
        waiting.append(((behind, end), [pause for pause in inside if pause[0] >= behind]))
    return sorted(cuts)


def _pauses(active: NDArray[np.bool_]) -> list[_Stretch]:
    """Give the stretches of frames without speech between speech that are long enough to lie between words."""
    edges = np.flatnonzero(np.diff(active.astype(np.int8))) + 1
    inner = edges[1 if active[0] == 0 else 0 :]
    ends = inner[: len(inner) // 2 * 2].reshape(-1, 2)
    return [(int(start), int(end)) for start, end in ends if end - start >= _SHORTEST_PAUSE_FRAMES]


def _longest(pauses: list[_Stretch]) -> _Stretch:
    return max(pauses, key=lambda pause: (pause[1] - pause[0], -pause[0]))


def _quietest(loudness: NDArray[np.float64], start: int, end: int, most: int) -> _Stretch:
    """Give the place of the quietest 0.2 s, as late as one piece may last and as early as half of that."""
    first, last = start + most // 2, min(start + most, end) - _QUIET_FRAMES
    at = first + int(loudness[first : max(last, first + 1)].argmin())
    middle = at + _QUIET_FRAMES // 2
    return middle, middle


def _sample_at(frame: int) -> int:
    return frame * HOP_SAMPLES + FRAME_SAMPLES // 2 if frame else 0
