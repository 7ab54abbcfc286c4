"""One attempt at reading an import: claim, open, recognise, list, read in batches, end."""

from __future__ import annotations

import errno
import logging
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone

from speechsite.lib.errors import ServiceError, coded
from speechsite.lib.files import absolute
from speechsite.lib.transitions import TransitionRefused, move
from training_jobs.archives import ArchiveError, ArchiveLimits, open_source
from training_jobs.models import Clip, DatasetImport
from training_jobs.readers import find_reader
from training_jobs.services.bandwidth import librosa_load
from training_jobs.services.import_batches import BatchReader
from training_jobs.services.import_pulse import ImportPulse, Superseded

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from training_jobs.archives import Source
    from training_jobs.readers import Problem, Row

logger = logging.getLogger(__name__)

Status = DatasetImport.Status
LONGEST_REASON: Final = 500
LONGEST_MESSAGE: Final = 500
SOURCE_GONE: Final = "The upload is not there any more. Nothing more was kept; upload it again."
DISK_FULL: Final = "The disk of the site is full."
UNKNOWN: Final = "Reading stopped for a reason this site does not know; whoever runs it finds the details in the log."


def import_run(
    *, import_id: UUID | str, on_progress: Callable[[DatasetImport], None] | None = None
) -> DatasetImport | None:
    """Read an import to its end, and return the row; None where there is none.

    Safe to call twice and after a kill: only one caller wins the claim, each batch is stored together with how far
    it got, and the next attempt goes on behind the last batch. Never raises for what the upload holds.
    """
    row = DatasetImport.objects.select_related("dataset").filter(pk=import_id).first()
    if row is None or not _claim(row):
        return row
    pulse = ImportPulse(row, watch=on_progress)
    try:
        _read(pulse)
    except Superseded:
        logger.info("import %s: attempt %s was superseded", import_id, pulse.attempt)
        return DatasetImport.objects.filter(pk=import_id).first()
    except Exception as failure:  # noqa: BLE001 - whatever happens, the row reaches a final state with a sentence
        _fail(pulse, failure)
    source_remove(row)
    if on_progress:
        on_progress(row)
    return row


def _claim(row: DatasetImport) -> bool:
    now = timezone.now()
    try:
        move(
            row,
            allowed_from=[Status.RECEIVED],
            to=Status.READING,
            is_new_attempt=True,
            heartbeat_at=now,
            started_at=row.started_at or now,
        )
    except TransitionRefused:
        return False
    return True


def _read(pulse: ImportPulse) -> None:
    limits = ArchiveLimits(
        members=settings.MAX_ARCHIVE_MEMBERS,
        unpacked_bytes=settings.MAX_UNPACKED_BYTES,
        ratio=settings.MAX_COMPRESSION_RATIO,
    )
    scratch = settings.PRIVATE_DIR / "imports"
    with open_source(absolute(pulse.row.source), limits=limits, scratch=scratch, tick=pulse.beat) as source:
        items = _listed(pulse, source)
        librosa_load(pulse.beat)
        BatchReader(pulse, source).read(items)
    _check_usable(pulse)
    _finish(pulse)


def _listed(pulse: ImportPulse, source: Source) -> list[Row | Problem]:
    """Recognise the layout and list its rows, in an order that is the same at each attempt."""
    found = find_reader(source, wanted=pulse.row.layout_wanted)
    pulse.beat()
    items = list(found.reader.rows(source))
    pulse.write(
        layout=found.reader.name,
        layout_reason=found.match.reason[:LONGEST_REASON],
        rows_total=len(items),
    )
    return items


def _check_usable(pulse: ImportPulse) -> None:
    """Fail an import that gave nothing at all; one that found only duplicates is done."""
    row = pulse.row
    if row.duplicates or Clip.objects.filter(source_import=row).exists():
        return
    message = (
        f"None of the {row.rows_total:,} entries of this upload can be used. Nothing was kept; the report names the "
        "reason for each."
    )
    raise ArchiveError("nothing_usable", message)


def _finish(pulse: ImportPulse) -> None:
    """End well, with the counts as the database has them."""
    clips = Clip.objects.filter(source_import=pulse.row)
    pulse.end(Status.DONE, clips_kept=clips.filter(status=Clip.Status.READY).count(), progress=1.0)


def _fail(pulse: ImportPulse, failure: Exception) -> None:
    code, message = _named(failure)
    kept = Clip.objects.filter(source_import=pulse.row, status=Clip.Status.READY).count()
    if kept:
        message = f"{message} {kept:,} clips were kept; upload it again and what is here already is left out."
    detail = getattr(failure, "detail", "") or "".join(traceback.format_exception(failure))
    if coded(failure) is None:
        logger.error("import %s failed: %s", pulse.row.pk, detail)
    try:
        pulse.end(Status.FAILED, failure_code=code, failure_message=message[:LONGEST_MESSAGE], failure_detail=detail)
    except Superseded:
        logger.info("import %s: attempt %s was superseded", pulse.row.pk, pulse.attempt)


def import_abandon(*, row: DatasetImport) -> None:
    """End an import that its own foreground process gives up; the clips read so far stay."""
    pulse = ImportPulse(row)
    _fail(pulse, ServiceError("interrupted", "Reading was interrupted."))


def _named(failure: Exception) -> tuple[str, str]:
    known = coded(failure)
    if known:
        return known
    if isinstance(failure, FileNotFoundError):
        return "source_missing", SOURCE_GONE
    if isinstance(failure, OSError) and failure.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "disk_full", DISK_FULL
    return "import_failed", UNKNOWN


def source_remove(row: DatasetImport) -> None:
    """Delete an upload that has been read; what the command was pointed at is left alone."""
    if row.status in DatasetImport.FINAL and not Path(row.source).is_absolute():
        absolute(row.source).unlink(missing_ok=True)
