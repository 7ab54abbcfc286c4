"""The training queue: one job at a time per worker."""

from __future__ import annotations

from typing import Any

from celery import Task, shared_task
from celery.worker.request import Request

from speechsite.lib.interface_language import language_of_row
from training_jobs.models import TrainingJob
from training_jobs.services.jobs import training_job_claim
from training_jobs.services.reaping import training_job_hand_back
from training_jobs.services.sweeps import sweep_advance
from training_jobs.services.training_run import training_job_run


class TrainingRequest(Request):
    """What a worker knows of the job it is at: where it is told to stop at once, the job waits for the next one."""

    def cancel(self, *args: Any, **options: Any) -> None:
        super().cancel(*args, **options)
        training_job_hand_back(job_id=self.args[0])


class TrainingTask(Task):  # type: ignore[type-arg]  # generic for the type checker alone
    """A task whose worker gives the job back."""

    Request = f"{TrainingRequest.__module__}:{TrainingRequest.__name__}"


@shared_task(name="training_jobs.run_training", base=TrainingTask)
def run_training(job_id: str) -> None:
    """Run a waiting job to its end; a message that comes twice, or too late, does nothing."""
    with language_of_row(TrainingJob.objects.all(), job_id):
        job = training_job_claim(job_id=job_id)
        if job is None:
            return
        training_job_run(job=job)
        if job.sweep_id and (trial := sweep_advance(sweep_id=job.sweep_id)):
            run_training.delay(str(trial.pk))
