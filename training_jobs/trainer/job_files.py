"""Names in a job folder that both sides need: the worker, which writes it, and the trainer, which reads it."""

from __future__ import annotations

from typing import Final

START_WEIGHTS: Final = "start.weights.h5"  # of the model to go on from
TENSORBOARD: Final = "tensorboard"  # the curves, as TensorBoard reads them
