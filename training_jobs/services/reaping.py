"""Jobs without a worker: the database is the truth and the queue a hint, so what the queue lost is found here."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speechsite.lib.interface_language import language_of
from speechsite.lib.transitions import TransitionRefused, move
from training_jobs.models import JobEvent, TrainingJob
from training_jobs.services.events import event_create
from training_jobs.services.jobs import training_job_cancelled, training_job_fail

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

Status = TrainingJob.Status
# While some worker is busy a waiting job is most likely just waiting: it is sent again far less often.
PATIENCE_WHILE_BUSY: Final = 15
LOST: Final = "worker_lost"
STOPPED: Final = "worker_stopped"
WORKER_LOST: Final = gettext_lazy(
    "The worker was lost {attempts} times, so this training was given up. Your clips are untouched. Train again; if "
    "it happens again, tell the administrator."
)


def training_jobs_reap() -> list[UUID]:
    """Take back jobs whose worker is silent, and return the ids of those to put on the queue again.

    A lost job goes back to waiting, or with the worker of settings.MAX_ATTEMPTS lost ends as worker_lost, or as
    cancelled where that was asked for.
    """
    now = timezone.now()
    again = [job.pk for job in _lost(now) if _take_back(job, now)]
    return again + _unsent(now)


def training_job_hand_back(*, job_id: UUID | str) -> bool:
    """Let a running job wait for another worker, as its own is being stopped, and say whether it does.

    Unlike a lost worker that is no failed attempt: a site may be stopped and started as often as its people like.
    """
    job = TrainingJob.objects.filter(pk=job_id, status=Status.RUNNING).first()
    if job is None:
        return False
    try:
        with language_of(job):
            message = _("The worker of attempt {number} was stopped. The job goes on with the next one.")
            _requeue(job, timezone.now(), code=STOPPED, message=message.format(number=job.attempt))
    except TransitionRefused:
        return False  # it ended in the meantime
    return True


def _lost(now: datetime) -> list[TrainingJob]:
    silent_since = now - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    running = TrainingJob.objects.filter(status=Status.RUNNING)
    return list(running.filter(Q(heartbeat_at__lt=silent_since) | Q(heartbeat_at=None)).order_by("created_at"))


def _take_back(job: TrainingJob, now: datetime) -> bool:
    """Say whether the job waits again."""
    try:
        with language_of(job):
            return _given_back(job, now)
    except TransitionRefused:
        return False  # it came back to life, or ended, in the meantime


def _given_back(job: TrainingJob, now: datetime) -> bool:
    """Let the job wait again, or end it, and say which."""
    if job.cancel_requested_at:
        training_job_cancelled(job=job, attempt=job.attempt)
        return False
    lost = 1 + JobEvent.objects.filter(job=job, kind=JobEvent.Kind.STATUS, data__code=LOST).count()
    if lost >= settings.MAX_ATTEMPTS:
        training_job_fail(job=job, attempt=job.attempt, code=LOST, message=WORKER_LOST.format(attempts=lost))
        return False
    message = _("The worker of attempt {number} was lost. The job waits for another one.")
    _requeue(job, now, code=LOST, message=message.format(number=job.attempt))
    return True


def _requeue(job: TrainingJob, now: datetime, *, code: str, message: str) -> None:
    with transaction.atomic():
        data = {"status": Status.QUEUED, "code": code}
        event_create(job=job, kind=JobEvent.Kind.STATUS, message=message, data=data)
        move(
            job,
            allowed_from=[Status.RUNNING],
            to=Status.QUEUED,
            attempt=job.attempt,
            stage="",
            progress=0.0,
            eta_seconds=None,
            heartbeat_at=None,
            started_at=None,
            sent_at=now,
        )


def _unsent(now: datetime) -> list[UUID]:
    """Return the jobs that have waited longer than any worker needs to answer, marking them as sent now."""
    alive_since = now - timedelta(seconds=settings.LOST_AFTER_SECONDS)
    is_busy = TrainingJob.objects.filter(status=Status.RUNNING, heartbeat_at__gte=alive_since).exists()
    patience = settings.RESEND_AFTER_SECONDS * (PATIENCE_WHILE_BUSY if is_busy else 1)
    sent_before = now - timedelta(seconds=patience)
    waiting = TrainingJob.objects.filter(Q(sent_at__lt=sent_before) | Q(sent_at=None), status=Status.QUEUED)
    found = list(waiting.order_by("created_at").values_list("pk", flat=True))
    TrainingJob.objects.filter(pk__in=found, status=Status.QUEUED).update(sent_at=now)
    return found
