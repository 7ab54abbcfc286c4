"""Imports: a service and the message to a worker in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from speechsite.lib.queue import enqueue
from training_jobs.readers.registry import AUTO
from training_jobs.services.imports import import_create
from training_jobs.services.sample import sample_dataset_create
from training_jobs.tasks.imports import read_import

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile

    from training_jobs.models import Dataset, DatasetImport


def submit_import(*, dataset: Dataset, owner: User, file: UploadedFile[Any], layout: str = AUTO) -> DatasetImport:
    """Receive an upload and put it on the queue."""
    with transaction.atomic():
        row = import_create(dataset=dataset, owner=owner, file=file, source_name=file.name or "upload", layout=layout)
        enqueue(read_import, row.pk)
    return row


def submit_sample_import(*, owner: User) -> DatasetImport:
    """Make the sample dataset and put its import on the queue."""
    with transaction.atomic():
        row = sample_dataset_create(owner=owner)
        enqueue(read_import, row.pk)
    return row
