"""The training loop."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from training_jobs.trainer.augmentation import mix
from training_jobs.trainer.averaging import AveragedWeights
from training_jobs.trainer.corpus import TRAIN, VALIDATION, features_of, training_batches
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.recipes import ConvValues, LstmValues
from training_jobs.trainer.schedule import Schedule, schedule_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.corpus import Corpus
    from training_jobs.trainer.events import Events

HEARD_CLIPS = 5
EXPORT_SECONDS = 8.0  # what follows the last epoch, for the estimate of the time left
FIRST_STEPS = 3  # slow ones, while TensorFlow compiles: not counted in the estimate


@dataclass(frozen=True)
class Trained:
    """What the loop leaves: the model holds the kept weights; logits of the validation clips, shape (n, labels)."""

    history: list[dict[str, float]]
    validation_logits: NDArray[np.float32]
    validation_labels: NDArray[np.int64]


def train(model: WordModel, corpus: Corpus, values: ConvValues | LstmValues, *, seed: int, events: Events) -> Trained:
    """Train the model's network in place; raises TrainerError loss_not_finite."""
    rows = corpus.rows(TRAIN)
    schedule = schedule_for(
        len(rows), epochs=values.epochs, batch_size=values.batch_size, minimum_steps=values.minimum_steps
    )
    learner = Learner(model, values, schedule, seed=seed)
    watch = Watch(model, corpus, learner, events=events)
    batches = iter(training_batches(model, corpus, batch_size=schedule.batch_size, seed=seed))
    clock = Clock(schedule)
    history = []
    for epoch in range(1, schedule.epochs + 1):
        loss, accuracy = run_epoch(learner, batches, clock)
        with learner.averages:
            heard = watch.look(epoch)
        line = {"loss": loss, "accuracy": accuracy, **heard, **clock.reading(epoch)}
        events.send("epoch", epoch=epoch, epochs=schedule.epochs, **line)
        history.append({"epoch": epoch, **line})
    learner.averages.keep()
    return Trained(history, learner.logits(watch.features), watch.labels)


def run_epoch(learner: Learner, batches: Iterator[Any], clock: Clock) -> tuple[float, float]:
    """Make one epoch's updates; return mean loss and accuracy on the batches as they were trained on."""
    sums = np.zeros(2)
    for _ in range(clock.schedule.steps_per_epoch):
        sums += learner.step(*next(batches)).numpy()
        clock.tick()
        if not math.isfinite(sums[0]):
            message = "Training lost its footing: the numbers became infinite. Try a smaller learning_rate."
            raise TrainerError("loss_not_finite", message)
    loss, accuracy = sums / clock.schedule.steps_per_epoch
    return round(float(loss), 5), round(float(accuracy), 5)


class Learner:
    """The network, its optimiser and the running mean of its weights."""

    def __init__(self, model: WordModel, values: ConvValues | LstmValues, schedule: Schedule, *, seed: int) -> None:
        self.front_end, self.network, self.is_augmented = model.front_end, model.network, model.is_augmented
        self.labels = model.network.output_shape[-1]
        self.smoothing = getattr(values, "label_smoothing", 0.0)
        self.mixup = getattr(values, "mixup", 0.0)
        self.optimizer = optimizer_for(values, schedule)
        self.seed = seed
        self.steps = tf.Variable(0, dtype=tf.int32, trainable=False)
        self.weights = self.network.trainable_variables
        self.averages = AveragedWeights(self.weights, momentum=getattr(values, "ema_momentum", 0.0))

    @tf.function
    def step(self, inputs: Any, labels: Any) -> Any:
        """Make one update; return loss and accuracy of the batch before it, shape (2,)."""
        features = self.front_end(inputs, training=True) if self.is_augmented else inputs
        targets = tf.one_hot(labels, self.labels)
        if self.mixup:
            features, targets = mix(features, targets, parameter=self.mixup, seed=tf.stack([self.seed, self.steps]))
        with tf.GradientTape() as tape:
            logits = self.network(features, training=True)
            smooth = targets * (1.0 - self.smoothing) + self.smoothing / self.labels
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(smooth, logits))
        self.optimizer.apply(tape.gradient(loss, self.weights), self.weights)
        self.steps.assign_add(1)
        self.averages.update(self.steps)
        right = tf.equal(tf.argmax(logits, axis=1), tf.argmax(targets, axis=1))
        return tf.stack([loss, tf.reduce_mean(tf.cast(right, tf.float32))])

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

    def __init__(self, model: WordModel, corpus: Corpus, learner: Learner, *, events: Events) -> None:
        self.learner, self.events, self.names = learner, events, corpus.names
        self.rows = corpus.rows(VALIDATION)
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


class Clock:
    """Measures updates and estimates the time left."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.started = self.measured_from = time.perf_counter()
        self.done = 0

    def tick(self) -> None:
        """Count one update."""
        self.done += 1
        if self.done == FIRST_STEPS:
            self.measured_from = time.perf_counter()

    def reading(self, epoch: int) -> dict[str, float]:
        """Return seconds since the start, and seconds left to the end of the whole run."""
        now = time.perf_counter()
        per_step = (now - self.measured_from) / max(1, self.done - FIRST_STEPS)
        left = (self.schedule.epochs - epoch) * self.schedule.steps_per_epoch * per_step
        return {"seconds": round(now - self.started, 2), "eta_seconds": round(left + EXPORT_SECONDS, 1)}


def optimizer_for(values: ConvValues | LstmValues, schedule: Schedule) -> Any:
    """Return Adam at a fixed rate for the classic model, else AdamW with warm-up and cosine."""
    if isinstance(values, LstmValues):
        return keras.optimizers.Adam(values.learning_rate)
    warmup = min(values.warmup_epochs, schedule.epochs - 1) * schedule.steps_per_epoch
    rate = keras.optimizers.schedules.CosineDecay(
        values.learning_rate / 20 if warmup else values.learning_rate,
        decay_steps=schedule.steps - warmup,
        alpha=0.0,
        warmup_target=values.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=values.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def spread_over_labels(rows: NDArray[np.int64], labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return up to ``count`` rows, of as many labels as there are, always the same ones."""
    turn = np.zeros(len(rows), np.int64)
    for label in np.unique(labels):
        at = np.flatnonzero(labels == label)
        turn[at] = np.arange(len(at))
    return rows[np.lexsort((labels, turn))[:count]]
