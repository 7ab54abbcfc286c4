"""What every words architecture builds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from training_jobs.trainer.features import SAMPLE_RATE_HZ, WindowLayer
from training_jobs.trainer.machine import FULL, precision

if TYPE_CHECKING:
    from training_jobs.trainer.features import Placement


@dataclass(frozen=True)
class WordShape:
    """What the data asks of a model: how many labels, how long a window, how high the highest frequency."""

    labels: int
    window_seconds: float
    band_limit_hz: float
    seed: int

    @property
    def window_samples(self) -> int:
        """The window in samples at 16 kHz."""
        return round(self.window_seconds * SAMPLE_RATE_HZ)


@dataclass(frozen=True)
class WordModel:
    """A words model in three parts: placement -> front end (no weights) -> network (all the weights).

    front_end: (batch, window_samples) -> features; network: features -> logits, shape (batch, labels).
    """

    placement: Placement
    front_end: Any
    network: Any

    @precision(FULL)
    def serving(self) -> Any:
        """Return the model as it is exported: raw samples (1, T), T free -> log-probabilities (1, labels)."""
        samples = keras.Input(batch_shape=(1, None), name="samples")
        logits = self.network(self.front_end(WindowLayer(self.placement)(samples)))
        return keras.Model(samples, keras.ops.log_softmax(logits, axis=-1), name="recogniser")
