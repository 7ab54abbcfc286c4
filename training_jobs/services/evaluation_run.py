"""One evaluation, from claim to a named end: every version hears the clips, then they are compared."""

from __future__ import annotations

import logging
import time
import traceback
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError, coded
from speechsite.lib.transitions import TransitionRefused, move, touch
from training_jobs.models import EvaluatedClip, Evaluation
from training_jobs.services.comparison import Pair, compared
from training_jobs.services.evaluations import versions_of
from training_jobs.services.version_evaluation import clips_to_hear, nothing_to_hear, version_judge

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.db.models import QuerySet

    from recognition.models import ModelVersion
    from training_jobs.models import Clip
    from training_jobs.services.version_evaluation import HeardClip, Judged

logger = logging.getLogger(__name__)

Status = Evaluation.Status
SHOWN_EVERY_SECONDS: Final = 0.5
BATCH: Final = 1_000
LONGEST_MESSAGE: Final = 500
UNKNOWN: Final = "Hearing stopped for a reason this site does not know; whoever runs it finds the details in the log."
NOTHING_IN_COMMON: Final = "No clip could be heard by both versions, so they cannot be compared on {name}."


class Superseded(Exception):  # noqa: N818 - it is no fault of this attempt
    """The evaluation was taken back or deleted."""


def evaluation_run(*, evaluation_id: UUID | str, watch: Callable[[float], None] | None = None) -> Evaluation | None:
    """Hear the clips to the end and return the row; None where there is none. `watch` is told the share that is done.

    Safe to call twice and after a kill: only one caller wins the claim, and results are kept all at once.
    """
    row = _row(evaluation_id)
    if row is None or not _claim(row):
        return row
    try:
        _finish(row, _hear(row, watch))
    except Superseded:
        logger.info("evaluation %s: attempt %s was superseded", evaluation_id, row.attempt)
    except Exception as failure:  # noqa: BLE001 - whatever happens, the row reaches a final state with a sentence
        _fail(row, failure)
    return _row(evaluation_id)


def _row(evaluation_id: UUID | str) -> Evaluation | None:
    rows = Evaluation.objects.select_related("version__recognizer", "against__recognizer", "dataset")
    return rows.filter(pk=evaluation_id).first()


def _claim(row: Evaluation) -> bool:
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
        )
    except TransitionRefused:
        return False
    return True


def _hear(row: Evaluation, watch: Callable[[float], None] | None) -> list[Judged]:
    """Let every version hear the clips, the judged one first."""
    versions = versions_of(row.version, row.against)
    clips = clips_to_hear(versions=versions, dataset=row.dataset, split=row.split)
    pulse = _Pulse(row, total=clips.count() * len(versions), watch=watch)
    return [_judged(version, clips, row, pulse) for version in versions]


def _judged(version: ModelVersion, clips: QuerySet[Clip], row: Evaluation, pulse: _Pulse) -> Judged:
    judged = version_judge(version=version, clips=clips, split=row.split, progress=pulse.beat)
    if judged is None:
        raise nothing_to_hear(row.dataset, row.split)
    pulse.next_version(clips.count())
    return judged


def _finish(row: Evaluation, judged: list[Judged]) -> None:
    """Keep figures, comparison and clips with the end of the row, all or nothing."""
    versions = versions_of(row.version, row.against)
    figures = {str(version): one.document for version, one in zip(versions, judged, strict=True)}
    document = {"versions": figures, "comparison": _compared(row, judged) if row.against else None}
    with transaction.atomic():
        _keep(row, judged)
        _end(row, Status.DONE, document=document, progress=1.0)


def _compared(row: Evaluation, judged: list[Judged]) -> dict[str, Any]:
    others = {one.clip_id: one for one in judged[1].clips}
    pairs = [_pair(one, others[one.clip_id]) for one in judged[0].clips if one.clip_id in others]
    if not pairs:
        raise ServiceError("nothing_in_common", NOTHING_IN_COMMON.format(name=row.dataset.name))
    noun = "words" if row.dataset.kind == Kind.SENTENCES else "clips"
    return asdict(compared(pairs, name=str(row.version), against=str(row.against), noun=noun))


def _pair(one: HeardClip, other: HeardClip) -> Pair:
    return Pair(one.speaker, one.word_errors, one.words, other.word_errors, other.words)


def _keep(row: Evaluation, judged: list[Judged]) -> None:
    """Keep what was heard in each clip, in place of what an earlier attempt kept."""
    others = {one.clip_id: one for one in judged[1].clips} if row.against else {}
    rows = (_evaluated(row, one, others.get(one.clip_id)) for one in judged[0].clips)
    EvaluatedClip.objects.filter(evaluation=row).delete()
    EvaluatedClip.objects.bulk_create(rows, batch_size=BATCH)


def _evaluated(row: Evaluation, one: HeardClip, other: HeardClip | None) -> EvaluatedClip:
    found = EvaluatedClip(
        evaluation=row,
        clip_id=one.clip_id,
        speaker=one.speaker,
        said=one.said,
        heard=one.heard,
        answer=one.answer,
        confidence=one.confidence,
        words=one.words,
        word_errors=one.word_errors,
    )
    if other:
        found.against_said, found.against_heard = other.said, other.heard
        found.against_confidence, found.against_word_errors = other.confidence, other.word_errors
        found.change = _pair(one, other).change
    return found


class _Pulse:
    """Keeps the row alive and shows how far it is."""

    def __init__(self, row: Evaluation, *, total: int, watch: Callable[[float], None] | None) -> None:
        self._row, self._total, self._watch = row, max(1, total), watch
        self._before = 0
        self._told_at = -SHOWN_EVERY_SECONDS

    def next_version(self, done: int) -> None:
        """Count on from what the version before has heard."""
        self._before += done

    def beat(self, done: int) -> None:
        """Write progress now and then. Raises Superseded."""
        now = time.monotonic()
        if now - self._told_at < SHOWN_EVERY_SECONDS:
            return
        share = min(1.0, (self._before + done) / self._total)
        now_there = {"progress": share, "heartbeat_at": timezone.now()}
        if not touch(self._row, allowed_in=[Status.RUNNING], attempt=self._row.attempt, **now_there):
            raise Superseded
        if self._watch:
            self._watch(share)
        self._told_at = now


def _end(row: Evaluation, status: str, **changes: Any) -> None:
    try:
        move(row, allowed_from=[Status.RUNNING], to=status, attempt=row.attempt, finished_at=timezone.now(), **changes)
    except TransitionRefused as refusal:
        raise Superseded from refusal


def _fail(row: Evaluation, failure: Exception) -> None:
    code, message = coded(failure) or ("evaluation_failed", UNKNOWN)
    detail = getattr(failure, "detail", "") or "".join(traceback.format_exception(failure))
    if coded(failure) is None:
        logger.error("evaluation %s failed: %s", row.pk, detail)
    try:
        _end(row, Status.FAILED, failure_code=code, failure_message=message[:LONGEST_MESSAGE], failure_detail=detail)
    except Superseded:
        logger.info("evaluation %s: attempt %s was superseded", row.pk, row.attempt)
