"""A running mean of the weights: what is kept at the end, and what is looked at after each epoch."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from training_jobs.trainer.cards import ON_EVERY_CARD


class AveragedWeights:
    """The exponential moving average of variables (B. Polyak and A. Juditsky, 1992); momentum 0 follows them exactly.

    As a context the variables hold their averages: ``with averages: look()``.
    """

    def __init__(self, weights: list[Any], *, momentum: float) -> None:
        self.weights, self.momentum = weights, momentum
        self.averages = [tf.Variable(weight.value, trainable=False, aggregation=ON_EVERY_CARD) for weight in weights]

    def update(self, step: Any) -> None:
        """Move the means towards the weights after update number ``step``; quickly at first, to forget the start."""
        done = tf.cast(step, tf.float32)
        momentum = tf.minimum(self.momentum, (1.0 + done) / (10.0 + done))
        for mean, weight in zip(self.averages, self.weights, strict=True):
            mean.assign(momentum * mean + (1.0 - momentum) * weight.value)

    def keep(self) -> None:
        """Give the variables their averages for good."""
        for weight, mean in zip(self.weights, self.averages, strict=True):
            weight.assign(mean)

    def __enter__(self) -> None:
        self.trained = [weight.numpy() for weight in self.weights]
        self.keep()

    def __exit__(self, *_: object) -> None:
        for weight, value in zip(self.weights, self.trained, strict=True):
            weight.assign(value)
