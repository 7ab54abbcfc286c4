"""The running job in the bar of every page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from speechsite.lib.numbers import duration_text
from training_jobs.models import TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.http import HttpRequest


@dataclass(frozen=True)
class JobChip:
    """A running job in few words: its name, how far it is, and what is left."""

    name: str
    percent: int
    left: str
    url: str
    chip_url: str


def running_job(request: HttpRequest) -> dict[str, Callable[[], JobChip | None] | Any]:
    """Offer every page this user's running job; it is looked up only where a template shows it."""
    user = getattr(request, "user", None)
    return {"running_job": partial(job_chip_of, user)} if user and user.is_authenticated else {}


def job_chip_of(user: User) -> JobChip | None:
    """Return the chip of the job that runs, else of the one that waits longest, else None."""
    jobs = TrainingJob.objects.visible_to(user).filter(status__in=TrainingJob.ACTIVE)
    job = (
        jobs.only("recognizer_name", "status", "stage", "progress", "eta_seconds")
        .order_by("-status", "created_at")
        .first()
    )
    if job is None:
        return None
    return JobChip(
        name=job.recognizer_name,
        percent=round(job.progress * 100),
        left=_left(job),
        url=reverse("training_jobs:job-detail", args=[job.pk]),
        chip_url=reverse("job-chip"),
    )


def _left(job: TrainingJob) -> str:
    if job.status == TrainingJob.Status.QUEUED:
        return _("queued")
    if job.eta_seconds is None:
        return job.get_stage_display() or _("starting")
    return _("{length} left").format(length=duration_text(job.eta_seconds))
