"""Writing exports."""

from __future__ import annotations

from celery import shared_task

from speechsite.lib.interface_language import language_of_row
from training_jobs.models import DatasetExport
from training_jobs.services.dataset_export_run import export_run


@shared_task(name="training_jobs.write_export")
def write_export(export_id: str) -> None:
    """Write an export to its end; a message that comes twice, or too late, does nothing."""
    with language_of_row(DatasetExport.objects.all(), export_id):
        export_run(export_id=export_id)
