"""The finished model as LiteRT and weight files, compared with the model in memory before it is believed."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from keras.export import ExportArchive

from recognition.engine.language import said
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.features import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 1e-3  # in log-probability
COMPARED_SECONDS = (0.1, 0.37, 1.0, 2.6)


def export_model(serving: Any, network: Any, folder: Path, *, seed: int) -> float:
    """Write model.tflite and the network's weights.h5; return the largest difference found in log-probabilities.

    ``serving`` is the model over raw samples. Raises TrainerError export_mismatch when the file does not compute what
    it does.
    """
    path = folder / "model.tflite"
    path.write_bytes(converted(serving))
    save_weights(network, folder / "weights.h5")
    difference = largest_difference(serving, path, seed=seed)
    if not difference <= TOLERANCE:
        message = said(
            "The exported model does not give the same answers as the trained one, so it was not kept. Train it again."
        )
        detail = said("largest difference {found:g}, expected at most {most:g}", found=difference, most=TOLERANCE)
        raise TrainerError("export_mismatch", message, detail=detail)
    return difference


def converted(serving: Any) -> bytes:
    """Return the LiteRT file of a model over raw samples, shape (1, T) with T free."""
    with tempfile.TemporaryDirectory() as folder:
        archive = ExportArchive()
        archive.track(serving)
        signature = [tf.TensorSpec((1, None), tf.float32, name="samples")]
        archive.add_endpoint("serve", lambda samples: serving(samples, training=False), input_signature=signature)
        archive.write_out(folder, verbose=False)
        file: bytes = tf.lite.TFLiteConverter.from_saved_model(folder).convert()
    return file


def save_weights(network: Any, path: Path) -> None:
    """Write the network's weights alone: no code and no configuration in the file."""
    named = path.with_name("network.weights.h5")  # the ending Keras insists on
    network.save_weights(named)
    named.replace(path)


def load_weights(network: Any, path: Path) -> None:
    """Read weights written by save_weights into a network of the same architecture; raises ValueError for another."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Of a layer that the file does not hold, Keras only warns, and leaves it as chance made it.
        warnings.filterwarnings("error", message="Skipping", category=UserWarning)
        named = Path(folder) / "network.weights.h5"
        named.write_bytes(path.read_bytes())
        try:
            network.load_weights(named)
        except UserWarning as skipped:
            raise ValueError(str(skipped)) from skipped


def largest_difference(serving: Any, path: Path, *, seed: int) -> float:
    """Compare file and model on sound of several lengths."""
    random = np.random.default_rng(seed)
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    differences = []
    for seconds in COMPARED_SECONDS:
        samples = random.normal(0.0, 0.05, (1, round(seconds * SAMPLE_RATE_HZ))).astype(np.float32)
        expected = serving(samples, training=False).numpy()
        differences.append(float(np.abs(run(interpreter, samples) - expected).max()))
    return float(np.max(differences))


def run(interpreter: Any, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what a LiteRT file makes of samples, shape (1, T)."""
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, samples.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place, samples)
    interpreter.invoke()
    output: NDArray[np.float32] = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return output
