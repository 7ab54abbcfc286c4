"""The front ends as Keras layers: from raw samples to what a network sees.

Everything here is part of the exported graph, so training and serving cannot drift apart. Frames and discrete Fourier
transform are one convolution (LiteRT runs it without extra kernels); filterbanks are matrix products.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
LEVEL_RMS = 0.1  # every clip is brought to -20 dBFS
LOG_FLOOR = 1e-4  # about 50 dB below the mean band power of a clip at LEVEL_RMS
ACTIVE_RANGE = 1e-3  # frames within 30 dB of the loudest count as speech
FEATURE_FLOOR = -3.0


@dataclass(frozen=True)
class Placement:
    """How a clip of any length becomes a window of fixed length. Used alike by corpus and exported graph."""

    window_samples: int
    is_levelled: bool  # bring the clip to LEVEL_RMS first
    position: str  # "centre" or "end": where a short clip lies, and which part of a long one is kept
    is_random: bool  # a random position while training

    def begin(self, lengths: Any) -> Any:
        """Return the first sample of the window counted from the clip's first one; negative = silence in front."""
        slack = lengths - self.window_samples
        return slack // 2 if self.position == "centre" else slack


@keras.saving.register_keras_serializable("speechsite")
class WindowLayer(keras.layers.Layer):
    """Raw samples, shape (1, T) with T free -> levelled and placed window, shape (1, window_samples)."""

    def __init__(self, placement: Placement, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.placement = placement

    def call(self, samples: Any) -> Any:
        """Level over the true length, then pad or crop."""
        if self.placement.is_levelled:
            power = tf.reduce_mean(tf.square(samples), axis=1, keepdims=True)
            samples *= LEVEL_RMS * tf.math.rsqrt(tf.maximum(power, 1e-12))
        window = self.placement.window_samples
        begin = self.placement.begin(tf.shape(samples)[1]) + window
        padded = tf.pad(samples, [[0, 0], [window, window]])
        return tf.slice(padded, tf.stack([0, begin]), [1, window])


class PowerSpectrum(keras.layers.Layer):
    """Windows, shape (batch, samples) -> |DFT|^2 of Hann-weighted frames, shape (batch, frames, bins).

    ``bins`` counts the DFT bins from 0 Hz up to and including ``highest_hz``. ``is_centred`` pads half a transform with
    zeros on both sides, as librosa does by default; otherwise frames that would reach past the end are left out.
    """

    def __init__(
        self, *, frame: int, hop: int, transform: int, highest_hz: float, is_centred: bool, **options: Any
    ) -> None:
        super().__init__(trainable=False, **options)
        self.frame, self.hop, self.transform, self.is_centred = frame, hop, transform, is_centred
        self.bins = bin_count(transform, highest_hz)
        # Both frame and hop are whole numbers of blocks: a strided convolution over blocks is the framing.
        self.block = math.gcd(frame, hop)
        self.kernel = self.fourier_kernel()

    def fourier_kernel(self) -> NDArray[np.float32]:
        """Cosine and sine rows weighted by the periodic Hann window, shape (blocks, block, 2 * bins)."""
        time = np.arange(self.frame)
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * time / self.frame)
        angle = 2 * np.pi * np.outer(time, np.arange(self.bins)) / self.transform
        rows = hann[:, None] * np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
        return rows.reshape(self.frame // self.block, self.block, 2 * self.bins).astype(np.float32)

    def frame_count(self, samples: Any) -> Any:
        """Return how many frames so many samples give: a number for a number, a tensor for a tensor."""
        edge = self.transform // 2 if self.is_centred else 0
        return (samples + 2 * edge - self.frame) // self.hop + 1

    def call(self, windows: Any) -> Any:
        """Frame, transform, square; the length may be known only when it runs."""
        edge = self.transform // 2 if self.is_centred else 0
        length = tf.shape(windows)[1] if windows.shape[1] is None else windows.shape[1]
        needed = (self.frame_count(length) - 1) * self.hop + self.frame
        padded = tf.pad(windows, [[0, 0], [edge, edge]])[:, :needed]
        blocks = tf.reshape(padded, (-1, needed // self.block, self.block))
        parts = tf.nn.conv1d(blocks, tf.constant(self.kernel), stride=self.hop // self.block, padding="VALID")
        return tf.square(parts[..., : self.bins]) + tf.square(parts[..., self.bins :])


class LevelledPower(keras.layers.Layer):
    """Power spectra, shape (batch, frames, bins), all brought to the same mean power of their active frames.

    What `Placement.is_levelled` does for words, for clips with pauses in them: those do not count. The mean becomes
    that of a clip of LEVEL_RMS: 512 x 400 x 3/8 (the Hann window's share) x LEVEL_RMS^2 / 2 in all bins together.
    """

    ACTIVE_POWER = 512 * 400 * 0.375 * LEVEL_RMS**2 / 2

    def call(self, power: Any, frames: Any) -> Any:
        """Level each clip; frames behind its end become 0."""
        sounding = tf.cast(tf.sequence_mask(frames, tf.shape(power)[1]), power.dtype)[:, :, None]
        power *= sounding
        loudness = tf.reduce_sum(power, axis=2, keepdims=True)
        loudest = tf.reduce_max(loudness, axis=1, keepdims=True)
        active = tf.cast(loudness >= ACTIVE_RANGE * loudest, power.dtype) * sounding
        mean = tf.reduce_sum(loudness * active, axis=1, keepdims=True) / tf.reduce_sum(active, axis=1, keepdims=True)
        return power * (self.ACTIVE_POWER / tf.maximum(mean, 1e-9))


class MelFilterbank(keras.layers.Layer):
    """Power spectra, shape (batch, frames, bins) -> band power, shape (batch, frames, bands)."""

    def __init__(self, matrix: NDArray[np.float32], **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.matrix = matrix

    def call(self, power: Any) -> Any:
        """Sum the bins of each band."""
        return tf.matmul(power, tf.constant(self.matrix))


class ActiveLogMel(keras.layers.Layer):
    """Band power -> log(P + floor), less its mean over active frames, halved, not below -3; same shape.

    The mean takes away the microphone's and the speaker's average colour; taking it over active frames alone makes it
    independent of how much silence surrounds the word.
    """

    def __init__(self, *, log_floor: float = LOG_FLOOR, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.log_floor = log_floor

    def call(self, bands: Any) -> Any:
        """Take the logarithm and normalise."""
        loudness = tf.reduce_sum(bands, axis=2, keepdims=True)
        loudest = tf.reduce_max(loudness, axis=1, keepdims=True)
        active = tf.cast(loudness >= ACTIVE_RANGE * loudest, tf.float32)
        logarithm = tf.math.log(bands + self.log_floor)
        mean = tf.reduce_sum(logarithm * active, axis=1, keepdims=True) / tf.reduce_sum(active, axis=1, keepdims=True)
        return tf.maximum((logarithm - mean) / 2.0, FEATURE_FLOOR)


class DecibelCepstrum(keras.layers.Layer):
    """Band power, shape (batch, frames, bands) -> MFCC, shape (batch, frames, count), as librosa.feature.mfcc.

    10 log10 with a floor of 1e-10, clipped 80 dB below the clip's loudest value, then the orthonormal DCT-II.
    """

    def __init__(self, *, bands: int, count: int, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        order = np.arange(count)[None, :]
        matrix = np.cos(np.pi / bands * (np.arange(bands)[:, None] + 0.5) * order) * np.sqrt(2.0 / bands)
        matrix[:, 0] /= np.sqrt(2.0)
        self.matrix = matrix.astype(np.float32)

    def call(self, bands: Any) -> Any:
        """Take decibels and their cosine transform."""
        decibels = tf.math.log(tf.maximum(bands, 1e-10)) * (10.0 / math.log(10.0))
        loudest = tf.reduce_max(decibels, axis=(1, 2), keepdims=True)
        return tf.matmul(tf.maximum(decibels, loudest - 80.0), tf.constant(self.matrix))


def bin_count(transform: int, highest_hz: float) -> int:
    """Return how many DFT bins lie from 0 Hz up to and including ``highest_hz``."""
    return math.floor(highest_hz * transform / SAMPLE_RATE_HZ + 1e-9) + 1


def triangles(edges_hz: NDArray[np.float64], *, transform: int, bins: int) -> NDArray[np.float64]:
    """Return triangular bands, linear in Hz between neighbouring edges, shape (bins, len(edges) - 2)."""
    frequency = np.arange(bins)[:, None] * SAMPLE_RATE_HZ / transform
    low, centre, high = edges_hz[None, :-2], edges_hz[None, 1:-1], edges_hz[None, 2:]
    return np.maximum(0.0, np.minimum((frequency - low) / (centre - low), (high - frequency) / (high - centre)))


def htk_edges_hz(bands: int, *, low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """Return bands + 2 band edges, evenly spaced in m = 2595 log10(1 + f / 700)."""
    low, high = 2595.0 * np.log10(1.0 + np.array([low_hz, high_hz]) / 700.0)
    return 700.0 * (10.0 ** (np.linspace(low, high, bands + 2) / 2595.0) - 1.0)


def slaney_edges_hz(bands: int, *, high_hz: float) -> NDArray[np.float64]:
    """Return bands + 2 edges on Slaney's scale from 0 Hz: 3 mel per 200 Hz below 1 kHz, 27 per factor 6.4 above."""
    knee_hz, knee, step = 1000.0, 15.0, math.log(6.4) / 27.0
    highest = high_hz * 3.0 / 200.0 if high_hz < knee_hz else knee + math.log(high_hz / knee_hz) / step
    mel = np.linspace(0.0, highest, bands + 2)
    return np.where(mel < knee, mel * 200.0 / 3.0, knee_hz * np.exp(step * (mel - knee)))


def slaney_matrix(bands: int, *, transform: int, high_hz: float) -> NDArray[np.float32]:
    """Return librosa's default mel filterbank, each band of unit area; shape (bins up to high_hz, bands)."""
    edges = slaney_edges_hz(bands, high_hz=high_hz)
    matrix = triangles(edges, transform=transform, bins=bin_count(transform, high_hz))
    return (matrix * 2.0 / (edges[2:] - edges[:-2])[None, :]).astype(np.float32)
