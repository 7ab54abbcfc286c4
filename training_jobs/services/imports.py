"""Imports: received, claimed, taken back when their worker is lost. The reading itself is in import_run.py."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, relative, write_whole
from speechsite.lib.transitions import TransitionRefused, move
from training_jobs.archives.limits import bytes_text
from training_jobs.models import DatasetImport
from training_jobs.readers import READERS
from training_jobs.readers.registry import AUTO
from training_jobs.services.import_run import import_abandon, import_run, source_remove

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile

    from training_jobs.models import Dataset

__all__ = ["check_upload_size", "import_abandon", "import_create", "import_run", "imports_reap", "layouts"]

Status = DatasetImport.Status
LONGEST_SOURCE_NAME: Final = 255
# An upload is written once as it is and once as clips; anything below leaves no room for the database.
ROOM_NEEDED_TIMES: Final = 2
BLOCK_BYTES: Final = 1024**2
WORKER_LOST: Final = (
    "The worker was lost {attempts} times while it read this upload. {kept} clips were kept; upload it again and what "
    "is here already is left out."
)


def layouts() -> dict[str, str]:
    """Return the names and titles of the layouts that can be asked for."""
    return {AUTO: "Recognised by content", **{reader.name: reader.title for reader in READERS}}


def import_create(
    *, dataset: Dataset, owner: User, file: UploadedFile[Any] | Path, source_name: str, layout: str = AUTO
) -> DatasetImport:
    """Receive an upload; nothing is read yet and nobody is told, see training_jobs.dispatch.imports.

    An uploaded file is kept below the private folder until it has been read. A path is read where it lies and never
    touched. Raises ServiceError unknown_layout, too_large (413), disk_full (507), too_many_imports (429).
    """
    if layout not in layouts():
        raise ServiceError("unknown_layout", f"There is no layout “{layout}”. There are: {', '.join(layouts())}.")
    _check_room(owner)
    row = DatasetImport(
        dataset=dataset, owner=owner, source_name=source_name[-LONGEST_SOURCE_NAME:], layout_wanted=layout
    )
    if isinstance(file, Path):
        row.source = str(file.resolve())
    else:
        _check_size(file.size or 0)
        path = private_path("imports", row.pk, ".upload")
        write_whole(path, lambda partial: _write(file, partial))
        row.source = relative(path)
    row.save(force_insert=True)
    return row


def check_upload_size(size: int) -> None:
    """Refuse a request whose length says it is too large, before its body is looked at."""
    limit = settings.MAX_UPLOAD_BYTES
    if size > limit:
        message = (
            f"This upload has {bytes_text(size)}; this site takes at most {bytes_text(limit)} at once. Nothing was "
            "kept; split it and upload the parts."
        )
        raise ServiceError("too_large", message, status=413)


def imports_reap() -> list[UUID]:
    """Take back imports whose worker is silent, and return the ids of those to put on the queue again."""
    now = timezone.now()
    again = [row.pk for row in _lost(now) if _take_back(row, now)]
    return again + _unsent(now)


def _check_room(owner: User) -> None:
    limit = settings.MAX_ACTIVE_JOBS_PER_USER
    if DatasetImport.objects.visible_to(owner).filter(status__in=DatasetImport.ACTIVE).count() >= limit:
        message = f"{limit} of your uploads are still being read, which is the limit. Wait for one to end."
        raise ServiceError("too_many_imports", message, status=429)


def _check_size(size: int) -> None:
    check_upload_size(size)
    settings.PRIVATE_DIR.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(settings.PRIVATE_DIR).free < size * ROOM_NEEDED_TIMES:
        message = "The disk of the site has no room for this upload. Nothing was kept; make room and upload it again."
        raise ServiceError("disk_full", message, status=507)


def _write(file: UploadedFile[Any], partial: Path) -> None:
    with partial.open("wb") as out:
        for block in file.chunks(BLOCK_BYTES):
            out.write(block)


def _lost(now: datetime) -> list[DatasetImport]:
    silent_since = now - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    reading = DatasetImport.objects.filter(status=Status.READING)
    return list(reading.filter(Q(heartbeat_at__lt=silent_since) | Q(heartbeat_at=None)).order_by("created_at"))


def _take_back(row: DatasetImport, now: datetime) -> bool:
    """Say whether the import waits again. What it has read stays read: the next attempt goes on behind it."""
    try:
        if row.attempt < settings.MAX_ATTEMPTS:
            move(row, allowed_from=[Status.READING], to=Status.RECEIVED, attempt=row.attempt, heartbeat_at=now)
            return True
        move(
            row,
            allowed_from=[Status.READING],
            to=Status.FAILED,
            attempt=row.attempt,
            failure_code="worker_lost",
            failure_message=WORKER_LOST.format(attempts=row.attempt, kept=row.clips_kept),
            finished_at=now,
        )
    except TransitionRefused:
        return False  # it came back to life, or ended, in the meantime
    source_remove(row)
    return False


def _unsent(now: datetime) -> list[UUID]:
    """Return the imports that have waited longer than a free worker needs to answer, marking them as sent now."""
    sent_before = now - timedelta(seconds=settings.RESEND_AFTER_SECONDS)
    waiting = DatasetImport.objects.filter(status=Status.RECEIVED).filter(
        Q(heartbeat_at__lt=sent_before) | Q(heartbeat_at=None, created_at__lt=sent_before)
    )
    found = list(waiting.order_by("created_at").values_list("pk", flat=True))
    DatasetImport.objects.filter(pk__in=found, status=Status.RECEIVED).update(heartbeat_at=now)
    return found
