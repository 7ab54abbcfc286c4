"""What every training loop updates: a network, its optimiser, the running mean of its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from training_jobs.trainer.averaging import AveragedWeights
from training_jobs.trainer.cards import ON_EVERY_CARD, SUM, card_count, shares, total

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from training_jobs.trainer.architectures.sentence_model import SentenceModel
    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.learning_rate import WarmupCosine


class Learner:
    """Makes updates; knows every variable that the next update depends on."""

    def __init__(
        self,
        model: WordModel | SentenceModel,
        rate: WarmupCosine,
        optimizer: Any,
        *,
        momentum: float,
        longest_gradient: float = 0.0,
    ) -> None:
        self.strategy = tf.distribute.get_strategy()
        self.front_end, self.network = model.front_end, model.network
        self.rate, self.optimizer = rate, optimizer
        self.weights = model.network.trainable_variables
        self.optimizer.build(self.weights)
        self.averages = AveragedWeights(self.weights, momentum=momentum)
        self.steps = tf.Variable(0, dtype=tf.int32, trainable=False, aggregation=ON_EVERY_CARD)
        self.longest_gradient = longest_gradient

    def shares(self, *arrays: NDArray[Any]) -> list[Any]:
        """Deal the rows of a batch out to the cards, as `step` takes them."""
        return [shares(self.strategy, array) for array in arrays]

    def on_every_card(self, function: Callable[..., Any], *given: Any) -> Any:
        """Run an update on each card with its share of the batch; return the sum of what they return."""
        return self.strategy.reduce(SUM, self.strategy.run(function, args=given), axis=None)

    def update(self, gradients: Sequence[Any]) -> None:
        """Within `on_every_card`: move the weights by the sum of all cards' gradients, then their means.

        Each gradient of a weight is shortened to ``longest_gradient``, if there is one.
        """
        cards = card_count()
        summed = total(list(gradients)) if cards > 1 else gradients
        if self.longest_gradient:
            summed = [tf.clip_by_norm(gradient, self.longest_gradient) for gradient in summed]
        # The optimiser adds up what the cards give it, once more.
        self.optimizer.apply([gradient / cards for gradient in summed] if cards > 1 else summed, self.weights)
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
