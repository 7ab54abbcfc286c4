"""Training recognisers of words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from training_jobs.labels import OTHER
from training_jobs.trainer.augmentation import mix
from training_jobs.trainer.cards import total
from training_jobs.trainer.clock import Clock
from training_jobs.trainer.corpus import NOISE, TRAIN, VALIDATION, features_of
from training_jobs.trainer.epochs import LossNotFinite
from training_jobs.trainer.learner import Learner
from training_jobs.trainer.learning_rate import WarmupCosine
from training_jobs.trainer.other_speech import OtherSpeech, are_pieces_wanted
from training_jobs.trainer.recipes import ConvValues, LstmValues
from training_jobs.trainer.recorded_noise import RecordedNoise
from training_jobs.trainer.schedule import schedule_for
from training_jobs.trainer.word_batches import WordBatches

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.corpus import Corpus
    from training_jobs.trainer.events import Events

HEARD_CLIPS = 5
MOST_CHECKED = 2_000  # validation clips an epoch: their features are kept, in bounded memory
TRAINING_CLIPS_CHECKED = 200
AFTER_SECONDS = 8.0  # what follows the last epoch, for the estimate of the time left
SMALLEST_BATCH = 2
FEWEST_UPDATES = 200  # a run of fewer has not had the time to learn
RECORDED_SHARE = 0.5  # of the probability of noise; the other kind comes on top
LEARNED, HOPELESS = 0.7, 0.95  # of the errors that guessing makes, on training clips: at the end, half way


class WordCourse:
    """A training of words, epoch by epoch."""

    def __init__(
        self, model: WordModel, corpus: Corpus, values: ConvValues | LstmValues, *, seed: int, events: Events
    ) -> None:
        self.corpus, self.values, self.epochs = corpus, values, values.epochs
        self.model = model
        self.learner = WordLearner(model, values, seed=seed)
        self.watch = Watch(model, corpus, self.learner, events=events)
        self.batches = WordBatches(
            model, corpus, seed=seed, others=others_for(corpus, values), noise=noise_for(corpus, values)
        )

    def plan(self, *, halvings: int, done_epochs: int, longer_warmup: float) -> bool:
        """Plan the updates of all epochs in batches halved so often; say whether they can be that small."""
        clips, values = len(self.batches), self.values
        whole = schedule_for(
            clips, epochs=values.epochs, batch_size=values.batch_size, minimum_steps=values.minimum_steps
        )
        size = whole.batch_size >> halvings
        self.schedule = replace(
            whole, batch_size=max(SMALLEST_BATCH, size), steps_per_epoch=whole.steps_per_epoch << halvings
        )
        warmup = round(longer_warmup * getattr(values, "warmup_epochs", 0))
        self.learner.plan(
            updates=self.schedule.steps,
            warmup=min(warmup, self.schedule.epochs - 1) * self.schedule.steps_per_epoch,
            done=done_epochs * self.schedule.steps_per_epoch,
        )
        return size >= SMALLEST_BATCH or halvings == 0

    def clock(self, *, first_epoch: int, seconds: float) -> Clock:
        """Return a clock for the epochs from the first one on."""
        work = [[self.schedule.batch_size] * self.schedule.steps_per_epoch] * (self.epochs - first_epoch + 1)
        return Clock(work, first_epoch=first_epoch, seconds=seconds, after_seconds=AFTER_SECONDS)

    def train(self, epoch: int, clock: Clock) -> dict[str, float]:
        """Make one epoch's updates; return mean loss and accuracy on the batches as they were trained on."""
        sums, steps = np.zeros(2), self.schedule.steps_per_epoch
        for inputs, labels in self.batches.epoch(epoch, steps=steps, batch_size=self.schedule.batch_size):
            sums += self.learner.step(*self.learner.shares(inputs, labels)).numpy()
            clock.tick()
            if not math.isfinite(sums[0]):
                raise LossNotFinite
        loss, accuracy = sums / steps
        return {"loss": round(float(loss), 5), "accuracy": round(float(accuracy), 5)}

    def look(self, epoch: int) -> dict[str, float | None]:
        """Tell what the shown clips are heard as; return validation loss and accuracy."""
        return self.watch.look(epoch)

    def has_learned(self, *, is_over: bool) -> bool:
        """Say whether the network knows its own training clips better than by guessing (half way: at all)."""
        if self.schedule.steps < FEWEST_UPDATES:
            return True
        everything = self.batches.rows
        rows = spread_over_labels(everything, self.corpus.labels(everything), TRAINING_CLIPS_CHECKED)
        labels = self.corpus.labels(rows)
        heard = self.learner.logits(features_of(self.model, self.corpus, rows)).argmax(axis=1)
        guessed = 1.0 - np.bincount(labels).max() / len(labels)
        return bool(np.mean(heard != labels) <= (LEARNED if is_over else HOPELESS) * guessed)

    def validation(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return logits of the validation clips, shape (n, labels), and their label indices, shape (n,)."""
        return self.learner.logits(self.watch.features), self.watch.labels


def others_for(corpus: Corpus, values: ConvValues | LstmValues) -> OtherSpeech | None:
    """Return what makes the sounds that are to be turned away; None where none are wanted."""
    if isinstance(values, LstmValues) or not are_pieces_wanted(corpus, values):
        return None
    return OtherSpeech(corpus, share=values.pieces_share)


def noise_for(corpus: Corpus, values: ConvValues | LstmValues) -> RecordedNoise | None:
    """Return what mixes recordings of noise in; None where there are none, or the recipe mixes nothing in."""
    if isinstance(values, LstmValues) or not values.noise_probability or not len(corpus.rows(NOISE)):
        return None
    snr_db = (values.noise_snr_low_db, values.noise_snr_high_db)
    return RecordedNoise(corpus, probability=RECORDED_SHARE * values.noise_probability, snr_db=snr_db)


class WordLearner(Learner):
    """Updates a network of words."""

    def __init__(self, model: WordModel, values: ConvValues | LstmValues, *, seed: int) -> None:
        super().__init__(model, *optimizer_for(values), momentum=getattr(values, "ema_momentum", 0.0))
        self.labels = model.network.output_shape[-1]
        self.smoothing = getattr(values, "label_smoothing", 0.0)
        self.mixup = getattr(values, "mixup", 0.0)
        self.is_given_windows = model.placement.is_random
        self.seed = seed

    @tf.function
    def step(self, inputs: Any, labels: Any) -> Any:
        """Make one update; return loss and accuracy of the batch before it, shape (2,)."""
        return self.on_every_card(self._share_of_step, inputs, labels)

    def _share_of_step(self, inputs: Any, labels: Any) -> Any:
        features = self.front_end(inputs, training=True) if self.is_given_windows else inputs
        targets = tf.one_hot(labels, self.labels)
        if self.mixup:
            features, targets = mix(features, targets, parameter=self.mixup, seed=tf.stack([self.seed, self.steps]))
        clips = total(tf.cast(tf.shape(labels)[0], tf.float32))
        with tf.GradientTape() as tape:
            logits = self.network(features, training=True)
            smooth = targets * (1.0 - self.smoothing) + self.smoothing / self.labels
            loss = tf.reduce_sum(tf.nn.softmax_cross_entropy_with_logits(smooth, logits)) / clips
        self.update(tape.gradient(loss, self.weights))
        right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(targets, axis=1))
        return tf.stack([loss, tf.reduce_sum(tf.cast(right, tf.float32)) / clips])

    @tf.function(reduce_retracing=True)
    def infer(self, features: Any) -> Any:
        """Return logits, shape (batch, labels)."""
        return self.network(features, training=False)

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits of all features, shape (n, labels)."""
        if not len(features):
            return np.zeros((0, self.labels), np.float32)
        result: NDArray[np.float32] = self.infer(tf.constant(features)).numpy()
        return result


class Watch:
    """Looks at the validation clips after each epoch; without any, at training clips, for what is heard alone."""

    def __init__(self, model: WordModel, corpus: Corpus, learner: WordLearner, *, events: Events) -> None:
        self.learner, self.events, self.names = learner, events, (*corpus.names, OTHER)
        everything = corpus.rows(VALIDATION)
        self.rows = spread_over_labels(everything, corpus.labels(everything), MOST_CHECKED)
        self.labels = corpus.labels(self.rows)
        self.features = features_of(model, corpus, self.rows)
        shown = self.rows if len(self.rows) else corpus.rows(TRAIN)
        self.shown = spread_over_labels(shown, corpus.labels(shown), HEARD_CLIPS)
        self.shown_features = features_of(model, corpus, self.shown)

    def look(self, epoch: int) -> dict[str, float | None]:
        """Tell what the shown clips are heard as; return validation loss and accuracy."""
        share = tf.nn.softmax(self.learner.logits(self.shown_features)).numpy()
        heard = [
            {"clip": int(row), "heard": self.names[shares.argmax()], "confidence": round(float(shares.max()), 4)}
            for row, shares in zip(self.shown, share, strict=True)
        ]
        self.events.send("hears", epoch=epoch, clips=heard)
        if not len(self.rows):
            return {"val_loss": None, "val_accuracy": None}
        logits = self.learner.logits(self.features)
        loss = keras.ops.sparse_categorical_crossentropy(self.labels, logits, from_logits=True)
        accuracy = np.mean(logits.argmax(axis=1) == self.labels)
        return {"val_loss": round(float(np.mean(loss)), 5), "val_accuracy": round(float(accuracy), 5)}


def optimizer_for(values: ConvValues | LstmValues) -> tuple[WarmupCosine, Any]:
    """Return Adam at a fixed rate for the classic model, else AdamW with warm-up and cosine; the schedule first."""
    if isinstance(values, LstmValues):
        rate = WarmupCosine(values.learning_rate, lowest_share=1.0)
        return rate, keras.optimizers.Adam(rate)
    rate = WarmupCosine(values.learning_rate)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=values.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return rate, optimizer


def spread_over_labels(rows: NDArray[np.int64], labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return up to ``count`` rows, of as many labels as there are, always the same ones."""
    turn = np.zeros(len(rows), np.int64)
    for label in np.unique(labels):
        at = np.flatnonzero(labels == label)
        turn[at] = np.arange(len(at))
    return rows[np.lexsort((labels, turn))[:count]]
