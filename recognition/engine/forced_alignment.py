"""When each unit of a known text is said: the best path through the output of a CTC model."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def forced_alignment(log_probs: NDArray[np.float32], numbers: Sequence[int], *, blank: int) -> list[tuple[int, int]]:
    """Give (first frame, last frame) of each unit on the most probable path that says exactly `numbers` (Viterbi).

    `log_probs` has shape (frames, units + 1). The spans are in order and never overlap. Raises EngineError
    alignment_impossible where there are fewer frames than the text needs.
    """
    needed = len(numbers) + sum(one == other for one, other in pairwise(numbers))
    if needed > len(log_probs):
        raise EngineError(
            "alignment_impossible",
            "The recording is too short for its text.",
            f"{len(log_probs)} frames, {needed} needed",
        )
    if not numbers:
        return []
    states = np.full(2 * len(numbers) + 1, blank)
    states[1::2] = numbers
    return _spans(_best_path(log_probs[:, states].astype(np.float64), states), len(numbers))


def _best_path(scores: NDArray[np.float64], states: NDArray[np.int_]) -> list[int]:
    """Give the state of each frame. States are blank, unit, blank, unit, ..., blank; `scores` is (frames, states).

    A path goes on by one state, or by two from a unit to a different one; it begins in one of the first two states
    and ends in one of the last two.
    """
    may_skip = np.zeros(len(states), np.bool_)
    may_skip[3::2] = states[3::2] != states[1:-2:2]
    best = np.full(len(states) + 2, -np.inf)
    best[2:4] = scores[0, :2]
    steps = np.zeros(scores.shape, np.int8)
    for frame in range(1, len(scores)):
        stay, one, two = best[2:], best[1:-1], np.where(may_skip, best[:-2], -np.inf)
        higher = np.maximum(stay, one)
        steps[frame] = np.where(two > higher, 2, one > stay)
        best[2:] = np.maximum(higher, two) + scores[frame]
    at = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    path = [at]
    for step in steps[:0:-1]:
        path.append(path[-1] - int(step[path[-1]]))
    path.reverse()
    return path


def _spans(path: list[int], count: int) -> list[tuple[int, int]]:
    first, last = [0] * count, [0] * count
    for frame, state in enumerate(path):
        if state % 2:
            last[state // 2] = frame
    for frame in range(len(path) - 1, -1, -1):
        if path[frame] % 2:
            first[path[frame] // 2] = frame
    return list(zip(first, last, strict=True))
