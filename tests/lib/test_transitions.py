from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechsite.lib.transitions import TransitionRefused, move, touch
from tests.training.rows import make_job
from training_jobs.models import TrainingJob

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db
Status = TrainingJob.Status


def test_a_row_moves_only_from_an_allowed_status(owner: User) -> None:
    job = make_job(owner)
    move(job, allowed_from={Status.QUEUED}, to=Status.RUNNING, attempt=0)
    assert job.status == Status.RUNNING
    with pytest.raises(TransitionRefused) as refused:
        move(job, allowed_from={Status.QUEUED}, to=Status.RUNNING)
    assert refused.value.code == "state_changed"
    assert refused.value.status == 409


def test_of_two_workers_one_gets_the_row(owner: User) -> None:
    job = make_job(owner)
    same = TrainingJob.objects.get(pk=job.pk)
    move(job, allowed_from={Status.QUEUED}, to=Status.RUNNING)
    with pytest.raises(TransitionRefused):
        move(same, allowed_from={Status.QUEUED}, to=Status.RUNNING)


def test_a_lost_worker_cannot_write_over_its_successor(owner: User) -> None:
    job = make_job(owner)
    move(job, allowed_from={Status.QUEUED}, to=Status.RUNNING, attempt=0)
    TrainingJob.objects.filter(pk=job.pk).update(attempt=1)
    assert not touch(job, allowed_in={Status.RUNNING}, attempt=0, progress=0.9)
    with pytest.raises(TransitionRefused):
        move(job, allowed_from={Status.RUNNING}, to=Status.QUEUED, attempt=0)
    assert touch(job, allowed_in={Status.RUNNING}, attempt=1, progress=0.5)
    job.refresh_from_db()
    assert job.progress == 0.5
