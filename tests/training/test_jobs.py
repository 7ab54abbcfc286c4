from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from speechsite.lib.errors import ServiceError
from speechsite.lib.transitions import TransitionRefused
from tests.training.rows import make_dataset, make_job
from training_jobs.models import JobEvent, TrainingJob
from training_jobs.services.jobs import (
    recognizer_name_for,
    training_job_cancel,
    training_job_cancelled,
    training_job_claim,
    training_job_create,
    training_job_fail,
    training_job_retry,
)
from training_jobs.services.pulse import CancelRequested, Pulse, Superseded
from training_jobs.services.reaping import training_job_hand_back, training_jobs_reap

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django.fixtures import SettingsWrapper

LONG_AGO = timedelta(minutes=2)


def test_a_job_waits_with_the_settings_it_was_given(owner: User) -> None:
    dataset = make_dataset(owner, "Spoken digits")
    job = training_job_create(owner=owner, dataset=dataset, preset="fast", options={"learning_rate": "0.001"}, seed=7)
    assert (job.status, job.recognizer_name, job.recipe, job.split_method) == (
        "queued",
        "spoken-digits",
        "conv2d",
        "random",
    )
    assert job.options["learning_rate"] == 0.001
    assert "epochs" in job.options
    assert job.events.get().data == {"status": "queued"}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"recipe": "magic"}, "unknown_recipe"),
        ({"preset": "magic"}, "unknown_preset"),
        ({"options": {"speed": 3}}, "unknown_value"),
        ({"options": {"epochs": 0}}, "value_out_of_range"),
        ({"recognizer": "My digits"}, "recognizer_name"),
        ({"split_method": "column"}, "no_test_split"),
        ({"split_method": "speaker", "split_options": {"test_speakers": ["zoe"]}}, "unknown_speaker"),
    ],
)
def test_a_job_that_can_only_fail_is_never_made(owner: User, settings: dict[str, Any], code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        training_job_create(owner=owner, dataset=make_dataset(owner), **settings)
    assert refused.value.code == code
    assert TrainingJob.objects.count() == 0


def test_the_number_of_waiting_jobs_is_bounded(owner: User, settings: SettingsWrapper) -> None:
    settings.MAX_ACTIVE_JOBS_PER_USER = 1
    dataset = make_dataset(owner)
    training_job_create(owner=owner, dataset=dataset)
    with pytest.raises(ServiceError) as refused:
        training_job_create(owner=owner, dataset=dataset)
    assert (refused.value.code, refused.value.status) == ("too_many_jobs", 429)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Spoken digits, 2nd try", "spoken-digits-2nd-try"), ("अंक", "words"), ("x" * 90, "x" * 63)],
)
def test_a_recogniser_is_named_after_its_dataset(name: str, expected: str) -> None:
    assert recognizer_name_for(name) == expected


def test_a_job_is_claimed_once(owner: User) -> None:
    job = make_job(owner)
    first, second = training_job_claim(job_id=job.pk), training_job_claim(job_id=job.pk)
    assert first is not None
    assert (first.status, first.attempt, first.stage) == ("running", 1, "preparing")
    assert second is None


@pytest.mark.django_db
def test_a_message_for_a_job_that_is_gone_does_nothing() -> None:
    assert training_job_claim(job_id="5f0c2f0e-0000-4000-8000-000000000000") is None


def test_a_lost_worker_cannot_overwrite_its_successor(owner: User) -> None:
    job = make_job(owner)
    lost = training_job_claim(job_id=job.pk)
    assert lost
    TrainingJob.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - LONG_AGO)
    assert training_jobs_reap() == [job.pk]
    successor = training_job_claim(job_id=job.pk)
    assert successor
    assert successor.attempt == 2
    with pytest.raises(Superseded):
        Pulse(lost).write(progress=0.9)
    with pytest.raises(TransitionRefused):
        training_job_fail(job=lost, attempt=1, code="disk_full", message="The disk is full.")
    job.refresh_from_db()
    assert (job.status, job.attempt, job.progress) == ("running", 2, 0.0)


def test_a_lost_job_waits_again_and_says_so(owner: User) -> None:
    job = make_job(owner, status="running", heartbeat_at=timezone.now() - LONG_AGO, progress=0.5, stage="training")
    assert training_jobs_reap() == [job.pk]
    job.refresh_from_db()
    assert (job.status, job.stage, job.progress, job.started_at) == ("queued", "", 0.0, None)
    assert "attempt 1 was lost" in job.events.get().message


def test_after_three_lost_workers_a_job_fails_by_name(owner: User) -> None:
    job = make_job(owner)
    for attempt in (1, 2, 3):
        assert training_job_claim(job_id=job.pk)
        TrainingJob.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - LONG_AGO)
        assert training_jobs_reap() == ([job.pk] if attempt < 3 else [])
    job.refresh_from_db()
    assert (job.status, job.failure_code, job.attempt) == ("failed", "worker_lost", 3)
    assert "3 times" in job.failure_message


