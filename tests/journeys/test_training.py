"""Training with the real broker, a real worker, a real TensorFlow in its own process, and what can happen to them."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from recognition.engine.recognizer import load_recognizer
from tests import processes
from tests.deadline import wait_for
from tests.live import worker_answers
from tests.training.sounds import audible_dataset, recording
from training_jobs.dispatch.sweeps import submit_sweep
from training_jobs.dispatch.training import cancel_training_job, submit_training_job
from training_jobs.models import JobEvent, TrainingJob
from training_jobs.services.corpus_folder import job_folder
from training_jobs.services.job_history import epochs_of
from training_jobs.services.training_run import MOST_TRAINERS
from training_jobs.tasks.reaper import reap
from training_jobs.tasks.training import run_training

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = [pytest.mark.journey, pytest.mark.training]

QUICK = {"epochs": 3, "minimum_steps": 240}
SLOW = {"epochs": 15, "minimum_steps": 1_500}
ENDLESS = {"epochs": 500, "minimum_steps": 100_000}
PATIENCE_SECONDS = 180


def submitted(owner: User, *, options: dict[str, int]) -> TrainingJob:
    return submit_training_job(owner=owner, dataset=audible_dataset(owner), recipe="lstm", options=options)


def now(job: TrainingJob) -> TrainingJob:
    job.refresh_from_db()
    return job


def until(job: TrainingJob, *statuses: str, seconds: float = PATIENCE_SECONDS) -> TrainingJob:
    wait_for(lambda: now(job).status in statuses, seconds=seconds, what=f"a job that is {' or '.join(statuses)}")
    return job


def until_learning(job: TrainingJob) -> None:
    wait_for(lambda: now(job).epoch >= 1, seconds=PATIENCE_SECONDS, what="the first epoch")


def until_cleared(job: TrainingJob) -> None:
    """Wait until nothing but the logs is left: the worker clears a job's folder after it has written its end."""

    def is_cleared() -> bool:
        return sorted(path.name for path in job_folder(job).iterdir()) == ["tensorboard", "train.log"]

    wait_for(is_cleared, seconds=10, what="a folder that holds no more than logs")


def trainers(job: TrainingJob) -> list[int]:
    """Return the processes whose command line names the job's folder."""
    wanted, found = str(job_folder(job)).encode(), []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and wanted in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.usefixtures("worker")
def test_a_job_on_the_queue_becomes_a_version_that_hears(owner: User) -> None:
    job = submitted(owner, options=QUICK)
    run_training.delay(str(job.pk))  # the queue may deliver twice
    until(job, *TrainingJob.FINAL)
    assert (job.status, job.failure_message, job.attempt) == ("succeeded", "", 1)
    version = job.model_version
    assert version
    assert version.aliases.get().name == "production"
    heard = load_recognizer(version.bundle_path, version.bundle_sha256).hear_clip(recording("rising", take=99))
    assert heard.label in version.labels
    kinds = set(JobEvent.objects.filter(job=job).values_list("kind", flat=True))
    assert kinds == {"status", "stage", "epoch", "hears", "message"}
    assert job.metrics["clips"] == job.test_results.count()
    assert not trainers(job)


@pytest.mark.usefixtures("worker")
def test_a_search_makes_its_tries_by_itself_and_registers_nothing(owner: User) -> None:
    space = {"learning_rate": [0.0005, 0.02]}
    sweep = submit_sweep(
        owner=owner, dataset=audible_dataset(owner), recipe="lstm", options=QUICK, space=space, trials=2
    )

    def is_over() -> bool:
        sweep.refresh_from_db()
        return sweep.status != "running"

    wait_for(is_over, seconds=PATIENCE_SECONDS, what="the end of the search")
    assert (sweep.status, sweep.failure_message) == ("done", "")
    tries = list(TrainingJob.objects.filter(sweep=sweep).order_by("trial"))
    assert [job.status for job in tries] == ["succeeded", "succeeded"]
    assert all("val_accuracy" in job.metrics and job.model_version is None for job in tries)
    assert not any(job.test_results.exists() for job in tries)


