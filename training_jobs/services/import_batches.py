"""Turn listed rows into clips, batch by batch: files first, then rows, problems and progress in one transaction."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction

from recognition.engine.errors import EngineError
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import remove
from training_jobs.archives.errors import MemberError
from training_jobs.models import Clip, ImportProblem
from training_jobs.readers import Problem, Row
from training_jobs.services.analysis import analyse
from training_jobs.services.bandwidth import bandwidth_hz
from training_jobs.services.clips import checked_label, clip_built, clip_write, clips_here
from training_jobs.services.sentences import duplicate_sentence, rejection_sentence, warning_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source
    from training_jobs.services.analysis import Analysis
    from training_jobs.services.import_pulse import ImportPulse

BATCH_ROWS: Final = 100
# Progress on the page stays alive even where single files are slow.
BATCH_SECONDS: Final = 1.0
LONGEST_CLIP_BYTES: Final = 512 * 1024**2
LONGEST_MESSAGE: Final = 500
LONGEST_FILE: Final = 500


@dataclass(frozen=True)
class Heard:
    """A row whose sound could be read, on its way to being a clip."""

    row: Row
    text: str
    analysis: Analysis
    identity: uuid.UUID


@dataclass
class Batch:
    """What some rows came to. `clips` are unsaved, their files not yet written."""

    rows: int = 0
    heard: list[Heard] = field(default_factory=list)
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
        while done < len(items):
            done += self._read_batch(items, done)
            self._pulse.tell()

    def _read_batch(self, items: Sequence[Row | Problem], start: int) -> int:
        """Read some rows, and return how many; once more where another import stored the same samples just now."""
        for is_last in (False, True):
            batch = self._judge(items, start)
            self._sort_out(batch)
            try:
                self._store(batch, total=len(items))
            except IntegrityError:
                if is_last:
                    raise
                self._import.refresh_from_db()
            else:
                break
        return batch.rows

    def _judge(self, items: Sequence[Row | Problem], start: int) -> Batch:
        batch, ends_at = Batch(), time.monotonic() + BATCH_SECONDS
        for index, item in enumerate(items[start : start + BATCH_ROWS], start=start):
            batch.rows += 1
            if isinstance(item, Problem):
                self._note(batch, item)
            else:
                self._hear(batch, item, index)
            if time.monotonic() >= ends_at:
                break
        return batch

    def _hear(self, batch: Batch, row: Row, index: int) -> None:
        try:
            text = checked_label(row.text)
            content = self._source.read(row.member, limit=LONGEST_CLIP_BYTES)
            analysis = analyse(content, name=row.member)
        except (EngineError, MemberError, ServiceError) as failure:
            self._note(batch, Problem(row.member, failure.code, failure.message))
            return
        measured = replace(analysis, bandwidth_hz=bandwidth_hz(analysis.samples))
        # The identity follows from the place in the upload: an attempt after a kill writes over its own files.
        identity = uuid.uuid5(self._import.pk, str(index))
        batch.heard.append(Heard(row, text, measured, identity))

    def _note(self, batch: Batch, problem: Problem) -> None:
        batch.rejected += problem.is_clip_lost
        batch.problems.append(self._problem(problem.file, problem.code, problem.message, line=problem.line))

    def _sort_out(self, batch: Batch) -> None:
        """Tell clips from duplicates: of the dataset, or of a row before in this upload."""
        here = clips_here(self._import.dataset, {heard.analysis.sha256 for heard in batch.heard})
        for heard in batch.heard:
            other = here.get(heard.analysis.sha256)
            if other is not None:
                self._note_duplicate(batch, heard, other)
                continue
            clip = self._clip(heard)
            here[clip.sha256] = clip
            batch.clips.append(clip)
            batch.problems.extend(self._remarks(clip, heard))
            batch.kept += clip.status == Clip.Status.READY
            batch.rejected += clip.status == Clip.Status.REJECTED

    def _clip(self, heard: Heard) -> Clip:
        return clip_built(
            heard.analysis,
            identity=heard.identity,
            dataset=self._import.dataset,
            source_import=self._import,
            text=heard.text,
            speaker=heard.row.speaker,
            split=heard.row.split,
            origin=Clip.Origin.UPLOAD,
            source_name=heard.row.member,
        )

    def _note_duplicate(self, batch: Batch, heard: Heard, other: Clip) -> None:
        batch.duplicates += 1
        code = "duplicate" if other.text == heard.text else "duplicate_other_label"
        message = duplicate_sentence(other_text=other.text, other_name=other.source_name, text=heard.text)
        batch.problems.append(self._problem(heard.row.member, code, message, clip=other))

    def _remarks(self, clip: Clip, heard: Heard) -> Iterator[ImportProblem]:
        name = heard.row.member
        if clip.rejection_code:
            yield self._problem(name, clip.rejection_code, rejection_sentence(clip.rejection_code), clip=clip)
        for code in clip.warnings:
            sentence = warning_sentence(code, heard.analysis, name=name)
            yield self._problem(name, code, sentence, clip=clip, is_kept=True)

    def _problem(
        self,
        file: str,
        code: str,
        message: str,
        *,
        line: int | None = None,
        clip: Clip | None = None,
        is_kept: bool = False,
    ) -> ImportProblem:
        return ImportProblem(
            dataset_import=self._import,
            file=file[-LONGEST_FILE:],
            line=line,
            code=code,
            message=message[:LONGEST_MESSAGE],
            clip=clip,
            is_kept=is_kept,
        )

    def _store(self, batch: Batch, *, total: int) -> None:
        analyses = {heard.identity: heard.analysis for heard in batch.heard}
        for clip in batch.clips:
            clip_write(clip, analyses[clip.pk])
        try:
            self._commit(batch, total=total)
        except BaseException:
            remove([clip.audio for clip in batch.clips])
            raise

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
            ImportProblem.objects.bulk_create(batch.problems)
