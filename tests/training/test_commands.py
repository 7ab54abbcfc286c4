from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from recognition.engine.audio import wav_bytes
from recognition.models import ModelVersion
from tests.training.rows import make_dataset
from tests.training.sounds import audible_dataset
from training_jobs.models import Clip, TestResult, TrainingJob
from training_jobs.services.clips import clip_create
from training_jobs.services.corpus_folder import job_folder

if TYPE_CHECKING:
    from django.contrib.auth.models import User

QUICK = ("--recipe=lstm", "--set", "epochs=2", "--set", "minimum_steps=40")


def run(*arguments: Any) -> dict[str, Any]:
    out = StringIO()
    call_command(*arguments, "--json", stdout=out, stderr=StringIO())
    return dict(json.loads(out.getvalue()))


def refused(*arguments: Any) -> CommandError:
    with pytest.raises(CommandError) as failure:
        call_command(*arguments, stdout=StringIO(), stderr=StringIO())
    return failure.value


@pytest.mark.training
def test_train_registers_a_version_and_evaluate_hears_with_it(owner: User) -> None:
    audible_dataset(owner)
    trained = run("train", "Glides", *QUICK)
    assert trained.keys() == {"model", "job", "metrics"}
    assert trained["model"] == "glides@v1"
    job = TrainingJob.objects.get(pk=trained["job"])
    assert (job.status, job.attempt, job.progress, job.stage) == ("succeeded", 1, 1.0, "exporting")
    assert job.model_version
    assert job.model_version.metrics == job.metrics == trained["metrics"]
    assert job.snapshot
    assert job.model_version.lineage["fingerprint"] == job.snapshot.fingerprint
    assert TestResult.objects.filter(job=job).count() == job.snapshot.counts["test"] == trained["metrics"]["clips"]
    assert sorted(path.name for path in job_folder(job).iterdir()) == ["tensorboard", "train.log"]
    assert "epoch 2 of 2" in (job_folder(job) / "train.log").read_text()

    evaluated = run("evaluate", "glides", "Glides")
    expected = {"model", "dataset", "split", "clips", "speakers", "accuracy", "interval", "per_speaker", "per_label"}
    assert evaluated.keys() >= expected
    assert evaluated["accuracy"] == trained["metrics"]["accuracy"]
    assert evaluated["clips"] == trained["metrics"]["clips"]
    everything = run("evaluate", "glides@v1", "Glides", "--split", "all")
    assert everything["clips"] == 36


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("Nothing",), "There is no dataset called Nothing. There are: Numbers."),
        (("Numbers", "--recipe", "magic"), "There is no recipe called magic."),
        (("Numbers", "--set", "speed=3"), "no value called speed"),
        (("Numbers", "--set", "epochs=0"), "epochs must be"),
        (("Numbers", "--set", "epochs"), "--set wants KEY=VALUE"),
        (("Numbers", "--split", "moon"), "There is no split called moon"),
        (("Numbers", "--test-speaker", "zoe"), "“zoe”"),
        (("Numbers", "--recognizer", "My Digits"), "A name starts with"),
        (("Numbers", "--owner", "nobody"), "There is no user called nobody."),
    ],
)
def test_arguments_that_cannot_be_used_end_with_2(owner: User, arguments: tuple[str, ...], sentence: str) -> None:
    make_dataset(owner)
    failure = refused("train", *arguments)
    assert failure.returncode == 2
    assert sentence in str(failure)
    assert TrainingJob.objects.count() == 0


def test_a_dataset_nothing_can_be_learned_from_ends_with_1(owner: User) -> None:
    make_dataset(owner, text="one")
    failure = refused("train", "Numbers")
    assert failure.returncode == 1
    assert "at least two different words" in str(failure)


def test_a_training_that_fails_ends_with_1_and_its_sentence(owner: User) -> None:
    make_dataset(owner)
    failure = refused("train", "Numbers")
    assert failure.returncode == 1
    assert "(clips_gone)" in str(failure)
    assert TrainingJob.objects.get().status == "failed"


def test_an_unknown_model_ends_with_2(owner: User) -> None:
    make_dataset(owner)
    assert refused("evaluate", "digits@v9", "Numbers").returncode == 2


@pytest.mark.training
def test_a_recogniser_learns_to_turn_other_words_away(owner: User) -> None:
    dataset = audible_dataset(owner, takes=16)
    Clip.objects.filter(dataset=dataset, text="steady").update(text="_unknown_")
    rush = np.random.default_rng(1).normal(0, 0.05, 32_000).astype(np.float32)
    clip_create(dataset=dataset, audio=wav_bytes(rush), text="_background_noise_", origin=Clip.Origin.UPLOAD)
    quick = ("--set", "epochs=4", "--set", "minimum_steps=200")
    metrics = run("train", "Glides", *quick, "--set", "width=0.5")["metrics"]
    version = ModelVersion.objects.get()
    assert (version.labels, version.manifest["has_other_output"]) == (["falling", "rising"], True)
    assert metrics["clips"] + metrics["others"]["clips"] == TestResult.objects.count()
    assert metrics["accuracy"] > 0.9
    assert metrics["others"]["share"] > 0.9  # glides that do not glide are none of its words
    assert "Turned away" in (version.bundle_path / "model_card.md").read_text(encoding="utf-8")
    curve = TrainingJob.objects.get().evaluation["threshold"]["curve"]
    assert all(point["turned_away"] is not None for point in curve)

    everything = run("evaluate", "glides@v1", "Glides", "--split", "all")
    assert (everything["clips"], everything["others"]["clips"], everything["unknown_labels"]) == (32, 16, [])
    assert run("train", "Glides", "--from", "glides@v1", *quick)["model"] == "glides@v2"
    again = ModelVersion.objects.get(number=2)
    assert (again.labels, again.manifest["has_other_output"]) == (["falling", "rising"], True)
