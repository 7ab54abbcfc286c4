"""Workers write down what people will read: in the language of whoever asked, whoever sent the work to them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.utils import timezone, translation

from speechsite.celery import app
from tests.datasets.sounds import zip_of
from tests.deadline import wait_for
from tests.training.rows import make_dataset, make_job
from training_jobs.models import Dataset, DatasetExport, DatasetImport, Sweep, TrainingJob
from training_jobs.services.dataset_export_rows import exports_reap
from training_jobs.services.imports import import_create, imports_reap
from training_jobs.services.jobs import training_job_claim
from training_jobs.services.reaping import training_job_hand_back, training_jobs_reap
from training_jobs.services.sweeps import sweep_advance
from training_jobs.tasks.imports import read_import

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client

QUEUE = "tests-of-languages"
LONG_AGO = timedelta(minutes=5)


def in_german(dataset: Dataset, path: Path) -> DatasetImport:
    """Ask for the reading of an upload without any sound."""
    empty = zip_of(path / "a.zip", {"readme.txt": b"no sound here"})
    with translation.override("de"):
        return import_create(dataset=dataset, owner=dataset.owner, file=empty, source_name="a.zip")


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Run a real worker on a queue of its own."""
    with app.connection() as connection:
        connection.default_channel.queue_delete(QUEUE)
    with start_worker(app, pool="solo", concurrency=1, queues=[QUEUE], perform_ping_check=False, shutdown_timeout=30):
        yield


@pytest.mark.usefixtures("worker")
def test_a_worker_speaks_the_language_of_whoever_asked(owner: User, tmp_path: Path) -> None:
    row = in_german(Dataset.objects.create(owner=owner, name="Wörter"), tmp_path)
    with translation.override("en"):  # as the reaper sends it
        read_import.apply_async([str(row.pk)], queue=QUEUE)
    wait_for(lambda: DatasetImport.objects.get(pk=row.pk).status == "failed", what="the end of the import")
    assert DatasetImport.objects.get(pk=row.pk).failure_message.startswith("In diesem Upload")


def test_a_page_asks_in_its_language(owner_client: Client) -> None:
    owner_client.post("/datasets/sample/", headers={"Accept-Language": "de-CH,de;q=0.9"})
    assert DatasetImport.objects.get().interface_language == "de"


def test_a_lost_training_is_taken_back_and_given_up_in_its_language(owner: User) -> None:
    job = make_job(owner, interface_language="de")
    for _ in range(settings.MAX_ATTEMPTS):
        assert training_job_claim(job_id=job.pk)
        TrainingJob.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - LONG_AGO)
        training_jobs_reap()
    job.refresh_from_db()
    lost = job.events.filter(data__code="worker_lost").order_by("id").first()
    assert lost is not None
    assert lost.message == "Der Worker von Anlauf 1 ging verloren. Der Auftrag wartet auf einen anderen."
    assert job.failure_message.startswith("Der Worker ging 3-mal verloren")


def test_a_stopped_worker_says_so_in_the_language_of_its_job(owner: User) -> None:
    job = make_job(owner, interface_language="de")
    assert training_job_claim(job_id=job.pk)
    assert training_job_hand_back(job_id=job.pk)
    assert job.events.get(data__code="worker_stopped").message.startswith("Der Worker von Anlauf 1 wurde angehalten.")


def test_a_search_goes_on_in_its_language(owner: User) -> None:
    dataset = make_dataset(owner)
    sweep = Sweep.objects.create(
        owner=owner,
        dataset=dataset,
        dataset_name=dataset.name,
        recipe="lstm",
        space={"learning_rate": [0.0005, 0.002]},
        split_method="random",
        trials_total=2,
        interface_language="de",
    )
    trial = sweep_advance(sweep_id=sweep.pk)
    assert trial is not None
    assert trial.interface_language == "de"


def test_what_is_given_up_is_told_in_the_language_it_was_asked_in(owner: User, tmp_path: Path) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Wörter")
    lost = {"status": "running", "attempt": settings.MAX_ATTEMPTS, "heartbeat_at": timezone.now() - LONG_AGO}
    export = DatasetExport.objects.create(owner=owner, dataset=dataset, layout="table", interface_language="de", **lost)
    upload = in_german(dataset, tmp_path)
    DatasetImport.objects.filter(pk=upload.pk).update(**lost | {"status": "reading"})
    assert exports_reap() == []
    assert imports_reap() == []
    for row in (export, upload):
        row.refresh_from_db()
        assert row.failure_message.startswith("Der Worker ging 3-mal verloren")
