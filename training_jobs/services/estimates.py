"""How long a training takes on this machine, and when a waiting one begins. All of it is said with "about"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from training_jobs.models import JobEvent, TrainingJob
from training_jobs.services.jobs import full_options
from training_jobs.trainer.schedule import schedule_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

PAST_JOBS: Final = 6
# Shorter runs are mostly TensorFlow compiling its first steps.
SHORTEST_KNOWN_SECONDS: Final = 8.0
# Clips a second that one unit of work is worth before this machine has trained anything (2 cores, no GPU).
USUAL_RATE: Final = 1300.0
COST: Final = {"conv": 1.0, "lstm": 0.4}
STARTING_SECONDS: Final = 12.0
PREPARED_PER_SECOND: Final = 250.0
EVALUATED_PER_SECOND: Final = 150.0


def training_work(*, recipe: str, values: Mapping[str, Any], train_clips: int) -> float:
    """Return how much there is to do, in clips gone through by a conv net of the usual width."""
    schedule = schedule_for(
        train_clips, epochs=values["epochs"], batch_size=values["batch_size"], minimum_steps=values["minimum_steps"]
    )
    # Half the cost of a pass is the front end and the augmentation, which do not grow with the net.
    width = float(values.get("width", 1.0))
    return schedule.steps * schedule.batch_size * COST.get(recipe, 1.0) * (0.5 + 0.5 * width**2)


def measured_rate(recipe: str) -> tuple[float, int]:
    """Return clips of work a second on this machine, and from how many past jobs that is known."""
    newest_epoch = JobEvent.objects.filter(job=OuterRef("pk"), kind=JobEvent.Kind.EPOCH).order_by("-id")
    past = TrainingJob.objects.filter(status=TrainingJob.Status.SUCCEEDED, recipe=recipe, snapshot__isnull=False)
    jobs = past.annotate(newest_epoch=Subquery(newest_epoch.values("data")[:1])).select_related("snapshot")
    work = seconds = 0.0
    known = 0
    for job in jobs.order_by("-finished_at")[:PAST_JOBS]:
        spent = (job.newest_epoch or {}).get("seconds", 0.0)
        if spent >= SHORTEST_KNOWN_SECONDS and job.snapshot:
            clips = job.snapshot.counts.get("train", 0)
            work += training_work(recipe=recipe, values=full_options(job), train_clips=clips)
            seconds += spent
            known += 1
    return (work / seconds, known) if known else (USUAL_RATE, 0)


def training_seconds(
    *, recipe: str, values: Mapping[str, Any], counts: Mapping[str, int], rate: float | None = None
) -> float:
    """Return about how long a job takes from start to registered version, in seconds."""
    rate = rate or measured_rate(recipe)[0]
    learned = counts.get("train", 0) + counts.get("validation", 0)
    work = training_work(recipe=recipe, values=values, train_clips=max(1, counts.get("train", 0)))
    around = STARTING_SECONDS + learned / PREPARED_PER_SECOND + counts.get("test", 0) / EVALUATED_PER_SECOND
    return around + work / rate


def queue_places() -> dict[UUID, int]:
    """Return the place of each waiting job of all users, 1 being the next."""
    waiting = TrainingJob.objects.filter(status=TrainingJob.Status.QUEUED).order_by("created_at", "pk")
    return {identity: place for place, identity in enumerate(waiting.values_list("pk", flat=True), start=1)}


def queue_position(job: TrainingJob) -> int | None:
    """Return the job's place among all that wait, 1 being the next; None where it does not wait."""
    return queue_places().get(job.pk)


def jobs_ahead(moment: datetime | None = None) -> int:
    """Return how many jobs, of all users, run now or have waited since before `moment`."""
    running = TrainingJob.objects.filter(status=TrainingJob.Status.RUNNING).count()
    waiting = TrainingJob.objects.filter(status=TrainingJob.Status.QUEUED, created_at__lt=moment or timezone.now())
    return running + waiting.count()


def waiting_seconds(moment: datetime | None = None) -> float:
    """Return about how long a job that was made at `moment` waits until a worker takes it, with one worker."""
    active = TrainingJob.objects.filter(status__in=TrainingJob.ACTIVE, created_at__lt=moment or timezone.now())
    seconds = 0.0
    for job in active.select_related("snapshot"):
        counts = job.snapshot.counts if job.snapshot else {"train": 1000, "test": 200}
        whole = training_seconds(recipe=job.recipe, values=full_options(job), counts=counts)
        seconds += job.eta_seconds if job.eta_seconds is not None else whole * (1 - job.progress)
    return seconds
