from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from speechsite.lib.errors import ServiceError
from tests.trainer.synthesised import corpus_of, write_job
from tests.training.rows import make_dataset, make_job
from tests.training.sounds import audible_dataset
from training_jobs.models import JobEvent, Snapshot, TrainingJob
from training_jobs.services.child_process import TrainerProcess
from training_jobs.services.corpus_folder import corpus_folder_clear, corpus_folder_create, job_folder
from training_jobs.services.job_history import epochs_of
from training_jobs.services.jobs import training_job_claim, training_job_create
from training_jobs.services.pulse import Pulse
from training_jobs.services.purging import LOG_KEPT, job_folders_purge
from training_jobs.services.trainer_events import TrainerEvents
from training_jobs.services.training_run import named, training_job_run
from training_jobs.trainer.checkpoints import CHECKPOINTS

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User


def claimed(owner: User, *, takes: int = 4) -> TrainingJob:
    job = training_job_create(owner=owner, dataset=audible_dataset(owner, takes=takes))
    running = training_job_claim(job_id=job.pk)
    assert running
    return running


def test_a_dataset_that_was_deleted_while_the_job_waited_is_a_named_failure(owner: User) -> None:
    job = claimed(owner)
    assert job.dataset
    job.dataset.delete()
    ended = training_job_run(job=TrainingJob.objects.get(pk=job.pk))
    assert (ended.status, ended.failure_code) == ("failed", "dataset_deleted")
    assert Snapshot.objects.count() == 0


def test_a_cancel_is_heard_while_the_clips_are_read(owner: User) -> None:
    job = claimed(owner)
    TrainingJob.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())
    job_folder(job).mkdir(parents=True)

    class Eager(Pulse):
        def beat(self) -> None:
            self._listened_at = -1e9
            super().beat()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training_jobs.services.training_run.Pulse", Eager)
        ended = training_job_run(job=job)
    assert ended.status == "cancelled"
    assert list(job_folder(job).iterdir()) == []


def test_an_attempt_that_was_taken_back_writes_nothing_more(owner: User) -> None:
    job = claimed(owner)
    TrainingJob.objects.filter(pk=job.pk).update(attempt=2)
    left = training_job_run(job=job)
    assert (left.status, left.attempt, left.failure_code) == ("running", 2, "")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (MemoryError(), "out_of_memory"),
        (ServiceError("too_few_clips", "Too few."), "too_few_clips"),
        (ZeroDivisionError("division by zero"), ""),
    ],
)
def test_failures_are_named_and_unknown_ones_keep_their_text_for_staff(failure: Exception, code: str) -> None:
    named_code, message, detail = named(failure)
    assert named_code == code
    assert bool(message) is bool(code)
    assert type(failure).__name__ in detail


def test_a_fault_of_the_site_is_said_without_a_traceback(owner: User) -> None:
    job = claimed(owner)
    TrainingJob.objects.filter(pk=job.pk).update(recipe="gone")
    ended = training_job_run(job=TrainingJob.objects.get(pk=job.pk))
    assert ended.status == "failed"
    assert "Traceback" not in ended.failure_message
    assert ended.failure_code in {"trainer_crashed", "unknown_recipe"}


def test_what_the_trainer_tells_is_written_on_the_job(owner: User, tmp_path: Path) -> None:
    job = make_job(owner, make_dataset(owner), status="running", stage="training")
    events = TrainerEvents(pulse=Pulse(job), rows=[], log=tmp_path / "train.log")
    for line in (
        '{"event": "warning", "code": "few_validation_clips", "message": "Only 4 clips."}',
        '{"event": "epoch", "epoch": 3, "epochs": 12, "loss": 1.5, "val_accuracy": 0.5, "eta_seconds": 9}',
        '{"event": "something new"}',
        "not json",
        '{"event": "done", "seconds": 4}',
    ):
        events.take(line)
    job.refresh_from_db()
    assert (job.epoch, job.epochs, job.eta_seconds, job.metrics["val_accuracy"]) == (3, 12, 9.0, 0.5)
    assert 0.05 < job.progress < 0.9
    assert events.is_done
    assert job.events.filter(kind="message").get().data == {"code": "few_validation_clips"}
    assert "epoch 3 of 12: loss 1.5" in (tmp_path / "train.log").read_text()


@pytest.mark.training
def test_a_trainer_that_cannot_read_its_folder_says_so_and_ends(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text("{}")
    with TrainerProcess(tmp_path, log=tmp_path / "train.log") as child:
        told = [line for line in child.lines() if line]
        assert child.wait(seconds=20) == 1
    assert '"failed"' in told[-1]
    assert "Traceback" in child.stderr_tail()
    assert not child.was_stopped


@pytest.mark.training
def test_a_trainer_is_stopped_with_the_block_that_holds_it(tmp_path: Path) -> None:
    write_job(tmp_path, corpus_of(4, validation_takes=1), recipe="lstm", values={"epochs": 500})
    with TrainerProcess(tmp_path, log=tmp_path / "train.log") as child:
        assert next(line for line in child.lines() if line)
    assert child.was_stopped
    assert child.process.returncode is not None


def test_folders_of_ended_jobs_are_cleared_and_old_ones_removed(owner: User) -> None:
    ended = make_job(owner, status="cancelled")
    long_ago = timezone.now() - 2 * LOG_KEPT
    old = make_job(owner, status="cancelled", finished_at=long_ago)
    running = make_job(owner, status="running")
    gone = make_job(owner, status="cancelled")
    for job in (ended, old, running, gone):
        corpus_folder_create(job_folder(job))
        for name in ("audio.npy", "train.log"):
            (job_folder(job) / name).write_bytes(b"x")
    folder_of_gone = job_folder(gone)
    gone.delete()
    assert job_folders_purge() >= 3
    assert [path.name for path in job_folder(ended).iterdir()] == ["train.log"]
    assert not job_folder(old).exists()
    assert not folder_of_gone.exists()
    assert (job_folder(running) / "audio.npy").exists()


def test_attempts_that_went_on_from_a_checkpoint_make_one_curve(owner: User) -> None:
    job = make_job(owner, make_dataset(owner), status="running", stage="training", attempt=2, epoch=4)
    for attempt, epoch, loss in ((1, 1, 3.0), (1, 2, 2.0), (1, 3, 1.5), (2, 3, 1.4), (2, 4, 1.2)):
        data = {"epoch": epoch, "loss": loss}
        JobEvent.objects.create(job=job, attempt=attempt, kind="epoch", data=data)
    assert [event.data["loss"] for event in epochs_of(job)] == [3.0, 2.0, 1.4, 1.2]
    JobEvent.objects.create(job=job, attempt=2, kind="epoch", data={"epoch": 1, "loss": 2.9})
    job.epoch = 1
    assert [event.data["loss"] for event in epochs_of(job)] == [2.9]


def test_a_curve_is_empty_while_a_lost_job_waits(owner: User) -> None:
    job = make_job(owner, make_dataset(owner), status="queued", attempt=1, epoch=0)
    JobEvent.objects.create(job=job, attempt=1, kind="epoch", data={"epoch": 5, "loss": 1.0})
    assert epochs_of(job) == []


def test_a_new_attempt_finds_what_training_goes_on_from_and_an_ended_job_leaves_the_log_alone(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINTS).mkdir()
    for name in ("train.log", "audio.npy", f"{CHECKPOINTS}/one.npz"):
        (tmp_path / name).write_bytes(b"x")
    corpus_folder_create(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [CHECKPOINTS, "train.log"]
    corpus_folder_clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["train.log"]
