"""When each unit of a known text is said: the best path through the output of a CTC model."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.errors import EngineError
from recognition.engine.language import said

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
            said("The recording is too short for its text."),
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
    skip = np.full(len(states), -np.inf)
    skip[3::2] = np.where(states[3::2] != states[1:-2:2], 0.0, -np.inf)
    best = np.full(len(states) + 2, -np.inf)
    best[2:4] = scores[0, :2]
    stay, one, two, nearer = best[2:], best[1:-1], np.empty(len(states)), np.empty(len(states))
    is_one, is_two = np.zeros(scores.shape, np.bool_), np.zeros(scores.shape, np.bool_)
    for frame in range(1, len(scores)):
        np.add(best[:-2], skip, out=two)
        np.greater(one, stay, out=is_one[frame])
        np.maximum(stay, one, out=nearer)
        np.greater(two, nearer, out=is_two[frame])
        np.maximum(nearer, two, out=nearer)
        np.add(nearer, scores[frame], out=stay)
    steps = np.where(is_two, 2, is_one)
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
