"""Trainings: a service and the message to a worker in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from speechsite.lib.queue import enqueue
from training_jobs.services.jobs import training_job_cancel, training_job_create, training_job_retry
from training_jobs.tasks.training import run_training

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from training_jobs.models import Dataset, TrainingJob


def submit_training_job(*, owner: User, dataset: Dataset, **settings: Any) -> TrainingJob:
    """Make a training job and put it on the queue; `settings` are those of `training_job_create`."""
    with transaction.atomic():
        job = training_job_create(owner=owner, dataset=dataset, **settings)
        enqueue(run_training, job.pk)
    return job


def retry_training_job(*, job: TrainingJob) -> TrainingJob:
    """Make a new job with the settings of one that has ended, and put it on the queue."""
    with transaction.atomic():
        successor = training_job_retry(job=job)
        enqueue(run_training, successor.pk)
    return successor


def cancel_training_job(*, job: TrainingJob) -> TrainingJob:
    """Cancel a job; the worker that runs it looks twice a second."""
    return training_job_cancel(job=job)
