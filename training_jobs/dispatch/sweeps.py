"""Sweeps: a service and the message of the first trial in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from speechsite.lib.queue import enqueue
from training_jobs.services.sweeps import sweep_advance, sweep_cancel, sweep_create
from training_jobs.tasks.training import run_training

if TYPE_CHECKING:
    from training_jobs.models import Sweep


def submit_sweep(**asked: Any) -> Sweep:
    """Ask for a sweep and put its first trial on the queue; `asked` is what `sweep_create` takes."""
    with transaction.atomic():
        sweep = sweep_create(**asked)
        trial = sweep_advance(sweep_id=sweep.pk)
        if trial:
            enqueue(run_training, trial.pk)
    return sweep


def cancel_sweep(*, sweep: Sweep) -> Sweep:
    """Stop a sweep and the trial that is under way."""
    return sweep_cancel(sweep=sweep)
