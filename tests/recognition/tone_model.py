"""Write tones.tflite, a LiteRT words model that tells low, middle and high tones.

`python -m tests.recognition.tone_model tests/recognition/tones.tflite` made the file beside this one: it is kept, so
that the tests need no TensorFlow. Nothing is trained: the share of zero crossings gives the frequency, the distance
to three frequencies gives the log-probabilities.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

LABELS = ("low", "middle", "high")
FREQUENCIES_HZ = (300.0, 900.0, 2400.0)
SHARPNESS = 4.0


def main(out: Path) -> None:
    """Write OUT (a .tflite file): samples, shape (1, T), to log-probabilities, shape (1, 3)."""
    import tensorflow as tf  # noqa: PLC0415 - only in this process

    class Tones(tf.Module):  # type: ignore[misc] # TensorFlow has no types
        def __init__(self) -> None:
            super().__init__()
            self.centres = tf.Variable(tf.math.log(tf.constant([FREQUENCIES_HZ])), trainable=False)

        @tf.function(input_signature=[tf.TensorSpec((1, None), tf.float32)])  # type: ignore[untyped-decorator] # as above
        def serve(self, samples: tf.Tensor) -> tf.Tensor:
            nearby = tf.maximum(tf.abs(samples[:, 1:]), tf.abs(samples[:, :-1]))
            loud = tf.cast(nearby > 0.01, tf.float32)
            above = tf.cast(samples >= 0.0, tf.float32)
            changes = tf.abs(above[:, 1:] - above[:, :-1]) * loud
            share = tf.reduce_sum(changes, axis=1, keepdims=True) / (tf.reduce_sum(loud, axis=1, keepdims=True) + 1.0)
            frequency = tf.math.log(share * 8000.0 + 1.0)
            return tf.nn.log_softmax(-SHARPNESS * tf.square(frequency - self.centres))

    module = Tones()
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.serve})
        out.write_bytes(tf.lite.TFLiteConverter.from_saved_model(folder).convert())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
