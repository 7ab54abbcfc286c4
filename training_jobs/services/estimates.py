"""How long a training takes on this machine, and when a waiting one begins. All of it is said with "about"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Avg, OuterRef, Subquery
from django.utils import timezone

from training_jobs.models import JobEvent, SnapshotClip, TrainingJob
from training_jobs.services.jobs import full_options
from training_jobs.trainer.recipes import RECIPES
from training_jobs.trainer.schedule import schedule_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from training_jobs.models import Snapshot

PAST_JOBS: Final = 6
# Shorter runs are mostly TensorFlow compiling its first steps.
SHORTEST_KNOWN_SECONDS: Final = 8.0
# What one unit of work is worth before this machine has trained anything (2 cores, no GPU): clips of words a second,
# seconds of speech a second.
USUAL_RATE: Final = 1300.0
USUAL_SPEECH_RATE: Final = 250.0
COST: Final = {"conv": 1.0, "conv2d": 2.0, "lstm": 0.4, "ctc-conv": 1.0, "ctc-lstm": 2.5}
STARTING_SECONDS: Final = 12.0
PREPARED_PER_SECOND: Final = 250.0
EVALUATED_PER_SECOND: Final = 150.0
# Sentences are long, and each test clip is heard by every way of decoding.
SENTENCES_PER_SECOND: Final = 8.0
USUAL_SENTENCE_SECONDS: Final = 4.0
USUAL_CTC: Final = {"channels": 128.0, "blocks": 4.0, "units": 128.0, "layers": 2.0}


def training_work(
    *, recipe: str, values: Mapping[str, Any], train_clips: int, clip_seconds: float = USUAL_SENTENCE_SECONDS
) -> float:
    """Return how much there is to do: clips of words, or seconds of speech, gone through by a net of the usual size."""
    if is_of_sentences(recipe):
        return _speech_work(recipe, values, seconds=train_clips * clip_seconds, clips=train_clips)
    schedule = schedule_for(
        train_clips, epochs=values["epochs"], batch_size=values["batch_size"], minimum_steps=values["minimum_steps"]
    )
    # Half the cost of a pass is the front end and the augmentation, which do not grow with the net.
    width = float(values.get("width", 1.0))
    return schedule.steps * schedule.batch_size * COST.get(recipe, 1.0) * (0.5 + 0.5 * width**2)


def _speech_work(recipe: str, values: Mapping[str, Any], *, seconds: float, clips: int) -> float:
    """Return seconds of speech gone through, as `trainer.sentence_corpus.BatchPlan` goes through them."""
    once = max(1, clips // int(values["batch_clips"]))
    passes = max(1, round(values["minimum_steps"] / (once * values["epochs"])))
    size = {name: float(values[name]) / usual for name, usual in USUAL_CTC.items() if name in values}
    breadth = size.get("channels", size.get("units", 1.0))
    depth = size.get("blocks", size.get("layers", 1.0))
    gone_through: float = passes * values["epochs"] * seconds
    return gone_through * COST.get(recipe, 1.0) * (0.4 + 0.6 * breadth**2 * depth)


def is_of_sentences(recipe: str) -> bool:
    """Say whether a recipe learns sentences."""
    return recipe in RECIPES and RECIPES[recipe].kind == "sentences"


def mean_clip_seconds(snapshot: Snapshot) -> float:
    """Return the average length of the clips a snapshot trains on."""
    learned = SnapshotClip.objects.filter(snapshot=snapshot, split="train")
    mean: float | None = learned.aggregate(mean=Avg("duration_seconds"))["mean"]
    return mean or USUAL_SENTENCE_SECONDS


def measured_rate(recipe: str) -> tuple[float, int]:
    """Return units of work a second on this machine, and from how many past jobs that is known."""
    newest_epoch = JobEvent.objects.filter(job=OuterRef("pk"), kind=JobEvent.Kind.EPOCH).order_by("-id")
    past = TrainingJob.objects.filter(status=TrainingJob.Status.SUCCEEDED, recipe=recipe, snapshot__isnull=False)
    jobs = past.annotate(newest_epoch=Subquery(newest_epoch.values("data")[:1])).select_related("snapshot")
    work = seconds = 0.0
    known = 0
    for job in jobs.order_by("-finished_at")[:PAST_JOBS]:
        spent = (job.newest_epoch or {}).get("seconds", 0.0)
        if spent >= SHORTEST_KNOWN_SECONDS and job.snapshot:
            work += _work_of(job, job.snapshot)
            seconds += spent
            known += 1
    usual = USUAL_SPEECH_RATE if is_of_sentences(recipe) else USUAL_RATE
    return (work / seconds, known) if known else (usual, 0)


def _work_of(job: TrainingJob, snapshot: Snapshot) -> float:
    clip_seconds = mean_clip_seconds(snapshot) if is_of_sentences(job.recipe) else 0.0
    clips = snapshot.counts.get("train", 0)
    return training_work(recipe=job.recipe, values=full_options(job), train_clips=clips, clip_seconds=clip_seconds)


def training_seconds(
    *,
    recipe: str,
    values: Mapping[str, Any],
    counts: Mapping[str, int],
    clip_seconds: float = USUAL_SENTENCE_SECONDS,
    rate: float | None = None,
) -> float:
    """Return about how long a job takes from start to registered version, in seconds."""
    rate = rate or measured_rate(recipe)[0]
    learned = counts.get("train", 0) + counts.get("validation", 0)
    train_clips = max(1, counts.get("train", 0))
    work = training_work(recipe=recipe, values=values, train_clips=train_clips, clip_seconds=clip_seconds)
    tested = counts.get("test", 0) / (SENTENCES_PER_SECOND if is_of_sentences(recipe) else EVALUATED_PER_SECOND)
    return STARTING_SECONDS + learned / PREPARED_PER_SECOND + tested + work / rate


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
