from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from tests.training.rows import make_dataset
from tests.training.sounds import audible_dataset
from training_jobs.models import TestResult, TrainingJob
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
