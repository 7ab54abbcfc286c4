"""The training queue: one job at a time per worker."""

from __future__ import annotations

from celery import shared_task

from training_jobs.services.jobs import training_job_claim
from training_jobs.services.sweeps import sweep_advance
from training_jobs.services.training_run import training_job_run


@shared_task(name="training_jobs.run_training")
def run_training(job_id: str) -> None:
    """Run a waiting job to its end; a message that comes twice, or too late, does nothing."""
    job = training_job_claim(job_id=job_id)
    if job is None:
        return
    training_job_run(job=job)
    if job.sweep_id and (trial := sweep_advance(sweep_id=job.sweep_id)):
        run_training.delay(str(trial.pk))
