from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.training.rows import make_dataset, make_job, spoken_by
from training_jobs.models import JobEvent, TrainingJob
from training_jobs.services.events import event_create
from training_jobs.services.snapshots import snapshot_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoCaptureOnCommitCallbacks
    from rest_framework.test import APIClient

JOBS = "/api/v1/training-jobs/"
SHAPE = {
    "id",
    "status",
    "stage",
    "attempt",
    "progress",
    "epoch",
    "epochs",
    "queue_position",
    "eta_seconds",
    "metrics",
    "model_version",
    "failure",
}


def test_a_training_is_started_with_a_dataset_alone(
    owner: User, owner_api: APIClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    dataset = make_dataset(owner)
    with django_capture_on_commit_callbacks() as sent:
        answer = owner_api.post(JOBS, {"dataset": str(dataset.pk)})
    assert answer.status_code == 202
    assert answer.json().keys() >= SHAPE
    assert (answer.json()["status"], answer.json()["queue_position"]) == ("queued", 1)
    assert answer["Location"].endswith(f"{JOBS}{answer.json()['id']}/")
    assert len(sent) == 1


def test_every_setting_can_be_given(owner: User, owner_api: APIClient) -> None:
    make_dataset(owner, speaker=spoken_by)
    body = {
        "dataset": "Numbers",
        "recipe": "lstm",
        "recognizer": "digits",
        "split": {"method": "speaker", "test_speakers": ["ada"]},
        "options": {"epochs": 3},
        "seed": 5,
    }
    answer = owner_api.post(JOBS, body).json()
    job = TrainingJob.objects.get(pk=answer["id"])
    assert (job.recipe, job.recognizer_name, job.options, job.seed) == ("lstm", "digits", {"epochs": 3}, 5)
    assert (job.split_method, job.split_options) == ("speaker", {"test_speakers": ["ada"]})


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_request"),
        ({"dataset": "Elsewhere"}, 404, "dataset_not_found"),
        ({"dataset": "Numbers", "recipe": "magic"}, 400, "unknown_recipe"),
        ({"dataset": "Numbers", "options": {"epochs": "many"}}, 400, "value_out_of_range"),
        ({"dataset": "Numbers", "split": "column"}, 400, "no_test_split"),
        ({"dataset": "Numbers", "split": {"test_speakers": []}}, 400, "bad_request"),
        ({"dataset": "Numbers", "split": 7}, 400, "bad_request"),
        ({"dataset": "Numbers", "seed": -1}, 400, "bad_request"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_code(
    owner: User, owner_api: APIClient, body: dict[str, Any], status: int, code: str
) -> None:
    make_dataset(owner)
    answer = owner_api.post(JOBS, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert TrainingJob.objects.count() == 0


def test_a_dataset_of_somebody_else_cannot_be_learned_from(owner: User, stranger_api: APIClient) -> None:
    dataset = make_dataset(owner)
    assert stranger_api.post(JOBS, {"dataset": str(dataset.pk)}).status_code == 404


def test_a_failed_job_tells_its_code_and_sentence(owner: User, owner_api: APIClient) -> None:
    job = make_job(
        owner, status="failed", failure_code="disk_full", failure_message="The disk is full.", failure_detail="errno 28"
    )
    body = owner_api.get(f"{JOBS}{job.pk}/").json()
    assert body["failure"] == {"code": "disk_full", "message": "The disk is full."}
    assert "errno 28" not in str(body)


def test_the_place_in_the_queue_counts_all_users(owner: User, member: User, owner_api: APIClient) -> None:
    make_job(member)
    job = make_job(owner)
    assert owner_api.get(f"{JOBS}{job.pk}/").json()["queue_position"] == 2


def test_a_job_is_cancelled_and_tried_again(owner: User, owner_api: APIClient) -> None:
    job = make_job(owner, make_dataset(owner))
    cancelled = owner_api.post(f"{JOBS}{job.pk}/cancel/")
    assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
    again = owner_api.post(f"{JOBS}{job.pk}/retry/")
    assert (again.status_code, again.json()["status"]) == (202, "queued")
    assert again.json()["id"] != str(job.pk)


def test_a_waiting_job_is_not_tried_again(owner: User, owner_api: APIClient) -> None:
    answer = owner_api.post(f"{JOBS}{make_job(owner, make_dataset(owner)).pk}/retry/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_not_finished")


def test_the_history_of_a_job_is_told_in_order(owner: User, owner_api: APIClient) -> None:
    job = make_job(owner, status="running", stage="training")
    event_create(job=job, kind=JobEvent.Kind.MESSAGE, message="40 clips read.")
    event_create(job=job, kind=JobEvent.Kind.EPOCH, data={"epoch": 1, "val_accuracy": 0.5})
    rows = owner_api.get(f"{JOBS}{job.pk}/events/").json()["results"]
    assert [row["kind"] for row in rows] == ["message", "epoch"]
    assert rows[1]["data"]["val_accuracy"] == 0.5
    only = owner_api.get(f"{JOBS}{job.pk}/events/?kind=epoch").json()
    assert only["count"] == 1


def test_jobs_are_filtered_and_ordered(owner: User, owner_api: APIClient) -> None:
    dataset = make_dataset(owner)
    first = make_job(owner, dataset, recognizer_name="digits")
    second = make_job(owner, status="cancelled")
    listed = owner_api.get(f"{JOBS}?ordering=created_at").json()["results"]
    assert [row["id"] for row in listed] == [str(first.pk), str(second.pk)]
    for query in ("status=queued", f"dataset={dataset.pk}", "recognizer=digits"):
        assert [row["id"] for row in owner_api.get(f"{JOBS}?{query}").json()["results"]] == [str(first.pk)]
    assert owner_api.get(f"{JOBS}?dataset=nonsense").json()["count"] == 0


def test_snapshots_can_be_read_and_not_written(owner: User, owner_api: APIClient) -> None:
    dataset = make_dataset(owner)
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    body = owner_api.get(f"/api/v1/snapshots/{snapshot.pk}/").json()
    assert (body["fingerprint"], body["counts"]) == (snapshot.fingerprint, snapshot.counts)
    assert owner_api.get(f"/api/v1/snapshots/?dataset={dataset.pk}").json()["count"] == 1
    assert owner_api.post("/api/v1/snapshots/", {}).status_code == 405


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("post", "cancel/"), ("post", "retry/"), ("get", "events/")],
)
def test_a_stranger_finds_no_job_of_the_owner(owner: User, stranger_api: APIClient, method: str, path: str) -> None:
    job = make_job(owner)
    assert getattr(stranger_api, method)(f"{JOBS}{job.pk}/{path}").status_code == 404
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_stranger_sees_empty_lists(owner: User, stranger_api: APIClient) -> None:
    snapshot = snapshot_create(dataset=make_dataset(owner), owner=owner)
    make_job(owner)
    assert stranger_api.get(JOBS).json()["count"] == 0
    assert stranger_api.get("/api/v1/snapshots/").json()["count"] == 0
    assert stranger_api.get(f"/api/v1/snapshots/{snapshot.pk}/").status_code == 404


def test_the_list_asks_the_database_the_same_for_3_jobs_and_for_30(owner: User, owner_api: APIClient) -> None:
    dataset = make_dataset(owner, clips=6)
    counts = []
    for more in (3, 27):
        for _ in range(more):
            make_job(owner, dataset)
        with CaptureQueriesContext(connection) as queries:
            owner_api.get(JOBS)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6
