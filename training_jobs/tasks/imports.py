"""Reading imports."""

from __future__ import annotations

from celery import shared_task

from training_jobs.services.imports import import_run


@shared_task(name="training_jobs.read_import")
def read_import(import_id: str) -> None:
    """Read a received import to its end; a message that comes twice, or too late, does nothing."""
    import_run(import_id=import_id)
