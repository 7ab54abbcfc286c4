from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.training.rows import learning_job, make_dataset, make_job
from training_jobs.models import TrainingJob
from training_jobs.services.estimates import (
    USUAL_RATE,
    jobs_ahead,
    measured_rate,
    queue_position,
    training_seconds,
    training_work,
    waiting_seconds,
)
from training_jobs.services.snapshots import snapshot_create
from training_jobs.trainer.recipes import recipe_values

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COUNTS = {"train": 2000, "validation": 200, "test": 300}


def test_more_epochs_and_wider_nets_take_longer() -> None:
    plain = recipe_values("conv", {})
    times = [
        training_seconds(recipe="conv", values=values, counts=COUNTS, rate=1000)
        for values in ({**plain, "epochs": 12}, plain, {**plain, "width": 2.0})
    ]
    assert times == sorted(times)
    assert times[0] < times[2] / 2


@pytest.mark.django_db
def test_before_the_first_job_the_rate_is_a_guess() -> None:
    assert measured_rate("conv") == (USUAL_RATE, 0)


def test_the_rate_is_that_of_past_jobs(owner: User) -> None:
    job = learning_job(owner, epochs=10)
    assert job.dataset
    snapshot = snapshot_create(dataset=job.dataset, owner=owner)
    TrainingJob.objects.filter(pk=job.pk).update(
        status="succeeded", finished_at=job.created_at, snapshot=snapshot, options={"epochs": 10}
    )
    rate, jobs = measured_rate("conv")
    work = training_work(
        recipe="conv", values=recipe_values("conv", {"epochs": 10}), train_clips=snapshot.counts["train"]
    )
    assert jobs == 1
    assert rate == pytest.approx(work / 20.0)


def test_the_line_is_one_for_all_users(owner: User, member: User) -> None:
    dataset = make_dataset(owner)
    running = make_job(member, status="running", eta_seconds=40.0)
    first, second = make_job(member), make_job(owner, dataset)
    assert [queue_position(job) for job in (running, first, second)] == [None, 1, 2]
    assert jobs_ahead(second.created_at) == 2
    assert waiting_seconds(first.created_at) == pytest.approx(40.0)
    assert waiting_seconds(second.created_at) > 40.0
