"""Housekeeping, once an hour."""

from __future__ import annotations

from celery import shared_task

from training_jobs.services.purging import job_folders_purge


@shared_task(name="training_jobs.purge")
def purge() -> None:
    """Remove what finished jobs left on the disk."""
    job_folders_purge()
