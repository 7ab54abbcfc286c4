"""The reaper, every few seconds."""

from __future__ import annotations

from celery import shared_task

from training_jobs.services.dataset_export_rows import exports_reap
from training_jobs.services.evaluations import evaluations_reap
from training_jobs.services.imports import imports_reap
from training_jobs.services.reaping import training_jobs_reap
from training_jobs.services.sweeps import sweeps_reap
from training_jobs.tasks.evaluations import hear_evaluation
from training_jobs.tasks.exports import write_export
from training_jobs.tasks.imports import read_import
from training_jobs.tasks.training import run_training


@shared_task(name="training_jobs.reap")
def reap() -> None:
    """Send again what the queue lost, and take back what lost its worker."""
    for import_id in imports_reap():
        read_import.delay(str(import_id))
    for export_id in exports_reap():
        write_export.delay(str(export_id))
    for evaluation_id in evaluations_reap():
        hear_evaluation.delay(str(evaluation_id))
    for job_id in [*training_jobs_reap(), *sweeps_reap()]:
        run_training.delay(str(job_id))
