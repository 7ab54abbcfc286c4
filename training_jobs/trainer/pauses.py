"""Pauses before, between and behind training clips.

Clips are cut tightly around their speech. A model that never heard a pause writes letters into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.frames import frame_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LONGEST_SECONDS = 0.8
QUIETEST_PERCENT = 5  # of the frames of a clip: about how loud its room is


def with_pauses(
    sounds: Sequence[NDArray[np.float32]], *, probability: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Put sounds, shape (samples,) each, behind each other.

    Before each of them, and behind the last, is a pause of up to 0.8 s with this probability: noise as soft as the
    quietest part of the sound beside it.
    """
    beside = [*sounds, sounds[-1]]
    pauses = [_pause(sound, random) if random.random() < probability else sound[:0] for sound in beside]
    parts = [part for pause, sound in zip(pauses, sounds, strict=False) for part in (pause, sound)]
    return np.concatenate([*parts, pauses[-1]])


def _pause(sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    length = int(random.uniform(0, LONGEST_SECONDS) * SAMPLE_RATE_HZ)
    level = 10 ** (float(np.percentile(frame_levels(sound), QUIETEST_PERCENT)) / 20)
    return random.normal(0.0, level, length).astype(np.float32)
