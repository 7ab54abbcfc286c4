"""The LiteRT model of a bundle: samples in, log-probabilities out."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from recognition.engine.bundle import corrupt
from recognition.engine.language import said

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class LiteRtModel:
    """A LiteRT interpreter behind a lock. Raises EngineError bundle_corrupt where it cannot be loaded or run."""

    def __init__(self, path: Path, *, threads: int) -> None:
        self._lock = threading.Lock()
        try:
            self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
            (self._input,) = self._interpreter.get_input_details()
            (self._output,) = self._interpreter.get_output_details()
        except (ValueError, RuntimeError) as error:
            raise corrupt(said("The model in this bundle cannot be loaded."), repr(error)) from error
        self._length = 0

    def log_probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run raw samples, shape (samples,). A words model gives (labels,), a sentences model (frames, units + 1)."""
        batch = np.ascontiguousarray(samples, dtype=np.float32)[np.newaxis]
        with self._lock:
            try:
                return self._run(batch)
            except (ValueError, RuntimeError) as error:
                self._length = 0
                raise corrupt(said("The model in this bundle cannot be run."), repr(error)) from error

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        if batch.shape[1] != self._length:
            self._interpreter.resize_tensor_input(self._input["index"], batch.shape)
            self._interpreter.allocate_tensors()
            self._length = batch.shape[1]
        self._interpreter.set_tensor(self._input["index"], batch)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._output["index"])[0], dtype=np.float32)
