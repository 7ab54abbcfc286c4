"""Exports: a service and the message to a worker in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from speechsite.lib.queue import enqueue
from training_jobs.exporters import DEFAULT
from training_jobs.services.dataset_export_rows import export_create
from training_jobs.tasks.exports import write_export

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from training_jobs.models import Dataset, DatasetExport


def submit_export(*, dataset: Dataset, owner: User, layout: str = DEFAULT) -> DatasetExport:
    """Ask for an export and put it on the queue; one that waits already is sent again."""
    with transaction.atomic():
        row = export_create(dataset=dataset, owner=owner, layout=layout)
        enqueue(write_export, row.pk)
    return row
