"""The dry run of an import: every row is read and every sound decoded, and nothing is kept but the report."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from training_jobs.models import Clip, DatasetImport, ImportProblem
from training_jobs.readers import Problem, questions_of
from training_jobs.services.clips import clips_here
from training_jobs.services.import_batches import duplicate_of
from training_jobs.services.import_examples import Examples
from training_jobs.services.import_hearing import Heard, Hearing, remarks
from training_jobs.services.import_listing import upload_listed, upload_opened
from training_jobs.services.import_options import KIND, KIND_AUTO
from training_jobs.services.import_problems import problem_at, problem_row
from training_jobs.services.import_pulse import ImportPulse, Superseded
from training_jobs.services.import_report import Checked, report_of, whole_upload_problems
from training_jobs.services.import_run import import_claim, import_fail
from training_jobs.services.import_tally import KEPT, LEFT_OUT, NOTED, Tally
from training_jobs.services.import_uploads import upload_remove
from training_jobs.services.storable import storable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from uuid import UUID

    from training_jobs.archives import Source
    from training_jobs.models import Dataset
    from training_jobs.readers import Row
    from training_jobs.services.import_listing import Listing

logger = logging.getLogger(__name__)

Status = DatasetImport.Status
BATCH_ROWS: Final = 100
BATCH_SECONDS: Final = 0.5


class Watched(Protocol):
    """What a dry run tells of itself: an ImportPulse for a row of the database, a LoosePulse for one that never was."""

    row: DatasetImport

    def beat(self) -> None: ...
    def write(self, **changes: Any) -> None: ...
    def tell(self) -> None: ...


class LoosePulse:
    """The pulse of an import that is in no database."""

    def __init__(self, row: DatasetImport, *, watch: Callable[[DatasetImport], None] | None) -> None:
        self.row = row
        self.problems: list[ImportProblem] = []
        self._watch = watch

    def beat(self) -> None:
        """Nobody waits for a sign of life."""

    def write(self, **changes: Any) -> None:
        """Set what a row would be told."""
        for name, value in changes.items():
            setattr(self.row, name, value)

    def tell(self) -> None:
        """Show the row to whoever watches."""
        if self._watch:
            self._watch(self.row)


def import_check(
    *, import_id: UUID | str, on_progress: Callable[[DatasetImport], None] | None = None
) -> DatasetImport | None:
    """Look at a whole upload and wait for the user's word; return the row, None where there is none.

    Safe to call twice and after a kill: only one caller wins the claim, and an attempt begins anew. Never raises for
    what the upload holds.
    """
    row = DatasetImport.objects.select_related("dataset").filter(pk=import_id).first()
    if row is None or not row.is_check_wanted or not import_claim(row, to=Status.CHECKING):
        return row
    pulse = ImportPulse(row, watch=on_progress)
    try:
        _check(pulse)
    except Superseded:
        return _superseded(row)
    except Exception as failure:  # noqa: BLE001 - whatever happens, the row reaches a state with a sentence
        import_fail(pulse, failure)
        upload_remove(row)
    pulse.tell()
    return row


def dry_run(
    *,
    dataset: Dataset,
    path: Path,
    layout: str,
    options: dict[str, Any],
    on_progress: Callable[[DatasetImport], None] | None = None,
) -> tuple[dict[str, Any], list[ImportProblem]]:
    """Check an archive or folder on this machine and keep nothing, not even a row; return report and problems.

    `dataset` need not be saved. Raises ArchiveError where the upload cannot be used at all.
    """
    row = DatasetImport(
        dataset=dataset, source_name=path.name, source=str(path.resolve()), layout_wanted=layout, options=options
    )
    pulse = LoosePulse(row, watch=on_progress)
    report = _report(pulse, pulse.problems.extend)
    return report, pulse.problems


def _check(pulse: ImportPulse) -> None:
    pulse.write(rows_done=0, rows_total=0, progress=0.0)
    pulse.row.problems.all().delete()
    report = _report(pulse, _Problems(pulse).keep)
    pulse.leave(Status.CHECKED, report=report, progress=1.0)


def _report(pulse: Watched, keep: Callable[[list[ImportProblem]], None]) -> dict[str, Any]:
    """Open, list, listen, judge: the steps of a dry run."""
    with upload_opened(pulse.row, tick=pulse.beat) as source:
        listing = upload_listed(pulse.row, source, tick=pulse.beat)
        pulse.write(**listing.as_columns(), rows_total=len(listing.items))
        checker = UploadChecker(pulse, source, keep=keep, kind=_kind(pulse.row, listing))
        checker.look(listing.items)
        checked = checker.checked(listing, questions=questions_of(listing.found.reader, source))
    report: dict[str, Any] = storable_json(report_of(checked))
    keep([problem_row(pulse.row, problem) for problem in whole_upload_problems(checked.tally)])
    return report


def _kind(row: DatasetImport, listing: Listing) -> str:
    """Return what the clips will say: what the dataset holds, else what was answered, else by the look of the texts."""
    answer = row.options.get(KIND, "")
    if not is_empty(row.dataset):
        return row.dataset.kind
    return answer if answer and answer != KIND_AUTO else listing.kind


def is_empty(dataset: Dataset) -> bool:
    """Say whether the kind of a dataset may still be chosen."""
    return not Clip.objects.filter(dataset=dataset).exists()


def _superseded(row: DatasetImport) -> DatasetImport | None:
    logger.info("import %s: attempt %s of its dry run was superseded", row.pk, row.attempt)
    now = DatasetImport.objects.filter(pk=row.pk).first()
    if now is not None:
        upload_remove(now)  # thrown away in the meantime, and this attempt may have written examples since
    return now


class _Problems:
    """Keeps problems of the database's row, behind the fence of its attempt."""

    def __init__(self, pulse: ImportPulse) -> None:
        self._pulse = pulse

    def keep(self, problems: list[ImportProblem]) -> None:
        with transaction.atomic():
            self._pulse.write()
            ImportProblem.objects.bulk_create(problems)


