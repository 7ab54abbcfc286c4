"""The clips of a job folder, and the tf.data streams that feed the training loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.features import LEVEL_RMS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.features import Placement

FULL_SCALE = 32768.0
TRAIN, VALIDATION = 0, 1
EVALUATION_BATCH = 128
FEWEST_LABELS = 2


@dataclass(frozen=True)
class Corpus:
    """All clips one behind the other, and where each lies.

    audio: int16, shape (total_samples,); clips: int64, shape (clips, 4): start, length, label index, split;
    names: the labels.
    """

    audio: NDArray[np.int16]
    clips: NDArray[np.int64]
    names: tuple[str, ...]

    def rows(self, split: int) -> NDArray[np.int64]:
        """Return the numbers of the clips of one split, shape (n,)."""
        return np.flatnonzero(self.clips[:, 3] == split)

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the label index of each row, shape (n,)."""
        return self.clips[rows, 2]

    def samples(self, row: int) -> NDArray[np.float32]:
        """Return one clip, shape (length,), -1..1."""
        start, length = self.clips[row, :2]
        return self.audio[start : start + length].astype(np.float32) / np.float32(FULL_SCALE)


def load_corpus(folder: Path, *, names: tuple[str, ...]) -> Corpus:
    """Read a job folder's clips; raises TrainerError too_few_clips when no recogniser can come of them."""
    corpus = Corpus(np.load(folder / "audio.npy", mmap_mode="r"), np.load(folder / "clips.npy"), names)
    counts = np.bincount(corpus.labels(corpus.rows(TRAIN)), minlength=len(names))
    if len(names) < FEWEST_LABELS:
        raise TrainerError(
            "too_few_clips", "A recogniser needs at least two words to tell apart. Add clips of another word."
        )
    if counts.min() < 1:
        missing = int((counts == 0).sum())
        message = f"{missing} of {len(names)} words have no clip to train on. Record or upload some for each word."
        raise TrainerError("too_few_clips", message, detail=f"training clips per label: {counts.tolist()}")
    return corpus


class WindowCutter:
    """Cuts windows out of the corpus inside a TensorFlow graph: row numbers -> windows.

    Does for whole batches what features.WindowLayer does for one clip in the exported graph.
    """

    def __init__(self, corpus: Corpus, placement: Placement) -> None:
        self.placement = placement
        with tf.device("CPU"):  # tf.data runs there, and the sound may be larger than a graphics card's memory
            self.audio = tf.constant(corpus.audio)
            self.starts = tf.constant(corpus.clips[:, 0])
            self.lengths = tf.constant(corpus.clips[:, 1], tf.int32)
            self.scales = tf.constant(clip_scales(corpus, is_levelled=placement.is_levelled))

    def centred(self, rows: Any) -> Any:
        """Return the windows as serving sees them, shape (batch, window_samples)."""
        return self.cut(rows, self.placement.begin(tf.gather(self.lengths, rows)))

    def at_random(self, rows: Any, seed: Any) -> Any:
        """Return windows with the clip anywhere inside, or cut anywhere out of it; seed: int32, shape (2,)."""
        slack = tf.gather(self.lengths, rows) - self.placement.window_samples
        share = tf.random.stateless_uniform(tf.shape(rows), seed)
        return self.cut(rows, tf.cast(tf.round(share * tf.cast(slack, tf.float32)), tf.int32))

    def cut(self, rows: Any, begins: Any) -> Any:
        """Return windows that begin ``begins`` samples after each clip's first, shape (batch, window_samples)."""
        places = begins[:, None] + tf.range(self.placement.window_samples)[None, :]
        lengths = tf.gather(self.lengths, rows)[:, None]
        inside = tf.logical_and(places >= 0, places < lengths)
        index = tf.gather(self.starts, rows)[:, None] + tf.cast(tf.clip_by_value(places, 0, lengths - 1), tf.int64)
        samples = tf.cast(tf.gather(self.audio, index), tf.float32)
        return tf.where(inside, samples, 0.0) * tf.gather(self.scales, rows)[:, None]


def clip_scales(corpus: Corpus, *, is_levelled: bool) -> NDArray[np.float32]:
    """Return what each clip's int16 samples are multiplied with, shape (clips,)."""
    if not is_levelled:
        return np.full(len(corpus.clips), 1.0 / FULL_SCALE, np.float32)
    power = [np.mean(np.square(corpus.samples(row), dtype=np.float64)) for row in range(len(corpus.clips))]
    return (LEVEL_RMS / np.sqrt(np.maximum(power, 1e-12)) / FULL_SCALE).astype(np.float32)


def training_batches(model: WordModel, corpus: Corpus, *, batch_size: int, seed: int) -> Any:
    """Return an endless dataset of (features or windows, label indices), shuffled anew each time round.

    Batches of a front end that draws at random are windows, for the loop to put through it each time; otherwise the
    features are worked out once and kept.
    """
    rows = corpus.rows(TRAIN)
    cutter = WindowCutter(corpus, model.placement)
    labels = tf.constant(corpus.labels(rows))
    if not model.is_augmented:
        features = tf.constant(features_of(model, corpus, rows))
        picked = shuffled(tf.data.Dataset.range(len(rows)), len(rows), batch_size=batch_size, seed=seed)
        return picked.map(lambda at: (tf.gather(features, at), tf.gather(labels, at))).prefetch(2)
    picked = shuffled(tf.data.Dataset.range(len(rows)), len(rows), batch_size=batch_size, seed=seed)
    order = tf.constant(rows)

    def windows(number: Any, at: Any) -> tuple[Any, Any]:
        draw = tf.stack([tf.cast(seed, tf.int32), tf.cast(number, tf.int32)])
        return cutter.at_random(tf.gather(order, at), draw), tf.gather(labels, at)

    return picked.enumerate().map(windows).prefetch(2)


def shuffled(numbers: Any, count: int, *, batch_size: int, seed: int) -> Any:
    """Return endless full batches of the numbers, in a new order each time round."""
    return (
        numbers.shuffle(count, seed=seed, reshuffle_each_iteration=True).repeat().batch(batch_size, drop_remainder=True)
    )


def features_of(model: WordModel, corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the features of clips as serving sees them, shape (n, frames, bands)."""
    cutter = WindowCutter(corpus, model.placement)
    batches = [tf.constant(rows[at : at + EVALUATION_BATCH]) for at in range(0, len(rows), EVALUATION_BATCH)]
    parts = [model.front_end(cutter.centred(batch)).numpy() for batch in batches]
    return np.concatenate(parts) if parts else np.zeros((0, *model.front_end.output_shape[1:]), np.float32)
