"""Several graphics cards in one training: each takes its share of every batch, and all make the same update.

An update on several cards is that on one, up to rounding and to what is drawn at random: gradients and the statistics
of the batch are summed over the cards. With one card, or none, everything here leaves things as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from recognition.engine.language import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEWEST_CLIPS_EACH = 4  # of a batch: a card with fewer waits for the others longer than it computes
SUM = tf.distribute.ReduceOp.SUM
ON_EVERY_CARD = tf.VariableAggregation.ONLY_FIRST_REPLICA  # of a variable to which all cards give the same value


def strategy_for(devices: Sequence[str], *, batch_size: int) -> tf.distribute.Strategy:
    """Return how batches of so many clips are shared: by as many devices as get `FEWEST_CLIPS_EACH`."""
    used = list(devices[: batch_size // FEWEST_CLIPS_EACH])
    return tf.distribute.MirroredStrategy(used) if len(used) > 1 else tf.distribute.get_strategy()


def described(device: str, strategy: tf.distribute.Strategy) -> str:
    """Say what a training runs on: so many of a device, where there are several."""
    cards = strategy.num_replicas_in_sync
    if cards == 1:
        return device
    return said("{cards} × {device}, each with its share of every batch", cards=cards, device=device)


def card_count() -> int:
    """Return how many devices share the batches of what is made here, in a strategy's scope or in an update."""
    return int(tf.distribute.get_strategy().num_replicas_in_sync)


def total(value: Any) -> Any:
    """Within an update: add up what every card has."""
    return tf.distribute.get_replica_context().all_reduce(SUM, value)


def shares(strategy: tf.distribute.Strategy, array: NDArray[Any]) -> Any:
    """Deal the rows of a batch out; where there are fewer than cards, each card gets a row again, for equal weight."""
    cards = strategy.num_replicas_in_sync
    if cards == 1:
        return tf.constant(array)
    rows = np.arange(max(len(array), cards)) % len(array)
    return strategy.experimental_distribute_values_from_function(
        lambda card: tf.constant(array[rows[card.replica_id_in_sync_group :: cards]])
    )
