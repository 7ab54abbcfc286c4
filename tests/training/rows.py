"""Rows for tests of training: datasets of clips without audio, jobs in any state."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from training_jobs.models import Clip, Dataset, JobEvent, TrainingJob
from training_jobs.services.evaluation import Heard, evaluation_figures, job_results_replace
from training_jobs.services.events import event_create
from training_jobs.services.snapshots import snapshot_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WORDS = ("one", "two", "three")
SPEAKERS = ("ada", "ben", "cleo", "dev")


def make_clip(dataset: Dataset, number: int, **changes: Any) -> Clip:
    """Make one clip; its samples' hash follows from the dataset's name and the number."""
    values = {
        "dataset": dataset,
        "text": WORDS[number % len(WORDS)],
        "speaker": "",
        "origin": Clip.Origin.UPLOAD,
        "source_sample_rate_hz": 16_000,
        "audio": f"clips/absent/{number}.flac",
        "sha256": hashlib.sha256(f"{dataset.name}/{number}".encode()).hexdigest(),
        "duration_seconds": 0.5,
        "rms_dbfs": -20.0,
        "peak_dbfs": -6.0,
        **changes,
    }
    return Clip.objects.create(**values)


def make_dataset(owner: User, name: str = "Numbers", *, clips: int = 60, **changes: Any) -> Dataset:
    """Make a dataset of three words; `changes` go into every clip, callables are given the clip's number."""
    dataset = Dataset.objects.create(owner=owner, name=name)
    for number in range(clips):
        make_clip(
            dataset, number, **{key: value(number) if callable(value) else value for key, value in changes.items()}
        )
    return dataset


def spoken_by(number: int) -> str:
    """Give each of the four speakers every word."""
    return SPEAKERS[(number // len(WORDS)) % len(SPEAKERS)]


def make_job(owner: User, dataset: Dataset | None = None, **changes: Any) -> TrainingJob:
    """Make a job in any state, without going through the services."""
    now = timezone.now()
    values: dict[str, Any] = {
        "owner": owner,
        "dataset": dataset,
        "dataset_name": dataset.name if dataset else "Numbers",
        "recognizer_name": "numbers",
        "recipe": "conv",
        "split_method": "random",
        "sent_at": now,
        **changes,
    }
    if values.get("status") in TrainingJob.FINAL:
        values.setdefault("finished_at", now)
    if values.get("status") == "running":
        values = {"attempt": 1, "heartbeat_at": now, "started_at": now, **values}
    return TrainingJob.objects.create(**values)


def finished_job(owner: User) -> TrainingJob:
    """Make a succeeded job whose test heard one word in three as another."""
    dataset = make_dataset(owner, speaker=spoken_by)
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    now = timezone.now()
    job = make_job(owner, dataset, status="succeeded", snapshot=snapshot, started_at=now, finished_at=now)
    results = [
        Heard(row.pk, row.text, row.speaker, "two" if row.text == "three" else row.text, "word", 0.5 + number / 100)
        for number, row in enumerate(snapshot.clips.filter(split="test"))
    ]
    job_results_replace(job=job, results=results)
    figures = evaluation_figures(results, trained_speakers=snapshot.speakers["train"], split="test")
    assert figures
    TrainingJob.objects.filter(pk=job.pk).update(metrics=figures.metrics, evaluation=figures.evaluation)
    job.refresh_from_db()
    return job


def learning_job(owner: User, *, name: str = "Numbers", epochs: int = 8) -> TrainingJob:
    """Make a job in the middle of its training; the first five epochs hear one clip wrongly."""
    job = make_job(owner, make_dataset(owner, name), status="running", stage="training", epoch=epochs, epochs=40)
    for epoch in range(1, epochs + 1):
        data = {"epoch": epoch, "epochs": 40, "loss": 2 / epoch, "val_loss": 2.1 / epoch, "val_accuracy": epoch / 10}
        event_create(job=job, kind=JobEvent.Kind.EPOCH, data={**data, "accuracy": epoch / 10, "seconds": epoch * 2.0})
        clips = [{"clip": None, "said": "one", "heard": "two" if epoch < 5 else "one", "confidence": 0.61}]
        event_create(job=job, kind=JobEvent.Kind.HEARS, data={"epoch": epoch, "clips": clips})
    return job
