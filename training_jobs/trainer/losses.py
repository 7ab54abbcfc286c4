"""The loss of sentences: connectionist temporal classification (A. Graves et al., 2006)."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def label_count(labels: Any) -> Any:
    """Return how many labels a batch has, as a float; labels: int32, shape (batch, most), padded with -1."""
    return tf.reduce_sum(tf.cast(labels >= 0, tf.float32))


def ctc_loss(logits: Any, outputs: Any, labels: Any, count: Any = None) -> Any:
    """Return the negative log-probability of labels, summed over the batch and divided by the number of labels.

    logits: float32, shape (batch, time, units + 1), the blank last; outputs: int32, shape (batch,), true lengths;
    labels: int32, shape (batch, most), padded with -1. A clip that tempo made too short for its text counts 0. Where
    the batch is a part of a larger one, `count` is the number of labels in that.

    The operation with sparse labels is six times as fast as the one with dense labels, which `keras.ops.ctc_loss`
    uses (bench/ctc_loss.py), and gives the same values and gradients.
    """
    sparse = tf.SparseTensor(
        indices=tf.where(labels >= 0),
        values=tf.boolean_mask(labels, labels >= 0),
        dense_shape=tf.shape(labels, tf.int64),
    )
    each = tf.compat.v1.nn.ctc_loss(sparse, logits, outputs, time_major=False, ignore_longer_outputs_than_inputs=True)
    return tf.reduce_sum(each) / tf.maximum(1.0, label_count(labels) if count is None else count)
