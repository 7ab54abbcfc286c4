"""A real, very small words model: `python -m tests.engine.tiny_model OUT.tflite`. Needs TensorFlow, and a process.

It tells three pitches apart: the power of the first second at 300, 600 and 1,200 Hz, by a fixed DFT.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

LABELS = ["low", "middle", "high"]
PITCHES_HZ = {"low": 300.0, "middle": 600.0, "high": 1_200.0}
WINDOW_SAMPLES = 16_000


class TinyModel(tf.Module):
    """Raw samples (1, T) to log-probabilities (1, 3)."""

    def __init__(self) -> None:
        super().__init__()
        time = np.arange(WINDOW_SAMPLES)[:, np.newaxis] / 16_000
        around = np.concatenate([[hz - 20, hz, hz + 20] for hz in PITCHES_HZ.values()])
        angle = 2 * np.pi * time * around
        self.cosines = tf.constant(np.cos(angle).astype(np.float32))
        self.sines = tf.constant(np.sin(angle).astype(np.float32))

    @tf.function(input_signature=[tf.TensorSpec((1, None), tf.float32)])
    def serve(self, samples: tf.Tensor) -> tf.Tensor:
        """Pad or crop to one second, take the loudness away, compare the three bands."""
        window = tf.pad(samples[:, :WINDOW_SAMPLES], [[0, 0], [0, WINDOW_SAMPLES]])[:, :WINDOW_SAMPLES]
        window /= tf.sqrt(tf.reduce_mean(window**2) + 1e-12)
        power = tf.matmul(window, self.cosines) ** 2 + tf.matmul(window, self.sines) ** 2
        bands = tf.reduce_sum(tf.reshape(power, (1, 3, 3)), axis=2)
        return tf.nn.log_softmax(2.0 * tf.math.log(bands + 1e5), axis=-1)


def main() -> None:
    model = TinyModel()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([model.serve.get_concrete_function()], model)
    Path(sys.argv[1]).write_bytes(converter.convert())


if __name__ == "__main__":
    main()
