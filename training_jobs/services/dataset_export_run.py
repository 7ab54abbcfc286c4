"""One attempt at writing an export: claim, write, end. Every write on the row is fenced by the attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

from speechsite.lib.attempts import AttemptPulse, Superseded, attempt_end, attempt_run
from speechsite.lib.files import private_path, relative
from training_jobs.models import DatasetExport
from training_jobs.services.dataset_export import dataset_export, layout_for
from training_jobs.services.dataset_export_rows import FOLDER, fingerprint_of

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from training_jobs.services.dataset_export import Exported

Status = DatasetExport.Status
SHOWN_LEFT_OUT: Final = 500
UNKNOWN: Final = gettext_lazy(
    "Writing stopped for a reason this site does not know; whoever runs it finds the details in the log."
)


def export_run(*, export_id: UUID | str) -> DatasetExport | None:
    """Write an export to its end, and return the row; None where there is none.

    Safe to call twice and after a kill: only one caller wins the claim, and the file appears whole. Never raises for
    what the dataset holds.
    """
    row = DatasetExport.objects.select_related("dataset").filter(pk=export_id).first()
    if row is None:
        return None
    attempt_run(row, lambda: _write(row), code="export_failed", unknown=str(UNKNOWN), clips_done=0)
    return DatasetExport.objects.select_related("dataset").filter(pk=export_id).first()


def _write(row: DatasetExport) -> None:
    # The fingerprint comes first: what is changed while the file is written makes the file an old one.
    fingerprint = fingerprint_of(row.dataset)
    # Each attempt has a file of its own: one that was declared lost may still be writing.
    target = private_path(FOLDER, row.pk, f"-{row.attempt}.zip")
    target.parent.mkdir(parents=True, exist_ok=True)
    pulse = AttemptPulse(row)
    result = dataset_export(
        dataset=row.dataset,
        layout=layout_for(row.dataset, row.layout),
        target=target,
        on_progress=lambda done, total: pulse.beat(done / total, clips_done=done, clips_total=total),
    )
    _finish(row, result, target=target, fingerprint=fingerprint)


def _finish(row: DatasetExport, result: Exported, *, target: Path, fingerprint: str) -> None:
    left_out = result.summary()["left_out"]
    try:
        attempt_end(
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
