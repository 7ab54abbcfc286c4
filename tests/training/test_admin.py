from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.training.rows import make_dataset, make_job
from training_jobs.models import JobEvent
from training_jobs.services.evaluation import Heard, job_results_replace
from training_jobs.services.events import event_create
from training_jobs.services.snapshots import snapshot_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import Model
    from django.test import Client

    from training_jobs.models import TrainingJob


@pytest.fixture
def job(owner: User) -> TrainingJob:
    dataset = make_dataset(owner, clips=12)
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    job = make_job(owner, dataset, snapshot=snapshot)
    event_create(job=job, kind=JobEvent.Kind.MESSAGE, message="12 clips read.")
    row = snapshot.clips.first()
    assert row
    job_results_replace(job=job, results=[Heard(row.pk, row.text, "", "two", "word", 0.9)])
    return job


@pytest.mark.parametrize("noun", ["trainingjob", "jobevent", "testresult", "snapshot", "snapshotclip"])
def test_staff_look_at_every_table_and_row(admin_client: Client, job: TrainingJob, noun: str) -> None:
    assert job.snapshot
    rows: dict[str, Model | None] = {
        "trainingjob": job,
        "jobevent": job.events.first(),
        "testresult": job.test_results.first(),
        "snapshot": job.snapshot,
        "snapshotclip": job.snapshot.clips.first(),
    }
    row = rows[noun]
    assert row
    assert admin_client.get(f"/admin/training_jobs/{noun}/?q=x").status_code == 200
    page = admin_client.get(f"/admin/training_jobs/{noun}/{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()


def test_staff_cancel_a_training_through_its_service(admin_client: Client, job: TrainingJob) -> None:
    values = {"action": "cancel", "_selected_action": [str(job.pk)]}
    assert admin_client.post("/admin/training_jobs/trainingjob/", values).status_code == 302
    job.refresh_from_db()
    assert job.status == "cancelled"


def test_those_who_are_not_staff_are_kept_out(owner_client: Client, job: TrainingJob) -> None:
    assert owner_client.get("/admin/training_jobs/trainingjob/").status_code == 302
