"""What every architecture of sentences builds: one front end, one body, a head for each way of writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
from keras import layers

from training_jobs.trainer.augmentation import SpectralMasks, SpectralNoise, Tempo, WarpedMelFilterbank
from training_jobs.trainer.features import ActiveLogMel, LevelledPower, PowerSpectrum
from training_jobs.trainer.machine import FULL, precision

if TYPE_CHECKING:
    from training_jobs.trainer.recipes import CtcValues

FRAME, HOP, TRANSFORM = 400, 160, 512  # 25 ms every 10 ms
HOP_SECONDS = 0.01
LOG_FLOOR = 1e-3


@dataclass(frozen=True)
class SentenceShape:
    """What the data asks of a model: the sizes of the alphabets it is to write in, and the highest frequency."""

    outputs: tuple[int, ...]  # units of each alphabet, without the blank
    band_limit_hz: float
    seed: int


class SentenceFrontEnd(keras.layers.Layer):
    """Raw samples, shape (batch, samples), and their true lengths -> features, shape (batch, frames, mel_bins).

    Level, spectrum, mel bands, logarithm and normalisation, as serving does them; while training also noise, warped
    voices, tempo and masks. Frames behind the end of a clip are 0.
    """

    def __init__(self, values: CtcValues, shape: SentenceShape, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.spectrum = PowerSpectrum(
            frame=FRAME, hop=HOP, transform=TRANSFORM, highest_hz=shape.band_limit_hz, is_centred=False
        )
        self.level = LevelledPower()
        self.noise = SpectralNoise(
            probability=values.noise_probability,
            snr_db=(values.noise_snr_low_db, values.noise_snr_high_db),
            seed=shape.seed,
        )
        self.bands = WarpedMelFilterbank(
            bands=values.mel_bins,
            transform=TRANSFORM,
            high_hz=shape.band_limit_hz,
            warp=values.vocal_tract,
            seed=shape.seed + 1,
        )
        self.tempo = Tempo(share=values.tempo, seed=shape.seed + 2)
        self.log_mel = ActiveLogMel(log_floor=LOG_FLOOR)
        self.masks = SpectralMasks(
            frequency_masks=values.frequency_masks, time_masks=values.time_masks, seed=shape.seed + 3
        )

    def call(self, samples: Any, lengths: Any, *, training: bool = False) -> tuple[Any, Any]:
        """Return features and how many frames of each clip are sound, shape (batch,)."""
        frames = tf.maximum(1, self.spectrum.frame_count(lengths))
        power = self.level(self.spectrum(samples), frames)
        power = self.noise(power, training=training)
        bands, frames = self.tempo(self.bands(power, training=training), frames, training=training)
        features = self.masks(self.log_mel(bands), frames, training=training)
        return masked(features, frames), frames


@dataclass(frozen=True)
class SentenceModel:
    """front_end (no weights) -> network: (features, frames) -> a list of logits, one for each alphabet.

    Logits have shape (batch, ceil(frames / stride), units + 1), the blank last.
    """

    front_end: SentenceFrontEnd
    network: Any
    stride: int

    def logits(self, features: Any, frames: Any, *, training: bool) -> list[Any]:
        """Return logits for each alphabet; Keras gives back the only output of a network without its list."""
        found = self.network([features, frames], training=training)
        return list(found) if isinstance(found, list | tuple) else [found]

    @property
    def frame_seconds(self) -> float:
        """The time between two outputs."""
        return self.stride * HOP_SECONDS

    @precision(FULL)
    def serving(self, head: int) -> Any:
        """Return the model as exported: raw samples (1, T), T free -> log-probabilities (1, outputs, units + 1)."""
        samples = keras.Input(batch_shape=(1, None), name="samples")
        return keras.Model(samples, ServedHead(self, head)(samples), name="recogniser")


class ServedHead(keras.layers.Layer):
    """Everything between the samples and the log-probabilities of one alphabet."""

    def __init__(self, model: SentenceModel, head: int, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.front_end, self.network = model.front_end, model.network  # so that Keras knows their weights
        self.model, self.head = model, head

    def call(self, samples: Any) -> Any:
        """Pad what is shorter than one frame, then do as in training."""
        samples = tf.pad(samples, [[0, 0], [0, tf.maximum(0, FRAME - tf.shape(samples)[1])]])
        features, frames = self.front_end(samples, tf.shape(samples)[1][None])
        # LiteRT's LSTM wants to know the batch when it is converted; the layers before have forgotten it.
        features = tf.reshape(features, (1, -1, features.shape[2]))
        return tf.nn.log_softmax(self.model.logits(features, frames, training=False)[self.head], axis=-1)


@precision(FULL)
def front_end(values: CtcValues, shape: SentenceShape) -> SentenceFrontEnd:
    """Return a front end: spectra want all the digits there are."""
    return SentenceFrontEnd(values, shape)


def output_count(frames: Any, stride: int) -> Any:
    """Return how many outputs so many frames give."""
    return (frames + stride - 1) // stride


def masked(x: Any, lengths: Any) -> Any:
    """Set to 0 what lies behind the end of each row; x: shape (batch, time, channels)."""
    return x * tf.cast(tf.sequence_mask(lengths, tf.shape(x)[1]), x.dtype)[:, :, None]


class Masked(keras.layers.Layer):
    """`masked` as a layer: a clip in a batch gives what it gives alone."""

    def call(self, x: Any, lengths: Any) -> Any:
        """Blank out the padding."""
        return masked(x, lengths)


class Halved(keras.layers.Layer):
    """The length that a strided convolution leaves, rounded up."""

    def __init__(self, stride: int, **options: Any) -> None:
        super().__init__(trainable=False, **options)
        self.stride = stride

    def call(self, lengths: Any) -> Any:
        """Divide, rounding up."""
        return output_count(lengths, self.stride)


def strides_of(stride: int) -> tuple[int, int]:
    """Return the strides of the two convolutions of the stem."""
    return {2: (2, 1), 3: (3, 1), 4: (2, 2)}[stride]


def heads(x: Any, lengths: Any, outputs: tuple[int, ...]) -> list[Any]:
    """Return logits for each alphabet and its blank."""
    return [
        Masked(dtype=FULL)(layers.Dense(units + 1, name=f"head_{n}", dtype=FULL)(x), lengths)
        for n, units in enumerate(outputs)
    ]
