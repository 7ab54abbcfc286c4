"""The default sentences model: dilated residual convolutions over a log-mel picture (about 0.84 million weights)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from training_jobs.trainer.architectures.sentence_model import (
    Halved,
    Masked,
    SentenceModel,
    SentenceShape,
    front_end,
    heads,
    output_count,
    strides_of,
)
from training_jobs.trainer.cards import card_count

if TYPE_CHECKING:
    from training_jobs.trainer.recipes import CtcConvValues

KERNEL = 5
PICTURE_KERNEL, PICTURE_CHANNELS, BAND_STRIDE = 3, 32, 2  # of the stem
MEMORY = 0.98  # of the batch statistics
DILATIONS = (1, 2)  # in turn: the last block sees about 1.2 s
WIDER = 2  # the layer before the heads


def build(values: CtcConvValues, shape: SentenceShape) -> SentenceModel:
    """Build the untrained model."""
    return SentenceModel(front_end(values, shape), build_network(values, shape), values.stride)


def build_network(values: CtcConvValues, shape: SentenceShape) -> Any:
    """Features, shape (batch, frames, mel_bins), and their lengths -> logits for each alphabet."""
    features = keras.Input((None, values.mel_bins), name="features")
    frames = keras.Input((), dtype="int32", name="frames")
    x, lengths = stem(features, frames, values)
    for block in range(values.blocks):
        dilation = DILATIONS[block % len(DILATIONS)]
        branch = convolution(x, lengths, values.channels, dropout=values.dropout)
        branch = convolution(branch, lengths, values.channels, dilation=dilation, is_rectified=False)
        x = Masked()(layers.Dropout(values.dropout)(layers.ReLU()(x + branch)), lengths)
    x = convolution(x, lengths, WIDER * values.channels, kernel=1, dropout=values.dropout)
    return keras.Model([features, frames], heads(x, lengths, shape.outputs), name="network")


def stem(features: Any, frames: Any, values: CtcConvValues) -> tuple[Any, Any]:
    """Two convolutions over time and bands that shorten both; return what they see, and the new lengths.

    Their kernels move along the bands as well: a higher voice is the same picture, a little further up. Then the bands
    that are left are folded into channels.
    """
    x, lengths, bands = features, frames, values.mel_bins
    x = layers.Reshape((-1, bands, 1))(x)
    for stride in strides_of(values.stride):
        lengths, bands = Halved(stride)(lengths), output_count(bands, BAND_STRIDE)
        x = picture_convolution(x, lengths, bands, stride=stride)
    x = layers.Dropout(values.dropout)(layers.Reshape((-1, bands * PICTURE_CHANNELS))(x))
    return convolution(x, lengths, values.channels, kernel=1, dropout=values.dropout), lengths


def picture_convolution(x: Any, lengths: Any, bands: int, *, stride: int) -> Any:
    """Convolve over time and bands, shape (batch, time, bands, channels), as `convolution` does over time alone."""
    x = layers.ZeroPadding2D(PICTURE_KERNEL // 2)(x)
    x = layers.Conv2D(PICTURE_CHANNELS, PICTURE_KERNEL, strides=(stride, BAND_STRIDE), padding="valid", use_bias=False)(
        x
    )
    x = layers.ReLU()(layers.BatchNormalization(momentum=MEMORY, synchronized=card_count() > 1)(x))
    folded = Masked()(layers.Reshape((-1, bands * PICTURE_CHANNELS))(x), lengths)
    return layers.Reshape((-1, bands, PICTURE_CHANNELS))(folded)


def convolution(
    x: Any,
    lengths: Any,
    channels: int,
    *,
    kernel: int = KERNEL,
    stride: int = 1,
    dilation: int = 1,
    dropout: float = 0.0,
    is_rectified: bool = True,
) -> Any:
    """Convolve over time, normalise over the batch, cut at zero, drop some, blank out the padding."""
    # "same" would pad a strided convolution differently for even and odd lengths: a batch must equal its clips alone.
    reach = dilation * (kernel - 1)
    x = layers.ZeroPadding1D((reach // 2, reach - reach // 2))(x) if reach else x
    x = layers.Conv1D(channels, kernel, strides=stride, dilation_rate=dilation, padding="valid", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MEMORY, synchronized=card_count() > 1)(x)
    if not is_rectified:
        return Masked()(x, lengths)
    return Masked()(layers.Dropout(dropout)(layers.ReLU()(x)), lengths)
