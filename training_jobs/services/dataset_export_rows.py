"""Exports as rows: asked for, taken back when their worker is lost, gone after a day. The writing is elsewhere."""

from __future__ import annotations

import hashlib
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speechsite.lib.attempts import attempts_reap
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import relative, remove
from training_jobs.models import DatasetExport
from training_jobs.services.dataset_export import layout_for, nothing_ready, ready_clips

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path
    from uuid import UUID

    from django.contrib.auth.models import User

    from training_jobs.models import Dataset

Status = DatasetExport.Status
KEPT: Final = timedelta(days=1)
FOLDER: Final = "exports"
ROWS_AT_ONCE: Final = 2_000
WORKER_LOST: Final = gettext_lazy(
    "The worker was lost {attempts} times while it wrote this export. Nothing was kept; ask for it again."
)


def export_create(*, dataset: Dataset, owner: User, layout: str) -> DatasetExport:
    """Ask for an export; nothing is written yet and nobody is told, see training_jobs.dispatch.exports.

    One that waits or runs already in this layout is returned instead of another. Raises ServiceError unknown_layout,
    layout_for_other_kind, nothing_to_export (409), too_many_exports (429).
    """
    name = layout_for(dataset, layout).name
    under_way = DatasetExport.objects.filter(dataset=dataset, layout=name, status__in=DatasetExport.ACTIVE).first()
    if under_way:
        return under_way
    if not ready_clips(dataset).exists():
        raise nothing_ready(dataset)
    _check_room(owner)
    return DatasetExport.objects.create(dataset=dataset, owner=owner, layout=name, heartbeat_at=timezone.now())


def export_there(*, dataset: Dataset, layout: str) -> DatasetExport | None:
    """Return an export whose file is there and holds what the dataset holds now."""
    done = DatasetExport.objects.filter(dataset=dataset, layout=layout, status=Status.DONE).exclude(file="")
    return done.filter(fingerprint=fingerprint_of(dataset)).first() if done.exists() else None


def export_file(*, export: DatasetExport) -> Path:
    """Return the zip of an export. Raises ServiceError not_done (409), export_gone (410)."""
    if export.status != Status.DONE:
        message = export.failure_message or _("This export is not written yet. Ask again when it is done.")
        raise ServiceError("not_done", message, status=409)
    if not export.file or not export.path.is_file():
        message = _("This file was kept for a day and is gone. The dataset is not; export it again.")
        raise ServiceError("export_gone", message, status=410)
    return export.path


def fingerprint_of(dataset: Dataset) -> str:
    """Return a hash of all an export says: it changes when a clip, or what is said of the dataset, does."""
    digest = hashlib.sha256(repr((dataset.name, dataset.language, dataset.prompts, dataset.text_rules)).encode())
    rows = ready_clips(dataset).order_by("sha256").values_list("sha256", "text", "speaker", "split")
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def exports_reap() -> list[UUID]:
    """Take back exports whose worker is silent, and return the ids of those to put on the queue again."""
    return attempts_reap(DatasetExport.objects.all(), worker_lost=WORKER_LOST)


def exports_purge(*, now: datetime | None = None) -> int:
    """Remove files after a day, and what belongs to no row; return how many went."""
    before = (now or timezone.now()) - KEPT
    old = DatasetExport.objects.filter(status=Status.DONE, finished_at__lt=before).exclude(file="")
    stored = list(old.values_list("file", flat=True))
    old.update(file="")
    remove(stored)
    return len(stored) + sum(_remove_orphan(path) for path in list(_old_files(before)))


def _check_room(owner: User) -> None:
    limit = settings.MAX_ACTIVE_JOBS_PER_USER
    if DatasetExport.objects.visible_to(owner).filter(status__in=DatasetExport.ACTIVE).count() >= limit:
        message = _("{limit} of your exports are still being written, which is the limit. Wait for one to end.")
        raise ServiceError("too_many_exports", message.format(limit=limit), status=429)


def _old_files(before: datetime) -> Iterator[Path]:
    for path in (settings.PRIVATE_DIR / FOLDER).glob("*/*"):
        if path.stat().st_mtime < before.timestamp():
            yield path


def _remove_orphan(path: Path) -> bool:
    """Remove what no row names: files of deleted datasets, halves and folders of text that a killed worker left."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return True
    if not path.is_file() or DatasetExport.objects.filter(file=relative(path)).exists():
        return False
    path.unlink(missing_ok=True)
    return True
