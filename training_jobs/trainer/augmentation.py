"""Changes made to the training clips at random: they teach the network what does not matter.

Each is a layer of the front end that does nothing outside training, so the exported graph does not contain it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from training_jobs.trainer.features import ACTIVE_RANGE, MelFilterbank, bin_count, htk_edges_hz, triangles

if TYPE_CHECKING:
    from numpy.typing import NDArray

WARPS = 17  # odd, so that the middle one is no warp
LOWEST_BAND_HZ = 20.0


class SpectralNoise(keras.layers.Layer):
    """Add noise of random colour and level to power spectra, shape (batch, frames, bins), while training.

    The power of Gaussian noise in a DFT bin is exponentially distributed, so it is drawn there directly; its mean falls
    with frequency as f^-c with c from 0 (white) over 1 (pink) to 2 (brown). Level: a signal-to-noise ratio in dB, even
    over the range, against the mean power of the active frames.
    """

    def __init__(self, *, probability: float, snr_db: tuple[float, float], seed: int, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.probability, self.snr_db = probability, snr_db
        self.random = keras.random.SeedGenerator(seed)

    def call(self, power: Any, *, training: bool = False) -> Any:
        """Return the spectra with noise on some of them.

        The silence around the word stays silent: serving fills the window with digital silence, too.
        """
        if not training or self.probability == 0.0:
            return power
        sounding = tf.cast(tf.reduce_max(power, axis=2, keepdims=True) > 0.0, tf.float32)
        return power - sounding * self.mean_noise(power) * tf.math.log(self.uniform(tf.shape(power), 1e-7, 1.0))

    def mean_noise(self, power: Any) -> Any:
        """Draw the mean noise power per clip and bin, shape (batch, 1, bins)."""
        clips = tf.shape(power)[0]
        colour = self.uniform((clips, 1, 1), 0.0, 2.0)
        number = tf.range(power.shape[2], dtype=tf.float32) + 2.0  # from 2: brown noise must not be all rumble
        shape = tf.exp(-colour * tf.math.log(number)[None, None, :])
        shape /= tf.reduce_mean(shape, axis=2, keepdims=True)
        ratio_db = self.uniform((clips, 1, 1), *self.snr_db)
        chosen = tf.cast(self.uniform((clips, 1, 1), 0.0, 1.0) < self.probability, tf.float32)
        return chosen * self.signal(power) * shape * tf.pow(10.0, -ratio_db / 10.0)

    def signal(self, power: Any) -> Any:
        """Return the mean power per bin of each clip's active frames, shape (batch, 1, 1)."""
        frames = tf.reduce_mean(power, axis=2, keepdims=True)
        active = tf.cast(frames >= ACTIVE_RANGE * tf.reduce_max(frames, axis=1, keepdims=True), tf.float32)
        return tf.reduce_sum(frames * active, axis=1, keepdims=True) / tf.reduce_sum(active, axis=1, keepdims=True)

    def uniform(self, shape: Any, low: float, high: float) -> Any:
        """Draw evenly from low to high."""
        return keras.random.uniform(shape, low, high, seed=self.random)


