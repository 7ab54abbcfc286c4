"""A quick words model: a residual net over time on a normalised log-mel picture (about 130,000 weights)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from training_jobs.trainer.architectures.word_model import WordModel, WordShape
from training_jobs.trainer.augmentation import RandomGain, SpectralNoise, WarpedMelFilterbank
from training_jobs.trainer.cards import card_count
from training_jobs.trainer.features import LOG_FLOOR, ActiveLogMel, Placement, PowerSpectrum
from training_jobs.trainer.machine import FULL, precision

if TYPE_CHECKING:
    from training_jobs.trainer.recipes import ConvValues

FRAME, HOP, TRANSFORM = 400, 160, 512  # 25 ms every 10 ms
CHANNELS = (32, 32, 48, 64)
MEMORY = 0.97  # of the batch statistics: the usual 0.99 lags behind in the short runs of small datasets
KERNEL = 9  # 90 ms at the first layer: about one phone


def build(values: ConvValues, shape: WordShape) -> WordModel:
    """Build the untrained model."""
    placement = Placement(shape.window_samples, is_levelled=True, position="centre", is_random=True)
    front_end = build_front_end(values, shape)
    network = build_network(values, labels=shape.labels, features=front_end.output_shape[1:])
    return WordModel(placement, front_end, network)


@precision(FULL)
def build_front_end(values: ConvValues, shape: WordShape, *, log_floor: float = LOG_FLOOR) -> Any:
    """Windows, shape (batch, window_samples) -> log-mel features, shape (batch, frames, mel_bins)."""
    windows = keras.Input((shape.window_samples,), name="windows")
    spectrum = PowerSpectrum(
        frame=FRAME, hop=HOP, transform=TRANSFORM, highest_hz=shape.band_limit_hz, is_centred=False
    )
    noise = SpectralNoise(
        probability=values.noise_probability,
        snr_db=(values.noise_snr_low_db, values.noise_snr_high_db),
        seed=shape.seed,
    )
    gain = RandomGain(gain_db=values.gain_db, seed=shape.seed + 1)
    bands = WarpedMelFilterbank(
        bands=values.mel_bins,
        transform=TRANSFORM,
        high_hz=shape.band_limit_hz,
        warp=values.vocal_tract,
        seed=shape.seed + 2,
    )
    features = ActiveLogMel(log_floor=log_floor)(bands(gain(noise(spectrum(windows)))))
    return keras.Model(windows, features, name="front_end")


def build_network(values: ConvValues, *, labels: int, features: tuple[int, int]) -> Any:
    """Features, shape (batch, frames, mel_bins) -> logits, shape (batch, labels)."""
    first, *blocks = [max(8, round(channels * values.width)) for channels in CHANNELS]
    inputs = keras.Input(features, name="features")
    x = convolution(inputs, first, kernel=3)
    for channels in blocks:
        x = residual_block(x, channels)
    x = layers.Dropout(values.dropout)(layers.GlobalAveragePooling1D()(x))
    return keras.Model(inputs, layers.Dense(labels, dtype=FULL)(x), name="network")


def residual_block(x: Any, channels: int) -> Any:
    """Halve the time axis: two wide convolutions beside a 1x1 one, added."""
    branch = convolution(x, channels, kernel=KERNEL, stride=2)
    branch = convolution(branch, channels, kernel=KERNEL, is_rectified=False)
    return layers.ReLU()(branch + convolution(x, channels, kernel=1, stride=2))


def convolution(x: Any, channels: int, *, kernel: int, stride: int = 1, is_rectified: bool = True) -> Any:
    """Convolve over time, normalise over the batch, cut at zero."""
    x = layers.Conv1D(channels, kernel, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MEMORY, synchronized=card_count() > 1)(x)
    return layers.ReLU()(x) if is_rectified else x
