"""What every update of a recogniser of words is given: its clips, and what is made of them."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import numpy as np

from training_jobs.trainer.corpus import EVALUATION_BATCH, TRAIN, WindowCutter, features_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.corpus import Corpus
    from training_jobs.trainer.other_speech import OtherSpeech
    from training_jobs.trainer.recorded_noise import RecordedNoise


class WordBatches:
    """What every update is given: drawn from seed and epoch alone, so that it can be drawn again.

    That is windows where the front end draws at random, some of them of `others`, with `noise` in some; and else the
    features of the clips, which are worked out once.
    """

    def __init__(
        self, model: WordModel, corpus: Corpus, *, seed: int, others: OtherSpeech | None, noise: RecordedNoise | None
    ) -> None:
        self.corpus, self.seed = corpus, seed
        self.rows = corpus.rows(TRAIN)
        self.cutter = WindowCutter(corpus, model.placement)
        self.features = None if model.placement.is_random else kept_features(model, corpus, self.rows)
        self.others, self.noise = others, noise

    def __len__(self) -> int:
        """Return how many sounds an epoch goes through."""
        return len(self.rows) + (self.others.count if self.others else 0)

    def epoch(
        self, number: int, *, steps: int, batch_size: int
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Yield (windows or features, label indices) of one epoch, all full; in a new order each time round."""
        random = np.random.default_rng((self.seed, number))
        rounds = -(-steps * batch_size // len(self))
        order = np.concatenate([random.permutation(len(self)) for _ in range(rounds)])
        for places in order[: steps * batch_size].reshape(steps, batch_size):
            yield self._batch(places, random) if self.features is None else self._kept(places)

    def _kept(self, places: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        assert self.features is not None  # noqa: S101 - the caller has looked
        return self.features[places], self.corpus.labels(self.rows[places])

    def _batch(
        self, places: NDArray[np.int64], random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        rows = self.rows[places[places < len(self.rows)]]
        windows, labels = self.cutter.at_random(rows, random), self.corpus.labels(rows)
        if self.others:
            made = [self.cutter.placed(self.others.made(random), random) for _ in range(len(places) - len(rows))]
            windows = np.concatenate([windows, *(window[None] for window in made)])
            labels = np.concatenate([labels, np.full(len(made), self.corpus.other)])
        if self.noise:
            self.noise.mix_into(windows, random)
        return windows, labels


def kept_features(model: WordModel, corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the features of clips, shape (n, frames, bands), in a nameless file that goes with the process."""
    with tempfile.TemporaryFile() as file:
        kept = np.memmap(file, np.float32, mode="w+", shape=(len(rows), *model.front_end.output_shape[1:]))
    for at in range(0, len(rows), EVALUATION_BATCH):
        kept[at : at + EVALUATION_BATCH] = features_of(model, corpus, rows[at : at + EVALUATION_BATCH])
    return kept