class RandomGain(keras.layers.Layer):
    """Make power spectra up to ``gain_db`` louder or softer while training."""

    def __init__(self, *, gain_db: float, seed: int, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.gain_db = gain_db
        self.random = keras.random.SeedGenerator(seed)

    def call(self, power: Any, *, training: bool = False) -> Any:
        """Return the spectra at another level."""
        if not training or self.gain_db == 0.0:
            return power
        gain_db = keras.random.uniform((tf.shape(power)[0], 1, 1), -self.gain_db, self.gain_db, seed=self.random)
        return power * tf.pow(10.0, gain_db / 10.0)


class WarpedMelFilterbank(MelFilterbank):
    """A mel filterbank whose bands move up or down per clip while training, as with another vocal tract (VTLP)."""

    def __init__(self, *, bands: int, transform: int, high_hz: float, warp: float, seed: int, **options: Any) -> None:
        factors = 1.0 + warp * np.linspace(-1.0, 1.0, WARPS)
        stack = np.stack([warped_matrix(bands, transform=transform, high_hz=high_hz, factor=f) for f in factors])
        super().__init__(stack[WARPS // 2], **options)
        self.stack, self.warp = stack, warp
        self.random = keras.random.SeedGenerator(seed)

    def call(self, power: Any, *, training: bool = False) -> Any:
        """Sum the bins of each band, of moved bands while training."""
        if not training or self.warp == 0.0:
            return super().call(power)
        chosen = keras.random.randint((tf.shape(power)[0],), 0, WARPS, seed=self.random)
        return tf.matmul(power, tf.gather(tf.constant(self.stack), chosen))


def warped_matrix(bands: int, *, transform: int, high_hz: float, factor: float) -> NDArray[np.float32]:
    """Return an HTK mel filterbank with its edges moved by ``factor``; shape (bins up to high_hz, bands).

    Below the knee frequencies are multiplied; above it a straight line leads to high_hz, which stays where it is.
    """
    edges = htk_edges_hz(bands, low_hz=LOWEST_BAND_HZ, high_hz=high_hz)
    knee = 0.6 * high_hz
    above = high_hz - (high_hz - edges) * (high_hz - knee * factor) / (high_hz - knee)
    moved = np.where(edges <= knee, edges * factor, above)
    return triangles(moved, transform=transform, bins=bin_count(transform, high_hz)).astype(np.float32)


def mix(features: Any, targets: Any, *, parameter: float, seed: Any) -> tuple[Any, Any]:
    """Mix each clip of a batch, and its target, with the clip opposite in the batch (mixup).

    features: shape (batch, ...), targets: shape (batch, labels), seed: int32, shape (2,). The share is drawn from
    Beta(parameter, parameter), as the ratio of two gamma draws.
    """
    gamma = tf.random.stateless_gamma((2, tf.shape(targets)[0]), seed, alpha=parameter) + 1e-20
    share = gamma[0] / (gamma[0] + gamma[1])
    along = tf.reshape(share, tf.concat([tf.shape(share), tf.ones(tf.rank(features) - 1, tf.int32)], axis=0))
    mixed = along * features + (1.0 - along) * features[::-1]
    return mixed, share[:, None] * targets + (1.0 - share[:, None]) * targets[::-1]


class Tempo(keras.layers.Layer):
    """Make band pictures, shape (batch, frames, bands), up to a share faster or slower while training.

    Frames between two are interpolated, so the pitch stays; with a warped filterbank it does what changing the speed
    of a recording does (T. Ko et al., 2015: "Audio augmentation for speech recognition"), without another copy of it.
    """

    def __init__(self, *, share: float, seed: int, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.share = share
        self.random = keras.random.SeedGenerator(seed)

    def call(self, bands: Any, frames: Any, *, training: bool = False) -> tuple[Any, Any]:
        """Return the pictures and how many frames of each are sound, shape (batch,)."""
        if not training or self.share == 0.0:
            return bands, frames
        drawn = keras.random.uniform((tf.shape(bands)[0],), -1.0, 1.0, seed=self.random)
        factor = tf.exp(drawn * tf.math.log(1.0 + self.share))
        count = tf.maximum(1, tf.cast(tf.cast(frames, tf.float32) / factor, tf.int32))
        place = tf.range(tf.reduce_max(count), dtype=tf.float32)[None, :] * factor[:, None]
        last = frames[:, None] - 1
        below = tf.minimum(tf.cast(place, tf.int32), last)
        weight = (place - tf.floor(place))[:, :, None]
        left = tf.gather(bands, below, batch_dims=1)
        right = tf.gather(bands, tf.minimum(below + 1, last), batch_dims=1)
        sounding = tf.cast(tf.sequence_mask(count), tf.float32)[:, :, None]
        return (left + (right - left) * weight) * sounding, count


class SpectralMasks(keras.layers.Layer):
    """Blank out bands and moments of normalised features while training (D. S. Park et al., 2019: "SpecAugment").

    features: shape (batch, frames, bands); what is blanked becomes 0, the mean of the active frames.
    """

    WIDEST_BANDS = 12
    WIDEST_FRAMES = 12
    FRAMES_PER_SECOND = 100

    def __init__(self, *, frequency_masks: int, time_masks: float, seed: int, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.frequency_masks, self.time_masks = frequency_masks, time_masks
        self.random = keras.random.SeedGenerator(seed)

    def call(self, features: Any, frames: Any, *, training: bool = False) -> Any:
        """Return the features with holes in them."""
        if not training:
            return features
        if self.frequency_masks:
            bands = tf.fill(tf.shape(frames), features.shape[2])
            hidden = self.hidden(self.frequency_masks, self.WIDEST_BANDS, features.shape[2], bands)
            features = tf.where(hidden[:, None, :], 0.0, features)
        if self.time_masks:
            total = tf.shape(features)[1]
            count = tf.cast(
                tf.math.ceil(self.time_masks * tf.cast(total, tf.float32) / self.FRAMES_PER_SECOND), tf.int32
            )
            features = tf.where(self.hidden(count, self.WIDEST_FRAMES, total, frames)[:, :, None], 0.0, features)
        return features

    def hidden(self, count: Any, widest: int, size: Any, used: Any) -> Any:
        """Draw `count` stretches of up to `widest` places within the `used` ones; bool, shape (batch, size)."""
        shape = (tf.shape(used)[0], count, 1)
        begin = keras.random.uniform(shape, 0.0, 1.0, seed=self.random) * tf.cast(used, tf.float32)[:, None, None]
        width = keras.random.uniform(shape, 0.0, widest + 1.0, seed=self.random)
        place = tf.range(size, dtype=tf.float32)[None, None, :]
        inside = tf.logical_and(place >= tf.floor(begin), place < tf.floor(begin) + tf.floor(width))
        return tf.reduce_any(inside, axis=1)
