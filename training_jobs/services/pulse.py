"""A running job's pulse: the heartbeat that keeps the reaper away, and the ear for a cancel."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from speechsite.lib.transitions import touch
from training_jobs.models import JobEvent, TrainingJob
from training_jobs.services.events import event_create

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

LISTEN_SECONDS: Final = 0.5
Status = TrainingJob.Status


class CancelRequested(Exception):  # noqa: N818 - it is a wish, not a fault
    """The job's owner asked for it to be cancelled."""


class Superseded(Exception):  # noqa: N818 - as above
    """The job is no longer this attempt's: it was taken back, or ended by somebody else."""


class Pulse:
    """What one attempt writes on its job. Every write is fenced by the attempt's number.

    `watch` is told of every change, for a progress bar in the foreground.
    """

    def __init__(self, job: TrainingJob, *, watch: Callable[[TrainingJob], None] | None = None) -> None:
        self.job = job
        self.attempt = job.attempt
        self._watch = watch
        self._beaten_at = self._listened_at = time.monotonic()

    def beat(self) -> None:
        """Keep the job alive and look for a cancel; cheap, so call it often. Raises CancelRequested, Superseded."""
        now = time.monotonic()
        if now - self._listened_at < LISTEN_SECONDS:
            return
        self._listened_at = now
        try:
            self._listen()
            if now - self._beaten_at >= settings.HEARTBEAT_SECONDS:
                self.write()
        except OperationalError:
            # The job is ours for as long as the reaper waits; a database that comes back by then has lost nothing.
            if now - self._beaten_at > settings.LOST_AFTER_SECONDS:
                raise
            logger.warning("job %s: the database does not answer, going on", self.job.pk)
            close_old_connections()

    def _listen(self) -> None:
        mine = TrainingJob.objects.filter(pk=self.job.pk, status=Status.RUNNING, attempt=self.attempt)
        wish = mine.values_list("cancel_requested_at").first()
        if wish is None:
            raise Superseded
        if wish[0] is not None:
            raise CancelRequested

    def write(self, **changes: Any) -> None:
        """Write progress and a heartbeat on the job; raises Superseded where it is no longer ours."""
        moment = timezone.now()
        if not touch(self.job, allowed_in=[Status.RUNNING], attempt=self.attempt, heartbeat_at=moment, **changes):
            raise Superseded
        self._beaten_at = time.monotonic()
        for name, value in changes.items():
            setattr(self.job, name, value)
        if self._watch and changes:
            self._watch(self.job)

    def stage(self, stage: str, message: str, *, data: dict[str, Any], **changes: Any) -> None:
        """Begin a stage of the job."""
        self.write(stage=stage, **changes)
        event_create(job=self.job, kind=JobEvent.Kind.STAGE, stage=stage, message=message, data=data)

    def say(self, message: str, **data: Any) -> None:
        """Append a message the user should read."""
        event_create(job=self.job, kind=JobEvent.Kind.MESSAGE, message=message, data=data)
