from __future__ import annotations

from training_jobs.tasks.evaluations import hear_evaluation
from training_jobs.tasks.exports import write_export
from training_jobs.tasks.imports import read_import
from training_jobs.tasks.purge import purge
from training_jobs.tasks.reaper import reap
from training_jobs.tasks.training import run_training

__all__ = ["hear_evaluation", "purge", "read_import", "reap", "run_training", "write_export"]
