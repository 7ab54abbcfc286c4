"""One attempt at reading an import: claim, open, recognise, list, read in batches, end."""

from __future__ import annotations

import errno
import logging
import traceback
from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.engine.writing import rules_for
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError, coded
from speechsite.lib.numbers import thousands_text
from speechsite.lib.transitions import TransitionRefused, move
from training_jobs.archives import ArchiveError
from training_jobs.models import Clip, DatasetImport
from training_jobs.readers import Row
from training_jobs.services.bandwidth import librosa_load
from training_jobs.services.datasets import dataset_kind_set, dataset_take_over
from training_jobs.services.import_batches import BatchReader
from training_jobs.services.import_listing import upload_listed, upload_opened
from training_jobs.services.import_options import KIND, KIND_AUTO, RULES
from training_jobs.services.import_pulse import ImportPulse, Superseded
from training_jobs.services.import_uploads import upload_remove

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from training_jobs.archives import Source
    from training_jobs.readers import Problem
    from training_jobs.services.import_listing import Listing

logger = logging.getLogger(__name__)

Status = DatasetImport.Status
LONGEST_MESSAGE: Final = 500
SOURCE_GONE: Final = gettext_lazy("The upload is not there any more. Nothing more was kept; upload it again.")
DISK_FULL: Final = gettext_lazy("The disk of the site is full.")
UNKNOWN: Final = gettext_lazy(
    "Reading stopped for a reason this site does not know; whoever runs it finds the details in the log."
)


def import_run(
    *, import_id: UUID | str, on_progress: Callable[[DatasetImport], None] | None = None
) -> DatasetImport | None:
    """Read an import to its end, and return the row; None where there is none.

    Safe to call twice and after a kill: only one caller wins the claim, each batch is stored together with how far
    it got, and the next attempt goes on behind the last batch. Never raises for what the upload holds.
    """
    row = DatasetImport.objects.select_related("dataset").filter(pk=import_id).first()
    if row is None or row.is_check_wanted or not import_claim(row, to=Status.READING):
        return row
    pulse = ImportPulse(row, watch=on_progress)
    try:
        _read(pulse)
    except Superseded:
        logger.info("import %s: attempt %s was superseded", import_id, pulse.attempt)
        return DatasetImport.objects.filter(pk=import_id).first()
    except Exception as failure:  # noqa: BLE001 - whatever happens, the row reaches a final state with a sentence
        import_fail(pulse, failure)
    upload_remove(row)
    pulse.tell()
    return row


def import_claim(row: DatasetImport, *, to: str) -> bool:
    """Say whether this caller has won a waiting import. The fence: nobody worked on it since the row was looked at."""
    now = timezone.now()
    try:
        move(
            row,
            allowed_from=[Status.RECEIVED],
            to=to,
            attempt=row.attempt,
            is_new_attempt=True,
            heartbeat_at=now,
            started_at=row.started_at or now,
        )
    except TransitionRefused:
        return False
    return True


def _read(pulse: ImportPulse) -> None:
    with upload_opened(pulse.row, tick=pulse.beat) as source:
        items = _listed(pulse, source)
        librosa_load(pulse.beat)
        BatchReader(pulse, source).read(items)
    _check_usable(pulse)
    _finish(pulse)


def _listed(pulse: ImportPulse, source: Source) -> list[Row | Problem]:
    """Recognise the layout and list its rows, in an order that is the same at each attempt."""
    listing = upload_listed(pulse.row, source, tick=pulse.beat)
    pulse.write(**listing.as_columns(), rows_total=len(listing.items))
    if not pulse.row.rows_done:
        _begin(pulse.row, listing)
    return listing.items


def _begin(row: DatasetImport, listing: Listing) -> None:
    """Forget what a dry run found, and settle what was left to this moment. Raises ServiceError kind_fixed."""
    row.problems.all().delete()
    items, kind = listing.items, row.options.get(KIND, "")
    # Only a dataset that is still empty goes by what an upload says of itself, or by the look of its texts.
    is_new = not Clip.objects.filter(dataset=row.dataset).exists()
    if kind == KIND_AUTO:
        kind = listing.kind if is_new else row.dataset.kind
    if kind:
        dataset_kind_set(dataset=row.dataset, kind=kind)
    if is_new and listing.about:
        dataset_take_over(dataset=row.dataset, about=listing.about)
    if row.options.get(RULES) and not row.report and row.dataset.kind == Kind.SENTENCES:
        texts = (item.text for item in items if isinstance(item, Row))
        suggested = rules_for(texts, language=row.dataset.language).as_dict()
        row.dataset.text_rules = {**suggested, **row.options[RULES]}
        row.dataset.save(update_fields=["text_rules", "updated_at"])


def _check_usable(pulse: ImportPulse) -> None:
    """Fail an import that gave nothing at all; one that found only duplicates is done."""
    row = pulse.row
    if row.duplicates or Clip.objects.filter(source_import=row).exists():
        return
    message = _(
        "None of the {count} entries of this upload can be used. Nothing was kept; the report names the "
        "reason for each."
    )
    raise ArchiveError("nothing_usable", message.format(count=thousands_text(row.rows_total)))


def _finish(pulse: ImportPulse) -> None:
    """End well, with the counts as the database has them."""
    clips = Clip.objects.filter(source_import=pulse.row)
    pulse.end(Status.DONE, clips_kept=clips.filter(status=Clip.Status.READY).count(), progress=1.0)


def import_fail(pulse: ImportPulse, failure: Exception) -> None:
    """End an import that cannot go on, with a sentence; what was kept before stays."""
    code, message = failure_named(failure)
    kept = Clip.objects.filter(source_import=pulse.row, status=Clip.Status.READY).count()
    if kept:
        message = _("{reason} {count} clips were kept; upload it again and what is here already is left out.").format(
            reason=message, count=thousands_text(kept)
        )
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
    import_fail(pulse, ServiceError("interrupted", _("Reading was interrupted.")))


def failure_named(failure: Exception) -> tuple[str, str]:
    """Return code and sentence of whatever ended an import."""
    known = coded(failure)
    if known:
        return known
    if isinstance(failure, FileNotFoundError):
        return "source_missing", str(SOURCE_GONE)
    if isinstance(failure, OSError) and failure.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "disk_full", str(DISK_FULL)
    return "import_failed", str(UNKNOWN)
