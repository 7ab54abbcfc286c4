"""The trainer: a child process that turns a job folder into a model. TensorFlow lives here and nowhere else."""

from __future__ import annotations
