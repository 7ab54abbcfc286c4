"""How fast one training step of sentences is, with our loss and with `keras.ops.ctc_loss`, in one run.

    python -m bench.ctc_loss

Prints the median of the loss alone, of a whole update with each loss, and the ratios.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from training_jobs.trainer.architectures import build_sentences
from training_jobs.trainer.architectures.sentence_model import SentenceShape, output_count
from training_jobs.trainer.losses import ctc_loss
from training_jobs.trainer.recipes import typed_values

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS, CLIPS, SECONDS, LABELS = 28, 8, 2.7, 18
ROUNDS = 25


def main() -> int:
    """Measure and print."""
    step = Step()
    losses: dict[str, Callable[..., Any]] = {"ours (sparse labels)": ctc_loss, "keras.ops.ctc_loss": keras_loss}
    alone = {name: median_ms(step.loss_only(loss)) for name, loss in losses.items()}
    whole = {name: median_ms(step.update(loss)) for name, loss in losses.items()}
    sys.stdout.write(
        f"{CLIPS} clips of {SECONDS} s, {LABELS} labels each, {UNITS} units and the blank; medians in ms\n"
    )
    for title, times in (("loss and gradient alone", alone), ("one whole update", whole)):
        ours, other = times.values()
        parts = ", ".join(f"{name} {value:.1f}" for name, value in times.items())
        sys.stdout.write(f"{title}: {parts}; ratio {other / ours:.2f}\n")
    return 0


def keras_loss(logits: Any, outputs: Any, labels: Any) -> Any:
    """The loss as Keras offers it, brought to the same scale."""
    counts = tf.reduce_sum(tf.cast(labels >= 0, tf.int32), axis=1)
    each = keras.ops.ctc_loss(tf.maximum(labels, 0), logits, counts, outputs, mask_index=UNITS)
    return tf.reduce_sum(each) / tf.cast(tf.reduce_sum(counts), tf.float32)


class Step:
    """One batch, and an update of the default network on it with any loss."""

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        values: Any = typed_values("ctc-conv", {})
        self.model = build_sentences("ctc-conv", values, SentenceShape((UNITS,), 7600.0, 1))
        samples = random.normal(0, 0.05, (CLIPS, round(SECONDS * 16_000))).astype(np.float32)
        lengths = np.full(CLIPS, samples.shape[1], np.int32)
        self.features, self.frames = self.model.front_end(samples, lengths, training=True)
        self.labels = tf.constant(random.integers(0, UNITS, (CLIPS, LABELS)).astype(np.int32))
        self.outputs = output_count(self.frames, self.model.stride)
        self.weights = self.model.network.trainable_variables

    def loss_only(self, loss: Callable[..., Any]) -> Callable[[], Any]:
        """Return the loss and its gradient by the logits."""
        logits = self.model.logits(self.features, self.frames, training=False)[0]

        def run() -> Any:
            with tf.GradientTape() as tape:
                tape.watch(logits)
                value = loss(logits, self.outputs, self.labels)
            return tape.gradient(value, logits)

        compiled: Callable[[], Any] = tf.function(run)
        return compiled

    def update(self, loss: Callable[..., Any]) -> Callable[[], Any]:
        """Return forward, loss, backward and optimiser."""
        optimizer = keras.optimizers.AdamW(1e-6)
        optimizer.build(self.weights)

        def run() -> Any:
            with tf.GradientTape() as tape:
                logits = self.model.logits(self.features, self.frames, training=True)[0]
                value = loss(logits, self.outputs, self.labels)
            optimizer.apply(tape.gradient(value, self.weights), self.weights)
            return value

        compiled: Callable[[], Any] = tf.function(run)
        return compiled


def median_ms(run: Callable[[], Any]) -> float:
    """Return the median time of a call, after two that compile."""
    times = []
    for number in range(ROUNDS + 2):
        began = time.perf_counter()
        run()
        if number > 1:
            times.append(1_000 * (time.perf_counter() - began))
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
