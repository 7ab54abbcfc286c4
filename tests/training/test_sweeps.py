from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from recognition.models import ModelVersion
from speechsite.lib.errors import ServiceError
from tests.training.rows import make_dataset
from tests.training.sounds import audible_dataset
from training_jobs.models import Sweep, TestResult, TrainingJob
from training_jobs.services.jobs import training_job_retry
from training_jobs.services.sweep_space import USUAL_SPACES, checked_space, next_point, objective
from training_jobs.services.sweeps import best_trial, sweep_advance, sweep_cancel, sweep_create, sweeps_reap, trials_of
from training_jobs.trainer.recipes import RECIPES, recipe_values

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from rest_framework.test import APIClient

SPACE = {"learning_rate": [0.0001, 0.1], "dropout": [0.0, 0.5]}


def ended(job: TrainingJob, *, accuracy: float | None, loss: float = 0.5) -> None:
    """End a trial as its worker would: with a score, or failed."""
    changes: dict[str, Any] = {"status": "failed", "failure_code": "disk_full", "failure_message": "The disk is full."}
    if accuracy is not None:
        changes = {"status": "succeeded", "metrics": {"val_accuracy": accuracy, "val_loss": loss}}
    TrainingJob.objects.filter(pk=job.pk).update(**changes, finished_at=timezone.now())


def run_through(sweep: Sweep, score: Any) -> list[TrainingJob]:
    """Take a sweep to its end; `score` gives the accuracy of a trial's values."""
    while job := sweep_advance(sweep_id=sweep.pk):
        ended(job, accuracy=score(recipe_values(job.recipe, job.options)))
    sweep.refresh_from_db()
    return list(trials_of(sweep))


def test_every_recipe_has_a_usual_space_within_its_bounds() -> None:
    assert set(USUAL_SPACES) == set(RECIPES)
    for recipe, space in USUAL_SPACES.items():
        assert checked_space(recipe, space) == space
        assert checked_space(recipe, {}) == space


