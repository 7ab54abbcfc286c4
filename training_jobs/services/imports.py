"""Imports: received, brought a step further, taken back when their worker is lost.

The dry run is in import_check.py, what becomes of it in import_decision.py, the reading itself in import_run.py.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, relative, write_whole
from speechsite.lib.interface_language import language_of
from speechsite.lib.transitions import TransitionRefused, move
from speechsite.uploads.models import Upload
from speechsite.uploads.services.taking import upload_take
from speechsite.uploads.services.uploads import check_room, check_size
from training_jobs.models import DatasetImport
from training_jobs.readers import READERS
from training_jobs.readers.registry import AUTO
from training_jobs.services.import_check import import_check
from training_jobs.services.import_options import checked_options
from training_jobs.services.import_run import import_abandon, import_run
from training_jobs.services.import_uploads import upload_remove

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile
    from django_stubs_ext import StrPromise

    from training_jobs.models import Dataset

__all__ = [
    "import_abandon",
    "import_check",
    "import_create",
    "import_of_upload",
    "import_run",
    "import_step",
    "imports_reap",
    "layouts",
]

Status = DatasetImport.Status
HELD: Final = (Status.CHECKING, Status.READING)
LONGEST_SOURCE_NAME: Final = 255
BLOCK_BYTES: Final = 1024**2
WORKER_LOST: Final = gettext_lazy(
    "The worker was lost {attempts} times while it read this upload. {kept} clips were kept; upload it again and what "
    "is here already is left out."
)
CHECKER_LOST: Final = gettext_lazy(
    "The worker was lost {attempts} times while it looked at this upload. Nothing was kept; upload it again, in parts "
    "if it is large."
)


def layouts() -> dict[str, StrPromise]:
    """Return the names and titles of the layouts that can be asked for."""
    return {
        AUTO: gettext_lazy("Recognised by content"),
        **{reader.name: gettext_lazy(reader.title) for reader in READERS},
    }


def import_create(
    *,
    dataset: Dataset,
    owner: User,
    file: UploadedFile[Any] | Upload | Path,
    source_name: str,
    layout: str = AUTO,
    options: Mapping[str, Any] | None = None,
    is_check_wanted: bool = False,
    is_dataset_made_for_it: bool = False,
) -> DatasetImport:
    """Receive an upload; nothing is read yet and nobody is told, see training_jobs.dispatch.imports.

    An uploaded file is kept below the private folder until it has been read; a whole Upload is taken, so this is to be
    called in a transaction. A path is read where it lies and never touched. With `is_check_wanted` a dry run comes
    first and waits for the user's word. `options` are columns, tier, kind and rules, see import_options. Raises
    ServiceError unknown_layout, option_unknown, unknown_kind, rule_unknown, too_large (413), disk_full (507),
    too_many_imports (429).
    """
    if layout not in layouts():
        message = _("There is no layout “{name}”. There are: {known}.")
        raise ServiceError("unknown_layout", message.format(name=layout, known=", ".join(layouts())))
    _check_room(owner)
    row = DatasetImport(
        dataset=dataset,
        owner=owner,
        source_name=source_name[-LONGEST_SOURCE_NAME:],
        layout_wanted=layout,
        options=checked_options(options or {}),
        is_check_wanted=is_check_wanted,
        is_dataset_made_for_it=is_dataset_made_for_it,
    )
    if isinstance(file, Path):
        row.source = str(file.resolve())
    else:
        path = private_path("imports", row.pk, ".upload")
        row.source = relative(path)
        if isinstance(file, Upload):
            row.upload_id = file.pk
            upload_take(upload=file, target=path)
        else:
            _keep(file, path)
    row.save(force_insert=True)
    return row


def import_of_upload(*, owner: User, upload_id: UUID) -> DatasetImport | None:
    """Return the import that took a resumable upload, so that asking twice takes it once."""
    return DatasetImport.objects.visible_to(owner).filter(upload_id=upload_id).first()


def import_step(*, import_id: UUID | str) -> DatasetImport | None:
    """Bring a waiting import to where it ends or waits for the user: its dry run, or its reading."""
    row = DatasetImport.objects.filter(pk=import_id).only("is_check_wanted").first()
    if row is None:
        return None
    return import_check(import_id=import_id) if row.is_check_wanted else import_run(import_id=import_id)


def imports_reap() -> list[UUID]:
    """Take back imports whose worker is silent, and return the ids of those to put on the queue again."""
    now = timezone.now()
    again = [row.pk for row in _lost(now) if _take_back(row, now)]
    return again + _unsent(now)


def _check_room(owner: User) -> None:
    limit = settings.MAX_ACTIVE_JOBS_PER_USER
    if DatasetImport.objects.visible_to(owner).filter(status__in=DatasetImport.ACTIVE).count() >= limit:
        message = _("{limit} of your uploads are still being read, which is the limit. Wait for one to end.")
        raise ServiceError("too_many_imports", message.format(limit=limit), status=429)


def _keep(file: UploadedFile[Any], path: Path) -> None:
    size = file.size or 0
    check_size(size)
    check_room(size)
    write_whole(path, lambda partial: _write(file, partial))


def _write(file: UploadedFile[Any], partial: Path) -> None:
    with partial.open("wb") as out:
        for block in file.chunks(BLOCK_BYTES):
            out.write(block)


def _lost(now: datetime) -> list[DatasetImport]:
    silent_since = now - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    held = DatasetImport.objects.filter(status__in=HELD)
    return list(held.filter(Q(heartbeat_at__lt=silent_since) | Q(heartbeat_at=None)).order_by("created_at"))


def _take_back(row: DatasetImport, now: datetime) -> bool:
    """Say whether the import waits again. What it has read stays read: the next attempt goes on behind it."""
    try:
        if row.attempt - row.attempts_before < settings.MAX_ATTEMPTS:
            move(row, allowed_from=HELD, to=Status.RECEIVED, attempt=row.attempt, heartbeat_at=now)
            return True
        move(
            row,
            allowed_from=HELD,
            to=Status.FAILED,
            attempt=row.attempt,
            failure_code="worker_lost",
            failure_message=_worker_lost(row),
            finished_at=now,
        )
    except TransitionRefused:
        return False  # it came back to life, or ended, in the meantime
    upload_remove(row)
    return False


def _worker_lost(row: DatasetImport) -> str:
    attempts = row.attempt - row.attempts_before
    with language_of(row):
        if row.status == Status.CHECKING:
            return CHECKER_LOST.format(attempts=attempts)
        return WORKER_LOST.format(attempts=attempts, kept=row.clips_kept)


def _unsent(now: datetime) -> list[UUID]:
    """Return the imports that have waited longer than a free worker needs to answer, marking them as sent now."""
    sent_before = now - timedelta(seconds=settings.RESEND_AFTER_SECONDS)
    waiting = DatasetImport.objects.filter(status=Status.RECEIVED).filter(
        Q(heartbeat_at__lt=sent_before) | Q(heartbeat_at=None, created_at__lt=sent_before)
    )
    found = list(waiting.order_by("created_at").values_list("pk", flat=True))
    DatasetImport.objects.filter(pk__in=found, status=Status.RECEIVED).update(heartbeat_at=now)
    return found
