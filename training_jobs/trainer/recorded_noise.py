"""The user's own recordings of noise, mixed into training windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training_jobs.trainer.corpus import NOISE
from training_jobs.trainer.features import LEVEL_RMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training_jobs.trainer.corpus import Corpus

QUIETEST_RMS = 1e-5  # softer than that is no noise: -100 dBFS


class RecordedNoise:
    """Adds a piece of a recording to some windows, at a ratio in dB, even over the range, to speech at LEVEL_RMS."""

    def __init__(self, corpus: Corpus, *, probability: float, snr_db: tuple[float, float]) -> None:
        self.corpus, self.probability, self.snr_db = corpus, probability, snr_db
        self.recordings = corpus.rows(NOISE)

    def mix_into(self, windows: NDArray[np.float32], random: np.random.Generator) -> None:
        """Change windows, shape (batch, samples), in place."""
        for place in np.flatnonzero(random.random(len(windows)) < self.probability):
            noise = self._piece(windows.shape[1], random)
            level = float(np.sqrt(np.mean(np.square(noise))))
            if level >= QUIETEST_RMS:
                windows[place] += noise * (LEVEL_RMS / level * 10 ** (-random.uniform(*self.snr_db) / 20))

    def _piece(self, samples: int, random: np.random.Generator) -> NDArray[np.float32]:
        """Cut a piece out of one recording, which begins anew where it is too short."""
        noise = self.corpus.samples(int(random.choice(self.recordings)))
        begin = int(random.integers(0, max(1, len(noise) - samples + 1)))
        return np.resize(noise[begin:], samples)