@pytest.mark.parametrize(
    ("space", "code"),
    [
        ({"speed": [1, 2]}, "unknown_value"),
        ({"dropout": [0.1, 4]}, "value_out_of_range"),
        ({"dropout": [0.1]}, "value_out_of_range"),
        ({"dropout": ["a", "b"]}, "value_out_of_range"),
        ({"dropout": [0.3, 0.1]}, "space_empty"),
        ({name: [0, 1] for name in "abcdefghi"}, "space_too_large"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(space: dict[str, Any], code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        checked_space("conv", space)
    assert refused.value.code == code


def test_the_first_try_is_the_recipe_and_later_ones_go_where_it_is_better(owner: User) -> None:
    sweep = sweep_create(owner=owner, dataset=make_dataset(owner), space=SPACE, trials=25)
    # The best dropout is 0.4 here; the learning rate does not matter.
    trials = run_through(sweep, lambda values: 1 - abs(values["dropout"] - 0.4))
    assert sweep.status == "done"
    assert trials[0].options == {}
    assert [job.trial for job in trials] == list(range(1, 26))
    tried = [recipe_values(job.recipe, job.options) for job in trials]
    assert all(0.0001 <= values["learning_rate"] <= 0.1 and 0 <= values["dropout"] <= 0.5 for values in tried)
    early, late = tried[1:7], tried[-8:]
    misses = [sum(abs(values["dropout"] - 0.4) for values in some) / len(some) for some in (early, late)]
    assert misses[1] < misses[0]
    best = best_trial(trials)
    assert best
    assert abs(recipe_values(best.recipe, best.options)["dropout"] - 0.4) < 0.05


def test_the_rows_are_all_a_sweep_knows(owner: User) -> None:
    sweep = sweep_create(owner=owner, dataset=make_dataset(owner), space=SPACE, trials=9)
    trials = run_through(sweep, lambda values: 1 - values["dropout"])
    for number in (1, 6, 8):
        again = next_point(recipe="conv", options={}, space=SPACE, past=trials[:number], seed=sweep.seed)
        values = recipe_values("conv", trials[number].options)
        assert again == pytest.approx({name: values[name] for name in SPACE})


def test_equal_scores_are_told_apart_by_their_loss_and_failures_have_none(owner: User) -> None:
    sweep = sweep_create(owner=owner, dataset=make_dataset(owner), space=SPACE, trials=3)
    for accuracy, loss in ((0.9, 0.4), (0.9, 0.2), (None, 0.0)):
        job = sweep_advance(sweep_id=sweep.pk)
        assert job
        ended(job, accuracy=accuracy, loss=loss)
    trials = list(trials_of(sweep))
    assert [objective(job) for job in trials] == [pytest.approx(0.1004), pytest.approx(0.1002), None]
    best = best_trial(trials)
    assert best
    assert best.trial == 2


def test_one_trial_at_a_time_and_the_reaper_takes_a_forgotten_sweep_further(owner: User) -> None:
    sweep = sweep_create(owner=owner, dataset=make_dataset(owner), space=SPACE, trials=2)
    (first,) = sweeps_reap()
    assert sweep_advance(sweep_id=sweep.pk) is None
    assert sweeps_reap() == []
    ended(TrainingJob.objects.get(pk=first), accuracy=0.5)
    (second,) = sweeps_reap()
    assert TrainingJob.objects.get(pk=second).trial == 2


def test_a_sweep_whose_first_tries_all_fail_is_given_up(owner: User) -> None:
    sweep = sweep_create(owner=owner, dataset=make_dataset(owner), space=SPACE, trials=50)
    trials = run_through(sweep, lambda values: None)
    assert len(trials) == 3
    assert (sweep.status, sweep.failure_code) == ("failed", "disk_full")


def test_stopping_cancels_the_try_and_keeps_what_was_tried(owner: User) -> None:
    sweep = sweep_create(owner=owner, dataset=make_dataset(owner), space=SPACE, trials=9)
    first = sweep_advance(sweep_id=sweep.pk)
    assert first
    ended(first, accuracy=0.7)
    sweep_advance(sweep_id=sweep.pk)
    sweep_cancel(sweep=sweep)
    assert sweep.status == "cancelled"
    assert [job.status for job in trials_of(sweep)] == ["succeeded", "cancelled"]
    assert sweep_advance(sweep_id=sweep.pk) is None
    sweep_cancel(sweep=sweep)  # once more does nothing
    with pytest.raises(ServiceError) as refused:
        training_job_retry(job=first)
    assert refused.value.code == "job_is_a_trial"


def test_a_dataset_without_clips_to_choose_by_is_refused(owner: User) -> None:
    with pytest.raises(ServiceError) as refused:
        sweep_create(owner=owner, dataset=make_dataset(owner, clips=6), space=SPACE)
    assert refused.value.code == "no_validation_clips"
    with pytest.raises(ServiceError) as too_many:
        sweep_create(owner=owner, dataset=make_dataset(owner, "More"), space=SPACE, trials=201)
    assert too_many.value.code == "trials_out_of_range"


@pytest.mark.training
def test_the_command_tries_real_trainings_registers_nothing_and_opens_no_test(owner: User) -> None:
    audible_dataset(owner)
    out = StringIO()
    arguments = ["--recipe", "lstm", "--trials", "2", "--search", "learning_rate=0.0005:0.02"]
    quick = ["--set", "epochs=2", "--set", "minimum_steps=60"]
    call_command("sweep", "Glides", *arguments, *quick, "--json", stdout=out, stderr=StringIO())
    document = json.loads(out.getvalue())
    assert [row["trial"] for row in document["trials"]] == [1, 2]
    assert {row["status"] for row in document["trials"]} == {"succeeded"}
    assert all(0 <= row["metrics"]["val_accuracy"] <= 1 for row in document["trials"])
    assert document["trials"][1]["options"]["learning_rate"] != 0.001
    assert not ModelVersion.objects.exists()
    assert not TestResult.objects.exists()
    jobs = list(TrainingJob.objects.order_by("trial"))
    assert jobs[0].snapshot == jobs[1].snapshot is not None  # both tried the very same clips
    assert Sweep.objects.get().status == "done"


def test_the_command_names_what_it_cannot_search(owner: User) -> None:
    make_dataset(owner)
    for arguments in (["--search", "dropout=0.1"], ["--search", "speed=1:2"], ["--trials", "0"]):
        with pytest.raises(CommandError) as refused:
            call_command("sweep", "Numbers", *arguments, stdout=StringIO(), stderr=StringIO())
        assert refused.value.returncode == 2


def test_the_api_starts_tells_and_stops(owner: User, owner_api: APIClient) -> None:
    make_dataset(owner)
    asked = {"dataset": "Numbers", "space": SPACE, "trials": 4}
    answer = owner_api.post("/api/v1/sweeps/", asked, format="json")
    assert answer.status_code == 202, answer.content
    place = answer["Location"].split("/api/v1/")[1]
    told = owner_api.get(f"/api/v1/{place}").json()
    assert (told["status"], told["trials_total"], told["best"]) == ("running", 4, None)
    assert [trial["trial"] for trial in told["trials"]] == [1]
    assert owner_api.get("/api/v1/training-jobs/").json()["results"] == []  # a try is no training of its own
    assert owner_api.post(f"/api/v1/{place}cancel/").json()["status"] == "cancelled"
    refused = owner_api.post("/api/v1/sweeps/", {**asked, "space": {"speed": [1, 2]}}, format="json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unknown_value")


def test_the_pages_start_show_sort_and_lead_to_a_training(owner: User, owner_client: Client) -> None:
    dataset = make_dataset(owner)
    form = owner_client.get("/sweeps/new/").content.decode()
    assert 'name="low-learning_rate" value="0.0005"' in form
    typed = {"dataset": str(dataset.pk), "recipe": "conv", "typed": "conv", "trials": "3"}
    bad = owner_client.post("/sweeps/new/", {**typed, "low-dropout": "0.4", "high-dropout": "0.1"})
    assert bad.status_code == 422
    assert "must be below the highest" in bad.content.decode()
    assert 'name="low-dropout" value="0.4"' in bad.content.decode()
    started = owner_client.post("/sweeps/new/", {**typed, "low-dropout": "0.1", "high-dropout": "0.4"})
    sweep = Sweep.objects.get()
    assert started["Location"] == f"/sweeps/{sweep.pk}/"
    assert sweep.space == {"dropout": [0.1, 0.4]}
    assert "The first try is under way" in owner_client.get(f"/sweeps/{sweep.pk}/").content.decode()
    accuracies = iter((0.7, 0.9, 0.8))
    for job in (TrainingJob.objects.get(), None, None):
        ended(job or sweep_advance(sweep_id=sweep.pk), accuracy=next(accuracies))  # type: ignore[arg-type]
    sweep_advance(sweep_id=sweep.pk)
    page = owner_client.get(f"/sweeps/{sweep.pk}/").content.decode()
    assert "Try 2 did best: 10.0" in page
    assert page.index("20.0\xa0%") < page.index("30.0\xa0%")
    by_number = owner_client.get(f"/sweeps/{sweep.pk}/", {"sort": "trial"}).content.decode()
    assert by_number.index("30.0\xa0%") < by_number.index("20.0\xa0%")
    second = TrainingJob.objects.get(trial=2)
    launch = page.split('class="btn btn-primary" href="')[1].split('"')[0].replace("&amp;", "&")
    assert f'value="{second.options["dropout"]:.6g}"' in owner_client.get(launch).content.decode()
    assert f'href="/sweeps/{sweep.pk}/"' in owner_client.get("/training/").content.decode()
    stopped = owner_client.post(f"/sweeps/{sweep.pk}/stop/")
    assert stopped["Location"] == f"/sweeps/{sweep.pk}/"


def test_a_number_of_any_length_is_refused_by_the_forms(owner: User, owner_client: Client) -> None:
    dataset = make_dataset(owner)
    endless = "9" * 5_000
    asked = {"dataset": str(dataset.pk), "recipe": "conv", "trials": endless}
    assert owner_client.post("/sweeps/new/", asked).status_code == 422
    assert owner_client.get("/training/new/", {"dataset": str(dataset.pk), "seed": endless}).status_code == 200
