"""What every training loop updates: a network, its optimiser, the running mean of its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from training_jobs.trainer.averaging import AveragedWeights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training_jobs.trainer.architectures.sentence_model import SentenceModel
    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.learning_rate import WarmupCosine


class Learner:
    """Makes updates; knows every variable that the next update depends on."""

    def __init__(
        self, model: WordModel | SentenceModel, rate: WarmupCosine, optimizer: Any, *, momentum: float
    ) -> None:
        self.front_end, self.network = model.front_end, model.network
        self.rate, self.optimizer = rate, optimizer
        self.weights = model.network.trainable_variables
        self.optimizer.build(self.weights)
        self.averages = AveragedWeights(self.weights, momentum=momentum)
        self.steps = tf.Variable(0, dtype=tf.int32, trainable=False)

    def update(self, gradients: Any) -> None:
        """Move the weights, then their means."""
        self.optimizer.apply(gradients, self.weights)
        self.steps.assign_add(1)
        self.averages.update(self.steps)

    def plan(self, *, updates: int, warmup: int, done: int) -> None:
        """Set how long the run is, and how many of its updates lie behind it."""
        self.rate.plan(updates=updates, warmup=warmup)
        self.optimizer.iterations.assign(done)

    def is_finite(self) -> bool:
        """Say whether all weights are numbers still: no loss tells it of the last update of an epoch."""
        return bool(tf.reduce_all([tf.reduce_all(tf.math.is_finite(weight.value)) for weight in self.weights]))

    def state(self) -> list[NDArray[Any]]:
        """Return the value of every variable: weights, batch statistics, random states, optimiser, means, count."""
        return [variable.numpy() for variable in self._variables()]

    def restore(self, arrays: Sequence[NDArray[Any]]) -> None:
        """Give every variable the value that `state` returned; raises ValueError where they do not fit."""
        for variable, array in zip(self._variables(), arrays, strict=True):
            variable.assign(array)

    def _variables(self) -> list[Any]:
        return [
            *self.network.variables,
            *self.front_end.variables,
            *self.optimizer.variables,
            *self.averages.averages,
            self.steps,
        ]
