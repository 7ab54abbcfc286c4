"""The default words model: a convolution over time and pitch on a normalised log-mel picture (about 190,000 weights).

Its kernels move along the bands as well: a higher voice is the same picture, a little further up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from training_jobs.trainer.architectures.conv import MEMORY, build_front_end, convolution
from training_jobs.trainer.architectures.word_model import WordModel, WordShape
from training_jobs.trainer.cards import card_count
from training_jobs.trainer.features import Placement
from training_jobs.trainer.machine import FULL

if TYPE_CHECKING:
    from training_jobs.trainer.recipes import Conv2dValues

CHANNELS = (24, 48, 72, 96)
STRIDES = ((2, 2), (2, 2), (1, 2), (1, 2))  # over time and bands
JOINED = 96  # channels, when the bands have been folded into them
ATTENTION = 32
LOG_FLOOR = 1e-2  # 20 to 30 dB below the mean band power of a clip: what lies below is the room and the recorder


def build(values: Conv2dValues, shape: WordShape) -> WordModel:
    """Build the untrained model."""
    placement = Placement(shape.window_samples, is_levelled=True, position="centre", is_random=True)
    front_end = build_front_end(values, shape, log_floor=LOG_FLOOR)
    network = build_network(values, labels=shape.labels, features=front_end.output_shape[1:])
    return WordModel(placement, front_end, network)


def build_network(values: Conv2dValues, *, labels: int, features: tuple[int, int]) -> Any:
    """Features, shape (batch, frames, mel_bins) -> logits, shape (batch, labels)."""
    inputs = keras.Input(features, name="features")
    x = layers.Reshape((*features, 1))(inputs)
    for channels, strides in zip(CHANNELS, STRIDES, strict=True):
        x = picture_convolution(x, widened(channels, values), strides=strides)
    x = layers.Reshape((x.shape[1], x.shape[2] * x.shape[3]))(x)
    x = layers.Dropout(values.picture_dropout)(x)
    x = convolution(x, widened(JOINED, values), kernel=3)
    x = layers.Dropout(values.dropout)(attended(x))
    return keras.Model(inputs, layers.Dense(labels, dtype=FULL)(x), name="network")


def widened(channels: int, values: Conv2dValues) -> int:
    """Return a number of channels times the recipe's width."""
    return max(8, round(channels * values.width))


def picture_convolution(x: Any, channels: int, *, strides: tuple[int, int]) -> Any:
    """Convolve over time and bands, normalise over the batch, cut at zero."""
    x = layers.Conv2D(channels, 3, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=MEMORY, synchronized=card_count() > 1)(x))


def attended(x: Any) -> Any:
    """Return the mean over time, weighed by what the network looks at; shape (batch, channels)."""
    looked_at = layers.Conv1D(1, 1, use_bias=False)(layers.Conv1D(ATTENTION, 1, activation="tanh")(x))
    return layers.Flatten()(layers.Dot(axes=1)([layers.Softmax(axis=1)(looked_at), x]))
