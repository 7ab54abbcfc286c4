"""Attempts at long work that a row tracks: claimed, kept alive, ended, taken back when their worker is lost.

The row goes queued -> running -> done or failed and has attempt, heartbeat_at, started_at, finished_at, progress,
failure_code, failure_message and failure_detail. Every write is fenced by the attempt.
"""

from __future__ import annotations

import logging
import time
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from speechsite.lib.errors import coded
from speechsite.lib.interface_language import language_of
from speechsite.lib.transitions import TransitionRefused, move, touch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise, StrPromise

logger = logging.getLogger(__name__)

QUEUED, RUNNING, FAILED = "queued", "running", "failed"
SHOWN_EVERY_SECONDS: Final = 0.5
LONGEST_MESSAGE: Final = 500


class Superseded(Exception):  # noqa: N818 - it is no fault of this attempt
    """The row was taken back or deleted, so this attempt no longer counts."""


def attempt_run(row: Any, work: Callable[[], None], *, code: str, unknown: StrOrPromise, **at_the_start: Any) -> None:
    """Claim a queued row and do its work; whatever happens, a row that is still ours reaches a final state.

    Nothing is done where another attempt was first. A failure without a sentence of its own gets `code` and `unknown`.
    """
    if not _claimed(row, **at_the_start):
        return
    try:
        work()
    except Superseded:
        logger.info("%s: attempt %s was superseded", row.pk, row.attempt)
    except Exception as failure:  # noqa: BLE001 - the row reaches a final state with a sentence
        _fail(row, failure, code=code, unknown=unknown)


def _claimed(row: Any, **changes: Any) -> bool:
    now = timezone.now()
    try:
        move(
            row,
            allowed_from=[QUEUED],
            to=RUNNING,
            is_new_attempt=True,
            heartbeat_at=now,
            started_at=row.started_at or now,
            progress=0.0,
            **changes,
        )
    except TransitionRefused:
        return False
    return True


def attempt_end(row: Any, status: str, **changes: Any) -> None:
    """End a running row; raises Superseded where it is no longer this attempt's."""
    try:
        move(row, allowed_from=[RUNNING], to=status, attempt=row.attempt, finished_at=timezone.now(), **changes)
    except TransitionRefused as refusal:
        raise Superseded from refusal


def _fail(row: Any, failure: Exception, *, code: str, unknown: StrOrPromise) -> None:
    known = coded(failure)
    code, message = known or (code, str(unknown))
    detail = getattr(failure, "detail", "") or "".join(traceback.format_exception(failure))
    if known is None:
        logger.error("%s failed: %s", row.pk, detail)
    try:
        attempt_end(row, FAILED, failure_code=code, failure_message=message[:LONGEST_MESSAGE], failure_detail=detail)
    except Superseded:
        logger.info("%s: attempt %s was superseded", row.pk, row.attempt)


class AttemptPulse:
    """Keeps a running row alive and shows how far it is."""

    def __init__(self, row: Any) -> None:
        self._row = row
        self._told_at = -SHOWN_EVERY_SECONDS

    def beat(self, progress: float, **changes: Any) -> None:
        """Write progress now and then. Raises Superseded."""
        now = time.monotonic()
        if now - self._told_at < SHOWN_EVERY_SECONDS:
            return
        shown = {"progress": min(1.0, progress), "heartbeat_at": timezone.now(), **changes}
        if not touch(self._row, allowed_in=[RUNNING], attempt=self._row.attempt, **shown):
            raise Superseded
        self._told_at = now


def attempts_reap(rows: QuerySet[Any], *, worker_lost: StrPromise) -> list[UUID]:
    """Take back rows whose worker is silent; return those to put on the queue again, with what the queue lost.

    After settings.MAX_ATTEMPTS a row fails as worker_lost, with `worker_lost` as its sentence, given `attempts`.
    """
    now = timezone.now()
    silent_since = now - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    lost = rows.filter(Q(heartbeat_at__lt=silent_since) | Q(heartbeat_at=None), status=RUNNING)
    again = [row.pk for row in list(lost.order_by("created_at")) if _taken_back(row, now, worker_lost)]
    return again + _unsent(rows, now)


def _taken_back(row: Any, now: datetime, worker_lost: StrPromise) -> bool:
    """Say whether the row waits again; the next attempt begins at the beginning."""
    try:
        if row.attempt < settings.MAX_ATTEMPTS:
            move(row, allowed_from=[RUNNING], to=QUEUED, attempt=row.attempt, heartbeat_at=now)
            return True
        with language_of(row):
            sentence = worker_lost.format(attempts=row.attempt)
        move(
            row,
            allowed_from=[RUNNING],
            to=FAILED,
            attempt=row.attempt,
            failure_code="worker_lost",
            failure_message=sentence,
            finished_at=now,
        )
    except TransitionRefused:
        logger.info("%s: it came back to life, or ended, in the meantime", row.pk)
    return False


def _unsent(rows: QuerySet[Any], now: datetime) -> list[UUID]:
    """Return what has waited longer than a free worker needs to answer, marking it as sent now."""
    sent_before = now - timedelta(seconds=settings.RESEND_AFTER_SECONDS)
    waiting = rows.filter(status=QUEUED)
    stale = waiting.filter(Q(heartbeat_at__lt=sent_before) | Q(heartbeat_at=None))
    found = list(stale.order_by("created_at").values_list("pk", flat=True))
    waiting.filter(pk__in=found).update(heartbeat_at=now)
    return found
