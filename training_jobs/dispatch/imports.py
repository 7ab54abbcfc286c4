"""Imports: a service and the message to a worker in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from speechsite.lib.queue import enqueue
from speechsite.uploads.services.taking import upload_whole
from training_jobs.readers.registry import AUTO
from training_jobs.services.import_decision import import_accept, import_answer
from training_jobs.services.imports import import_create, import_of_upload
from training_jobs.services.sample import sample_dataset_create
from training_jobs.tasks.imports import read_import

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile

    from speechsite.uploads.models import Upload
    from training_jobs.models import Dataset, DatasetImport


def submit_import(
    *,
    dataset: Dataset,
    owner: User,
    file: UploadedFile[Any] | Upload,
    layout: str = AUTO,
    options: Mapping[str, Any] | None = None,
    is_check_wanted: bool = False,
    is_dataset_made_for_it: bool = False,
) -> DatasetImport:
    """Receive an upload and put it on the queue: for a dry run that waits for a yes, or to be read at once."""
    with transaction.atomic():
        row = import_create(
            dataset=dataset,
            owner=owner,
            file=file,
            source_name=file.name or "upload",
            layout=layout,
            options=options,
            is_check_wanted=is_check_wanted,
            is_dataset_made_for_it=is_dataset_made_for_it,
        )
        enqueue(read_import, row.pk)
    return row


def submit_uploaded_import(
    *, owner: User, upload_id: UUID, sha256: str, dataset: Callable[[str], Dataset], **asked: Any
) -> DatasetImport:
    """Take a resumable upload that has arrived whole, and put it on the queue; the same import where it is asked again.

    `dataset` gives the dataset for an upload of that name; it is asked only where the upload is taken. The rest is as
    for `submit_import`.
    """
    earlier = import_of_upload(owner=owner, upload_id=upload_id)
    if earlier is not None:
        return earlier
    upload = upload_whole(owner=owner, upload_id=upload_id, sha256=sha256)
    with transaction.atomic():
        return submit_import(dataset=dataset(upload.name), owner=owner, file=upload, **asked)


def submit_answers(*, row: DatasetImport, options: Mapping[str, Any], layout: str = "") -> bool:
    """Take answers about a checked upload; say whether it was put on the queue to be looked at again."""
    with transaction.atomic():
        is_again = import_answer(row=row, options=options, layout=layout)
        if is_again:
            enqueue(read_import, row.pk)
    return is_again


def submit_accept(*, row: DatasetImport) -> DatasetImport:
    """Say yes to a checked upload and put it on the queue to be read."""
    with transaction.atomic():
        import_accept(row=row)
        enqueue(read_import, row.pk)
    return row


def submit_sample_import(*, owner: User) -> DatasetImport:
    """Make the sample dataset and put its import on the queue."""
    with transaction.atomic():
        row = sample_dataset_create(owner=owner)
        enqueue(read_import, row.pk)
    return row
