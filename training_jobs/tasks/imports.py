"""Reading imports."""

from __future__ import annotations

from celery import shared_task

from speechsite.lib.interface_language import language_of_row
from training_jobs.models import DatasetImport
from training_jobs.services.imports import import_step
from training_jobs.services.launch_facts import dataset_look_through


@shared_task(name="training_jobs.read_import")
def read_import(import_id: str) -> None:
    """Check a received import, or read it to its end; a message that comes twice, or too late, does nothing."""
    with language_of_row(DatasetImport.objects.all(), import_id):
        row = import_step(import_id=import_id)
        if row is not None and row.status == DatasetImport.Status.DONE:
            dataset_look_through(row.dataset)
