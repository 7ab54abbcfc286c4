"""The database is the truth: rows that nobody works on go back on the queue, or end in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from recognition.models import Transcription
from recognition.services.failures import WORKER_LOST
from speechsite.lib.interface_language import language_of
from speechsite.lib.transitions import TransitionRefused, move

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

Status = Transcription.Status


def transcriptions_reap(*, now: datetime | None = None) -> list[UUID]:
    """Return the ids of the rows to send to a worker: taken back from lost ones, or queued without a taker."""
    now = now or timezone.now()
    lost_before = now - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    for row in Transcription.objects.filter(status=Status.RUNNING, heartbeat_at__lt=lost_before):
        _take_back(row, now=now)
    return _resend(now=now)


def _take_back(row: Transcription, *, now: datetime) -> None:
    """Queue the row again, or fail it after too many attempts; not where its worker has just come back."""
    try:
        if row.attempt < settings.MAX_ATTEMPTS:
            move(row, allowed_from=(Status.RUNNING,), to=Status.QUEUED, attempt=row.attempt, heartbeat_at=None)
            return
        code, said = WORKER_LOST
        with language_of(row):
            sentence = str(said)
        move(
            row,
            allowed_from=(Status.RUNNING,),
            to=Status.FAILED,
            attempt=row.attempt,
            failure_code=code,
            failure_message=sentence,
            finished_at=now,
        )
    except TransitionRefused:
        return


def _resend(*, now: datetime) -> list[UUID]:
    sent_before = now - timedelta(seconds=settings.RESEND_AFTER_SECONDS)
    waiting = Transcription.objects.filter(status=Status.QUEUED)
    stale = waiting.filter(Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=sent_before))
    ids = list(stale.order_by("created_at").values_list("pk", flat=True))
    waiting.filter(pk__in=ids).update(heartbeat_at=now)
    return ids
