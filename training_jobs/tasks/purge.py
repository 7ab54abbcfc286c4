"""Housekeeping, once an hour."""

from __future__ import annotations

from celery import shared_task

from training_jobs.services.dataset_export_rows import exports_purge
from training_jobs.services.import_decision import checked_imports_purge
from training_jobs.services.import_uploads import scratch_purge
from training_jobs.services.purging import job_folders_purge


@shared_task(name="training_jobs.purge")
def purge() -> None:
    """Remove what finished jobs and killed imports left on the disk, uploads nobody decided about, old exports."""
    job_folders_purge()
    scratch_purge()
    checked_imports_purge()
    exports_purge()