class UploadChecker:
    """Listens to the rows of one upload and counts."""

    def __init__(
        self, pulse: Watched, source: Source, *, keep: Callable[[list[ImportProblem]], None], kind: str
    ) -> None:
        self.tally = Tally()
        self.examples = Examples(pulse.row)
        self._pulse = pulse
        self._source = source
        self._keep = keep
        self._kind = kind
        self._problems: list[ImportProblem] = []

    def look(self, items: Sequence[Row | Problem]) -> None:
        """Listen to all rows to the end. Raises Superseded where the import is not this attempt's any more."""
        done = 0
        with Hearing(self._source, kind=self._kind, tick=self._pulse.beat) as hearing:
            while done < len(items):
                done += self._look_at(hearing, items, done)
                self._keep(self._problems)
                self._problems = []
                self._pulse.write(rows_done=done, progress=done / len(items))
                self._pulse.tell()

    def checked(self, listing: Listing, *, questions: list[Any]) -> Checked:
        """Return what the report is made of."""
        return Checked(
            row=self._pulse.row,
            listing=listing,
            tally=self.tally,
            examples=self.examples,
            questions=questions,
            kind=self._kind,
            kind_guess=listing.kind,
            is_empty=is_empty(self._pulse.row.dataset),
            tick=self._pulse.beat,
        )

    def _look_at(self, hearing: Hearing, items: Sequence[Row | Problem], start: int) -> int:
        """Listen to some rows, and return how many."""
        heard, rows, ends_at = [], 0, time.monotonic() + BATCH_SECONDS
        for item in items[start : start + BATCH_ROWS]:
            rows += 1
            outcome = item if isinstance(item, Problem) else hearing.hear(item)
            for odd in hearing.odd_recordings():
                self._note(odd, KEPT)
            if isinstance(outcome, Problem):
                self.tally.rows += outcome.is_clip_lost
                self._note(outcome, LEFT_OUT if outcome.is_clip_lost else NOTED)
            else:
                self.tally.rows += 1
                heard.append(outcome)
            if time.monotonic() >= ends_at:
                break
        self._sort_out(heard)
        return rows

    def _sort_out(self, heard: list[Heard]) -> None:
        """Tell new sounds from those of the dataset, or of a row before in this upload."""
        here = clips_here(self._pulse.row.dataset, {one.analysis.sha256 for one in heard})
        for one in heard:
            digest = bytes.fromhex(one.analysis.sha256)
            earlier, clip = self.tally.seen.get(digest), here.get(one.analysis.sha256)
            if clip is not None:
                self.tally.duplicates_in_dataset += 1
                self._duplicate(one, text=clip.text, name=clip.source_name, split=clip.split)
            elif earlier is not None:
                self.tally.duplicates_in_upload += 1
                self._duplicate(one, text=earlier.text, name=earlier.row.member, split=earlier.row.split)
            else:
                self._take(one, digest)

    def _take(self, one: Heard, digest: bytes) -> None:
        self.tally.keep(one, digest)
        self.examples.offer_row(one)
        for problem, is_kept in remarks(one):
            example = self.examples.offer(one, f"code {problem.code}")
            self._note(problem, KEPT if is_kept else LEFT_OUT, example=example)

    def _duplicate(self, one: Heard, *, text: str, name: str, split: str) -> None:
        problem = duplicate_of(one, other_text=text, other_name=name)
        self._note(problem, LEFT_OUT, example=self.examples.offer(one, f"code {problem.code}"))
        if split and one.row.split and split != one.row.split:
            self.tally.sounds_in_two_splits += 1
            message = _("Has the same samples as “{name}”, which is in the split “{split}”, not “{own_split}”.").format(
                name=name, split=split, own_split=one.row.split
            )
            self._note(problem_at(one.row, "audio_in_two_splits", message), NOTED)

    def _note(self, problem: Problem, outcome: str, *, example: int | None = None) -> None:
        self.tally.note(problem, outcome, example=example)
        self._problems.append(problem_row(self._pulse.row, problem, is_kept=outcome == KEPT))
