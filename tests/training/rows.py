"""Rows for tests of training: datasets of clips without audio, jobs in any state."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from training_jobs.models import Clip, Dataset, TrainingJob

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
