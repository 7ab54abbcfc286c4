"""Turn listed rows into clips, batch by batch: files first, then rows, problems and progress in one transaction."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction

from speechsite.lib.files import remove
from training_jobs.models import Clip, DatasetImport, ImportProblem
from training_jobs.readers import Problem
from training_jobs.services.bandwidth import bandwidth_hz
from training_jobs.services.clips import LONGEST_SOURCE_NAME, clip_built, clip_write, clips_here
from training_jobs.services.import_hearing import Heard, Hearing, remarks
from training_jobs.services.import_problems import problem_at, problem_row
from training_jobs.services.import_pulse import Superseded
from training_jobs.services.remembered import dataset_changed
from training_jobs.services.sentences import duplicate_sentence
from training_jobs.services.storable import storable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training_jobs.archives import Source
    from training_jobs.readers import Row
    from training_jobs.readers.rows import Recorded
    from training_jobs.services.import_pulse import ImportPulse

BATCH_ROWS: Final = 100
# Progress on the page stays alive even where single files are slow.
BATCH_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Sounding:
    """A row that was heard, with the identity its clip will have."""

    heard: Heard
    identity: uuid.UUID


@dataclass
class Batch:
    """What some rows came to. `clips` are unsaved, their files not yet written."""

    rows: int = 0
    sounding: list[Sounding] = field(default_factory=list)
    problems: list[ImportProblem] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    kept: int = 0
    rejected: int = 0
    duplicates: int = 0


class BatchReader:
    """Reads the rows of one import behind those an earlier attempt has stored."""

    def __init__(self, pulse: ImportPulse, source: Source) -> None:
        self._pulse = pulse
        self._import = pulse.row
        self._source = source

    def read(self, items: Sequence[Row | Problem]) -> None:
        """Read all rows to the end. Raises Superseded where another attempt owns the import."""
        done = self._import.rows_done
        with Hearing(self._source, kind=self._import.dataset.kind, tick=self._pulse.beat) as hearing:
            while done < len(items):
                done += self._read_batch(hearing, items, done)
                self._pulse.tell()

    def _read_batch(self, hearing: Hearing, items: Sequence[Row | Problem], start: int) -> int:
        """Read some rows, and return how many.

        They are heard once; what they come to is worked out again where another import stored the same samples just
        now.
        """
        judged = self._judge(hearing, items, start)
        for is_last in (False, True):
            batch = replace(judged, problems=list(judged.problems), clips=[])
            self._sort_out(batch)
            try:
                self._store(batch, total=len(items))
            except IntegrityError:
                if is_last:
                    raise
                self._import.refresh_from_db()
            else:
                break
        return judged.rows

    def _judge(self, hearing: Hearing, items: Sequence[Row | Problem], start: int) -> Batch:
        batch, ends_at = Batch(), time.monotonic() + BATCH_SECONDS
        for index, item in enumerate(items[start : start + BATCH_ROWS], start=start):
            batch.rows += 1
            outcome = item if isinstance(item, Problem) else hearing.hear(item)
            batch.problems.extend(problem_row(self._import, odd, is_kept=True) for odd in hearing.odd_recordings())
            if isinstance(outcome, Problem):
                batch.rejected += outcome.is_clip_lost
                batch.problems.append(problem_row(self._import, outcome))
            else:
                # The identity follows from the place in the upload: an attempt after a kill writes over its own files.
                batch.sounding.append(Sounding(_with_bandwidth(outcome), uuid.uuid5(self._import.pk, str(index))))
            if time.monotonic() >= ends_at:
                break
        return batch

    def _sort_out(self, batch: Batch) -> None:
        """Tell clips from duplicates: of the dataset, or of a row before in this upload."""
        here = clips_here(self._import.dataset, {one.heard.analysis.sha256 for one in batch.sounding})
        for one in batch.sounding:
            other = here.get(one.heard.analysis.sha256)
            if other is not None:
                self._note_duplicate(batch, one.heard, other)
                continue
            clip = self._clip(one)
            here[clip.sha256] = clip
            batch.clips.append(clip)
            for problem, is_kept in remarks(one.heard):
                batch.problems.append(problem_row(self._import, problem, clip=clip, is_kept=is_kept))
            batch.kept += clip.status == Clip.Status.READY
            batch.rejected += clip.status == Clip.Status.REJECTED

    def _clip(self, one: Sounding) -> Clip:
        row = one.heard.row
        clip = clip_built(
            one.heard.analysis,
            identity=one.identity,
            dataset=self._import.dataset,
            source_import=self._import,
            text=one.heard.text,
            speaker=row.speaker,
            split=row.split,
            origin=Clip.Origin.UPLOAD,
            source_name=row.member,
            source_start_seconds=row.start_seconds,
            source_end_seconds=row.end_seconds,
        )
        return _as_recorded(clip, row.recorded) if row.recorded else clip

    def _note_duplicate(self, batch: Batch, heard: Heard, other: Clip) -> None:
        batch.duplicates += 1
        problem = duplicate_of(heard, other_text=other.text, other_name=other.source_name)
        batch.problems.append(problem_row(self._import, problem, clip=other))

    def _store(self, batch: Batch, *, total: int) -> None:
        analyses = {one.identity: one.heard.analysis for one in batch.sounding}
        for clip in batch.clips:
            clip_write(clip, analyses[clip.pk])
        try:
            self._commit(batch, total=total)
        except Superseded:
            self._leave_to_successor(batch)
            raise
        except BaseException:
            remove([clip.audio for clip in batch.clips])
            raise

    def _leave_to_successor(self, batch: Batch) -> None:
        """Remove files that no clip has and no newer attempt, which gives its clips the same files, will have."""
        if DatasetImport.objects.filter(pk=self._import.pk, status__in=DatasetImport.ACTIVE).exists():
            return
        kept = set(Clip.objects.filter(pk__in=[clip.pk for clip in batch.clips]).values_list("pk", flat=True))
        remove([clip.audio for clip in batch.clips if clip.pk not in kept])

    def _commit(self, batch: Batch, *, total: int) -> None:
        row = self._import
        with transaction.atomic():
            # The fence comes first: a superseded attempt leaves nothing behind.
            self._pulse.write(
                rows_done=row.rows_done + batch.rows,
                clips_kept=row.clips_kept + batch.kept,
                clips_rejected=row.clips_rejected + batch.rejected,
                duplicates=row.duplicates + batch.duplicates,
                progress=min(1.0, (row.rows_done + batch.rows) / total),
            )
            Clip.objects.bulk_create(batch.clips)
            dataset_changed(row.dataset_id)
            ImportProblem.objects.bulk_create(batch.problems)


def duplicate_of(heard: Heard, *, other_text: str, other_name: str) -> Problem:
    """Return the problem of a row whose samples are there already."""
    code = "duplicate" if other_text == heard.text else "duplicate_other_label"
    message = duplicate_sentence(other_text=other_text, other_name=other_name, text=heard.text)
    return problem_at(heard.row, code, message)


def _as_recorded(clip: Clip, recorded: Recorded) -> Clip:
    """Give a clip that comes out of an export of this site what it was made from, before its samples were stored."""
    clip.origin = recorded.origin or clip.origin
    clip.source_sample_rate_hz = recorded.sample_rate_hz or clip.source_sample_rate_hz
    clip.source_name = storable(recorded.name)[:LONGEST_SOURCE_NAME] or clip.source_name
    clip.source_start_seconds = recorded.start_seconds
    clip.source_end_seconds = recorded.end_seconds
    return clip


def _with_bandwidth(heard: Heard) -> Heard:
    analysis = replace(heard.analysis, bandwidth_hz=bandwidth_hz(heard.analysis.samples))
    return replace(heard, analysis=analysis)
