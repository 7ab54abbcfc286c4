"""The classic sentences model: a convolutional stem, then LSTM layers that read in both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
from keras import layers

from training_jobs.trainer.architectures.ctc_conv import convolution
from training_jobs.trainer.architectures.sentence_model import (
    Halved,
    Masked,
    SentenceModel,
    SentenceShape,
    front_end,
    heads,
    strides_of,
)

if TYPE_CHECKING:
    from training_jobs.trainer.recipes import CtcLstmValues


def build(values: CtcLstmValues, shape: SentenceShape) -> SentenceModel:
    """Build the untrained model."""
    return SentenceModel(front_end(values, shape), build_network(values, shape), values.stride)


def build_network(values: CtcLstmValues, shape: SentenceShape) -> Any:
    """Features, shape (batch, frames, mel_bins), and their lengths -> logits for each alphabet."""
    features = keras.Input((None, values.mel_bins), name="features")
    frames = keras.Input((), dtype="int32", name="frames")
    x, lengths = features, frames
    for stride in strides_of(values.stride):
        lengths = Halved(stride)(lengths)
        x = convolution(x, lengths, values.units, stride=stride, dropout=values.dropout)
    for _ in range(values.layers):
        x = both_ways(x, lengths, values)
    return keras.Model([features, frames], heads(x, lengths, shape.outputs), name="network")


def both_ways(x: Any, lengths: Any, values: CtcLstmValues) -> Any:
    """Read forwards and backwards, each row from its own end; side by side, shape (batch, time, 2 * units)."""
    # Never NVIDIA's own LSTM: it computes the same, but cannot be exported to LiteRT.
    forwards = layers.LSTM(values.units, return_sequences=True, use_cudnn=False)(x)
    backwards = layers.LSTM(values.units, return_sequences=True, use_cudnn=False)(Reversed()(x, lengths))
    joined = layers.Concatenate()([forwards, Reversed()(backwards, lengths)])
    return Masked()(layers.Dropout(values.dropout)(joined), lengths)


class Reversed(keras.layers.Layer):
    """Each row backwards, its padding still behind it; shape (batch, time, channels)."""

    def call(self, x: Any, lengths: Any) -> Any:
        """Take each row from its own last step to its first."""
        time = tf.range(tf.shape(x)[1])[None, :]
        place = tf.where(time < lengths[:, None], lengths[:, None] - 1 - time, time)
        return tf.reshape(tf.gather(x, place, batch_dims=1), (x.shape[0] or -1, tf.shape(x)[1], x.shape[2]))
