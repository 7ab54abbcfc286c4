"""The step size of the optimiser over a run."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

FIRST_SHARE = 0.05  # of the highest step size, at the first update of a warm-up


class WarmupCosine(keras.optimizers.schedules.LearningRateSchedule):
    """Rise in a line over the warm-up, then fall as half a cosine (I. Loshchilov and F. Hutter, 2017: "SGDR").

    `lowest_share` is what is left of the highest step size at the end; 1 without warm-up is a constant one. The length
    and the scale can be changed during a run: smaller batches make more updates, and lost footing wants smaller steps.
    """

    def __init__(self, highest: float, *, lowest_share: float = 0.0) -> None:
        self.highest, self.lowest_share = highest, lowest_share
        self.updates = tf.Variable(1.0, trainable=False)
        self.warmup = tf.Variable(0.0, trainable=False)
        self.scale = tf.Variable(1.0, trainable=False)

    def plan(self, *, updates: int, warmup: int) -> None:
        """Set how many updates the run makes, and over how many of them the step size rises."""
        self.updates.assign(float(updates))
        self.warmup.assign(float(warmup))

    def __call__(self, step: Any) -> Any:
        """Return the step size of update number `step`, counted from 0."""
        done = tf.cast(step, tf.float32)
        first = FIRST_SHARE * self.highest
        rising = first + (self.highest - first) * done / tf.maximum(1.0, self.warmup)
        fallen = tf.clip_by_value((done - self.warmup) / tf.maximum(1.0, self.updates - self.warmup), 0.0, 1.0)
        cosine = 0.5 * (1.0 + tf.cos(math.pi * fallen))
        falling = self.highest * (self.lowest_share + (1.0 - self.lowest_share) * cosine)
        return self.scale * tf.where(done < self.warmup, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """Return what makes an equal schedule, as Keras asks for."""
        return {"highest": self.highest, "lowest_share": self.lowest_share}