def test_a_site_that_is_stopped_and_started_loses_no_attempt(owner: User) -> None:
    job = make_job(owner)
    for attempt in range(1, 6):
        claimed = training_job_claim(job_id=job.pk)
        assert claimed
        assert claimed.attempt == attempt
        assert training_job_hand_back(job_id=job.pk)
        job.refresh_from_db()
        assert (job.status, job.started_at) == ("queued", None)
    assert not training_job_hand_back(job_id=job.pk)
    said = [event.message for event in job.events.filter(data__code="worker_stopped").order_by("id")]
    assert len(said) == 5
    assert "attempt 5 was stopped" in said[-1]


def test_a_lost_job_that_should_be_cancelled_is_cancelled(owner: User) -> None:
    stale = timezone.now() - LONG_AGO
    job = make_job(owner, status="running", heartbeat_at=stale, cancel_requested_at=stale)
    assert training_jobs_reap() == []
    job.refresh_from_db()
    assert job.status == "cancelled"


def test_a_living_job_is_left_alone(owner: User) -> None:
    make_job(owner, status="running")
    make_job(owner)
    assert training_jobs_reap() == []


def test_a_message_the_queue_lost_is_sent_again_once(owner: User) -> None:
    job = make_job(owner, sent_at=timezone.now() - LONG_AGO)
    assert training_jobs_reap() == [job.pk]
    assert training_jobs_reap() == []


def test_a_job_behind_a_busy_worker_is_not_sent_again_and_again(owner: User) -> None:
    make_job(owner, status="running")
    make_job(owner, sent_at=timezone.now() - LONG_AGO)
    assert training_jobs_reap() == []


def test_a_waiting_job_is_cancelled_at_once(owner: User) -> None:
    job = training_job_cancel(job=make_job(owner))
    assert job.status == "cancelled"
    assert job.finished_at


def test_a_running_job_is_asked_to_end(owner: User) -> None:
    job = training_job_cancel(job=make_job(owner, status="running"))
    assert (job.status, job.cancel_requested_at is not None) == ("running", True)
    pulse = Pulse(job)
    pulse._listened_at = 0.0
    with pytest.raises(CancelRequested):
        pulse.beat()
    assert training_job_cancelled(job=job, attempt=job.attempt).status == "cancelled"


def test_cancelling_what_has_ended_changes_nothing(owner: User) -> None:
    job = training_job_cancel(job=make_job(owner, status="failed", failure_code="disk_full"))
    assert job.status == "failed"


def test_a_pulse_notices_that_its_job_was_taken_back(owner: User) -> None:
    job = make_job(owner, status="running")
    pulse = Pulse(job)
    TrainingJob.objects.filter(pk=job.pk).update(attempt=2)
    pulse._listened_at = 0.0
    with pytest.raises(Superseded):
        pulse.beat()


def test_a_pulse_beats_while_nothing_is_said(owner: User) -> None:
    job = make_job(owner, status="running", heartbeat_at=timezone.now() - timedelta(seconds=20))
    before = job.heartbeat_at
    pulse = Pulse(job)
    pulse._listened_at = pulse._beaten_at = -1e9
    pulse.beat()
    job.refresh_from_db()
    assert before
    assert job.heartbeat_at
    assert job.heartbeat_at > before


def test_a_retry_is_a_new_job_with_the_same_settings(owner: User) -> None:
    dataset = make_dataset(owner)
    first = training_job_create(owner=owner, dataset=dataset, recipe="lstm", options={"epochs": 3}, seed=9)
    training_job_cancel(job=first)
    again = training_job_retry(job=first)
    assert again.pk != first.pk
    assert (again.status, again.recipe, again.options, again.seed) == ("queued", "lstm", {"epochs": 3}, 9)
    assert (again.split_method, again.recognizer_name) == (first.split_method, first.recognizer_name)


def test_a_running_job_is_not_retried(owner: User) -> None:
    with pytest.raises(ServiceError) as refused:
        training_job_retry(job=make_job(owner, make_dataset(owner), status="running"))
    assert refused.value.code == "job_not_finished"


def test_a_job_whose_dataset_was_deleted_is_not_retried(owner: User) -> None:
    with pytest.raises(ServiceError) as refused:
        training_job_retry(job=make_job(owner, status="failed", failure_code="disk_full"))
    assert refused.value.code == "dataset_deleted"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "failed", "finished_at": None},
        {"status": "failed", "failure_code": ""},
        {"failure_code": "disk_full"},
        {"progress": 1.5},
        {"progress": -0.1},
        {"finished_at": timezone.now()},
        {"status": "succeeded"},
    ],
)
def test_the_database_refuses_a_job_that_contradicts_itself(owner: User, changes: dict[str, Any]) -> None:
    job = make_job(owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingJob.objects.filter(pk=job.pk).update(**changes)


def test_events_are_told_in_order(owner: User) -> None:
    job = make_job(owner, make_dataset(owner))
    claimed = training_job_claim(job_id=job.pk)
    assert claimed
    Pulse(claimed).stage("training", "Training on 40 clips.", data={}, progress=0.05)
    Pulse(claimed).say("Only 4 clips are there to check on.", code="few_validation_clips")
    kinds = list(JobEvent.objects.filter(job=job).values_list("kind", "attempt"))
    assert kinds == [("status", 1), ("stage", 1), ("message", 1)]