@pytest.mark.usefixtures("worker")
def test_cancelling_ends_a_training_within_five_seconds(owner: User) -> None:
    job = submitted(owner, options=ENDLESS)
    until_learning(job)
    assert len(trainers(job)) == 1
    asked = time.monotonic()
    cancel_training_job(job=job)
    until(job, "cancelled", seconds=5)
    assert time.monotonic() - asked < 5
    assert not trainers(job)
    assert job.model_version is None
    until_cleared(job)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("end", "code"), [(signal.SIGKILL, "trainer_killed"), (signal.SIGSEGV, "trainer_crashed")], ids=str
)
def test_a_trainer_that_ends_is_followed_by_one_that_goes_on(owner: User, end: signal.Signals, code: str) -> None:
    job = submitted(owner, options=SLOW)
    # An epoch is told, then saved: once the second is told, the first is safe.
    wait_for(lambda: now(job).epoch >= 2, seconds=PATIENCE_SECONDS, what="the second epoch")
    os.kill(trainers(job)[0], end)
    until(job, *TrainingJob.FINAL)
    assert (job.status, job.failure_message, job.attempt) == ("succeeded", "", 1)
    codes = [event.data.get("code") for event in job.events.filter(kind="message")]
    assert codes.count(code) == codes.count("resumed") == 1
    assert [event.data["epoch"] for event in epochs_of(job)] == list(range(1, SLOW["epochs"] + 1))


@pytest.mark.usefixtures("worker")
def test_a_trainer_that_is_killed_again_and_again_is_a_named_failure(owner: User) -> None:
    job = submitted(owner, options=ENDLESS)
    seen: set[int] = set()
    for _ in range(MOST_TRAINERS):
        wait_for(lambda: set(trainers(job)) - seen, seconds=PATIENCE_SECONDS, what="a trainer")
        living = trainers(job)
        seen.update(living)
        os.kill(living[0], signal.SIGKILL)
    until(job, "failed", seconds=20)
    assert job.failure_code == "trainer_killed"
    assert "Traceback" not in job.failure_message


@pytest.mark.usefixtures("worker")
def test_a_job_waits_while_another_one_trains(owner: User) -> None:
    first = submitted(owner, options=ENDLESS)
    dataset = first.dataset
    assert dataset
    second = submit_training_job(owner=owner, dataset=dataset, recipe="lstm", options=ENDLESS)
    until_learning(first)
    assert now(second).status == "queued"
    cancel_training_job(job=first)
    until(second, "running")
    cancel_training_job(job=second)
    until(second, "cancelled", seconds=5)


@pytest.mark.usefixtures("transactional_db")
def test_a_job_whose_worker_was_killed_goes_on_at_its_last_epoch_with_the_next(owner: User) -> None:
    job = submitted(owner, options=SLOW)
    with processes.running(processes.worker("training"), name="doomed") as doomed:
        wait_for(lambda: now(job).epoch >= 3, seconds=PATIENCE_SECONDS, what="the third epoch")
        os.killpg(doomed.pid, signal.SIGKILL)
    wait_for(lambda: not trainers(job), seconds=10, what="the end of the trainer with its worker")
    assert now(job).status == "running"
    TrainingJob.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    reap()
    assert now(job).status == "queued"
    with processes.running(processes.worker("training"), name="successor"):
        wait_for(worker_answers, seconds=60, what="the worker's answer")
        until(job, *TrainingJob.FINAL)
        until_cleared(job)
    assert (job.status, job.attempt) == ("succeeded", 2)
    went_on = next(event for event in job.events.filter(kind="message") if event.data.get("code") == "resumed")
    assert went_on.data["epoch"] >= 2
    done_again = job.events.filter(kind="epoch", attempt=2).order_by("id").first()
    assert done_again
    assert done_again.data["epoch"] == went_on.data["epoch"] + 1
    assert [event.data["epoch"] for event in epochs_of(job)] == list(range(1, SLOW["epochs"] + 1))


@pytest.mark.usefixtures("transactional_db")
def test_a_job_whose_worker_is_stopped_goes_on_with_the_next_and_loses_no_attempt(owner: User) -> None:
    job = submitted(owner, options=SLOW)
    for name in ("first", "second"):
        seen = now(job).epoch
        with processes.running(processes.worker("training"), name=name):
            wait_for(lambda seen=seen: now(job).epoch >= seen + 2, seconds=PATIENCE_SECONDS, what="two epochs more")
        assert now(job).status == "queued"
        wait_for(lambda: not trainers(job), seconds=10, what="the end of the trainer with its worker")
    with processes.running(processes.worker("training"), name="last"):
        until(job, *TrainingJob.FINAL)
        until_cleared(job)
    assert (job.status, job.attempt, job.failure_message) == ("succeeded", 3, "")
    assert job.events.filter(kind="status", data__code="worker_stopped").count() == 2
    assert [event.data["epoch"] for event in epochs_of(job)] == list(range(1, SLOW["epochs"] + 1))
