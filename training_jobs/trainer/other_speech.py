"""What a recogniser of words learns to turn away: pieces of the words themselves, and pieces of noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training_jobs.trainer.corpus import NOISE, TRAIN
from training_jobs.trainer.features import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training_jobs.trainer.corpus import Corpus

NOISE_SHARE = 0.3  # of the clips that are made, where there are recordings of noise
NOISE_SECONDS = (0.2, 1.0)
KEPT = (0.35, 0.65)  # how much of each of two words is joined
FEWEST_CLIPS_EACH = 20  # with eight takes of a word one in six new ones was taken for a piece


def are_pieces_wanted(corpus: Corpus, values: Any) -> bool:
    """Say whether a recipe makes sounds to turn away of these clips: where the words themselves are well known."""
    words = int((corpus.labels(corpus.rows(TRAIN)) < corpus.other).sum())
    return bool(getattr(values, "pieces_share", 0.0)) and words >= FEWEST_CLIPS_EACH * len(corpus.names)


class OtherSpeech:
    """Makes sound that is none of the words, from the training clips: shape (samples,), float32, -1..1.

    The beginning of one word with the end of another, every second one played backwards: the sounds of a language,
    the voices and the microphones are those of the words, so that only the words themselves tell them apart. And
    pieces of the recordings of noise, if there are any.
    """

    def __init__(self, corpus: Corpus, *, share: float) -> None:
        self.corpus = corpus
        rows = corpus.rows(TRAIN)
        self.words = rows[corpus.labels(rows) < corpus.other]
        self.noises = corpus.rows(NOISE)
        self.count = round(share / (1.0 - share) * len(self.words))

    def made(self, random: np.random.Generator) -> NDArray[np.float32]:
        """Make one more."""
        if len(self.noises) and random.random() < NOISE_SHARE:
            return self._noise(random)
        joined = self._joined(random)
        return joined[::-1] if random.random() < 0.5 else joined  # noqa: PLR2004 - every second one

    def _joined(self, random: np.random.Generator) -> NDArray[np.float32]:
        first, second = self._two_words(random)
        head = first[: round(len(first) * random.uniform(*KEPT))]
        tail = second[-round(len(second) * random.uniform(*KEPT)) :]
        return np.concatenate([head, tail * (_level(first) / _level(second))])

    def _two_words(self, random: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        first = random.choice(self.words)
        labels = self.corpus.labels(self.words)
        second = random.choice(self.words[labels != self.corpus.labels(first)])
        return self.corpus.samples(first), self.corpus.samples(second)

    def _noise(self, random: np.random.Generator) -> NDArray[np.float32]:
        noise = self.corpus.samples(random.choice(self.noises))
        length = min(len(noise), round(random.uniform(*NOISE_SECONDS) * SAMPLE_RATE_HZ))
        begin = random.integers(0, len(noise) - length + 1)
        return noise[begin : begin + length]


def _level(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)) + 1e-9))
