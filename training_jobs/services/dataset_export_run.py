"""One attempt at writing an export: claim, write, end. Every write on the row is fenced by the attempt."""

from __future__ import annotations

import logging
import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from speechsite.lib.errors import coded
from speechsite.lib.files import private_path, relative
from speechsite.lib.transitions import TransitionRefused, move, touch
from training_jobs.models import DatasetExport
from training_jobs.services.dataset_export import dataset_export, layout_for
from training_jobs.services.dataset_export_rows import FOLDER, fingerprint_of

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from training_jobs.services.dataset_export import Exported

logger = logging.getLogger(__name__)

Status = DatasetExport.Status
SHOWN_LEFT_OUT: Final = 500
LONGEST_MESSAGE: Final = 500
SHOWN_EVERY_SECONDS: Final = 0.5
UNKNOWN: Final = "Writing stopped for a reason this site does not know; whoever runs it finds the details in the log."


class Superseded(Exception):  # noqa: N818 - it is no fault of this attempt
    """The export was taken back or deleted, or its dataset was."""


def export_run(*, export_id: UUID | str) -> DatasetExport | None:
    """Write an export to its end, and return the row; None where there is none.

    Safe to call twice and after a kill: only one caller wins the claim, and the file appears whole. Never raises for
    what the dataset holds.
    """
    row = DatasetExport.objects.select_related("dataset").filter(pk=export_id).first()
    if row is None or not _claim(row):
        return row
    try:
        _write(row)
    except Superseded:
        logger.info("export %s: attempt %s was superseded", export_id, row.attempt)
    except Exception as failure:  # noqa: BLE001 - whatever happens, the row reaches a final state with a sentence
        _fail(row, failure)
    return DatasetExport.objects.select_related("dataset").filter(pk=export_id).first()


def _claim(row: DatasetExport) -> bool:
    now = timezone.now()
    try:
        move(
            row,
            allowed_from=[Status.QUEUED],
            to=Status.RUNNING,
            is_new_attempt=True,
            heartbeat_at=now,
            started_at=row.started_at or now,
            progress=0.0,
            clips_done=0,
        )
    except TransitionRefused:
        return False
    return True


def _write(row: DatasetExport) -> None:
    # The fingerprint comes first: what is changed while the file is written makes the file an old one.
    fingerprint = fingerprint_of(row.dataset)
    # Each attempt has a file of its own: one that was declared lost may still be writing.
    target = private_path(FOLDER, row.pk, f"-{row.attempt}.zip")
    target.parent.mkdir(parents=True, exist_ok=True)
    result = dataset_export(
        dataset=row.dataset,
        layout=layout_for(row.dataset, row.layout),
        target=target,
        on_progress=_Pulse(row).beat,
    )
    _finish(row, result, target=target, fingerprint=fingerprint)


def _finish(row: DatasetExport, result: Exported, *, target: Path, fingerprint: str) -> None:
    left_out = result.summary()["left_out"]
    try:
        _end(
            row,
            Status.DONE,
            file=relative(target),
            fingerprint=fingerprint,
            size_bytes=result.size_bytes,
            clips_done=result.clips,
            clips_total=result.clips + len(left_out),
            clips_left_out=len(left_out),
            left_out=left_out[:SHOWN_LEFT_OUT],
            progress=1.0,
        )
    except Superseded:
        target.unlink(missing_ok=True)
        raise


class _Pulse:
    """Keeps the row alive and shows how far it is."""

    def __init__(self, row: DatasetExport) -> None:
        self._row = row
        self._told_at = -SHOWN_EVERY_SECONDS

    def beat(self, done: int, total: int) -> None:
        """Write progress now and then. Raises Superseded."""
        now = time.monotonic()
        if now - self._told_at < SHOWN_EVERY_SECONDS:
            return
        shown = {"clips_done": done, "clips_total": total, "progress": done / total, "heartbeat_at": timezone.now()}
        if not touch(self._row, allowed_in=[Status.RUNNING], attempt=self._row.attempt, **shown):
            raise Superseded
        self._told_at = now


def _end(row: DatasetExport, status: str, **changes: Any) -> None:
    try:
        move(
            row,
            allowed_from=[Status.RUNNING],
            to=status,
            attempt=row.attempt,
            finished_at=timezone.now(),
            **changes,
        )
    except TransitionRefused as refusal:
        raise Superseded from refusal


def _fail(row: DatasetExport, failure: Exception) -> None:
    code, message = coded(failure) or ("export_failed", UNKNOWN)
    detail = getattr(failure, "detail", "") or "".join(traceback.format_exception(failure))
    if coded(failure) is None:
        logger.error("export %s failed: %s", row.pk, detail)
    try:
        _end(row, Status.FAILED, failure_code=code, failure_message=message[:LONGEST_MESSAGE], failure_detail=detail)
    except Superseded:
        logger.info("export %s: attempt %s was superseded", row.pk, row.attempt)
