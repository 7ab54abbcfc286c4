"""Exports as rows: written by a worker, taken back from a lost one, gone after a day."""

from __future__ import annotations

import os
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import timezone

from speechsite.lib.errors import ServiceError
from tests.datasets.exporters.made import PIPED, add_clip
from training_jobs.models import Clip, DatasetExport
from training_jobs.services import dataset_export_run
from training_jobs.services.clips import clip_relabel
from training_jobs.services.dataset_export_rows import (
    export_create,
    export_file,
    export_there,
    exports_purge,
    exports_reap,
)
from training_jobs.services.dataset_export_run import export_run
from training_jobs.services.datasets import dataset_create, dataset_delete

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from training_jobs.models import Dataset

Status = DatasetExport.Status


@pytest.fixture(autouse=True)
def own_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep apart what other tests leave on the disk."""
    monkeypatch.setattr(settings, "PRIVATE_DIR", tmp_path)


@pytest.fixture
def talks(owner: User) -> Dataset:
    dataset = dataset_create(owner=owner, name="Talks", kind="sentences")
    add_clip(dataset, 0, "good morning")
    add_clip(dataset, 1, PIPED)
    return dataset


def asked(dataset: Dataset, layout: str = "site_bundle") -> DatasetExport:
    return export_create(dataset=dataset, owner=dataset.owner, layout=layout)


def written(dataset: Dataset, layout: str = "site_bundle") -> DatasetExport:
    row = export_run(export_id=asked(dataset, layout).pk)
    assert row is not None
    return row


def test_an_export_is_written_by_its_worker(talks: Dataset) -> None:
    row = written(talks, "ljspeech")
    assert (row.status, row.attempt, row.progress) == (Status.DONE, 1, 1.0)
    assert (row.clips_done, row.clips_total, row.clips_left_out) == (1, 2, 1)
    assert [one["text"] for one in row.left_out] == [PIPED]
    assert row.started_at
    assert row.finished_at
    path = export_file(export=row)
    assert path.stat().st_size == row.size_bytes
    with zipfile.ZipFile(path) as archive:
        assert "talks/metadata.csv" in archive.namelist()


def test_running_it_again_changes_nothing(talks: Dataset) -> None:
    row = written(talks)
    again = export_run(export_id=row.pk)
    assert again is not None
    assert (again.attempt, again.finished_at) == (1, row.finished_at)


def test_what_is_under_way_is_not_asked_for_twice(talks: Dataset) -> None:
    first = asked(talks)
    assert asked(talks) == first
    assert asked(talks, "nemo") != first


def test_a_file_is_given_again_until_the_dataset_changes(talks: Dataset) -> None:
    row = written(talks)
    assert export_there(dataset=talks, layout="site_bundle") == row
    assert export_there(dataset=talks, layout="nemo") is None
    clip = talks.clips.first()
    assert clip
    clip_relabel(clip=clip, speaker="anna")
    assert export_there(dataset=talks, layout="site_bundle") is None


def test_an_empty_dataset_is_refused_before_anything_is_queued(owner: User) -> None:
    dataset = dataset_create(owner=owner, name="Empty")
    with pytest.raises(ServiceError, match="no clips that are ready"):
        asked(dataset)
    assert not DatasetExport.objects.exists()


def test_only_so_many_exports_at_once(talks: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MAX_ACTIVE_JOBS_PER_USER", 1)
    asked(talks)
    with pytest.raises(ServiceError) as caught:
        asked(talks, "nemo")
    assert (caught.value.code, caught.value.status) == ("too_many_exports", 429)


def test_an_export_of_which_nothing_can_be_written_fails_with_the_reason(owner: User) -> None:
    dataset = dataset_create(owner=owner, name="Pipes", kind="sentences")
    add_clip(dataset, 0, PIPED)
    row = written(dataset, "ljspeech")
    assert (row.status, row.failure_code) == (Status.FAILED, "nothing_to_export")
    assert "separates the columns" in row.failure_message
    with pytest.raises(ServiceError) as caught:
        export_file(export=row)
    assert (caught.value.code, caught.value.status) == ("not_done", 409)


def test_whatever_happens_the_row_ends_with_a_sentence(talks: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(**_: object) -> None:
        raise RuntimeError("secret path /x")

    monkeypatch.setattr(dataset_export_run, "dataset_export", explode)
    row = written(talks)
    assert (row.status, row.failure_code) == (Status.FAILED, "export_failed")
    assert "secret" not in row.failure_message
    assert "secret path /x" in row.failure_detail


def lose(row: DatasetExport, **changes: object) -> None:
    silent = timezone.now() - timedelta(minutes=5)
    values = {"status": "running", "attempt": 1, "heartbeat_at": silent, **changes}
    DatasetExport.objects.filter(pk=row.pk).update(**values)


def test_a_lost_workers_export_goes_to_the_next(talks: Dataset) -> None:
    row = asked(talks)
    lose(row)
    assert exports_reap() == [row.pk]
    done = export_run(export_id=row.pk)
    assert done is not None
    assert (done.status, done.attempt) == (Status.DONE, 2)


def test_after_three_lost_workers_it_fails(talks: Dataset) -> None:
    row = asked(talks)
    lose(row, attempt=settings.MAX_ATTEMPTS)
    assert exports_reap() == []
    row.refresh_from_db()
    assert (row.status, row.failure_code) == (Status.FAILED, "worker_lost")


def test_a_message_that_was_lost_is_sent_again_once(talks: Dataset) -> None:
    row = asked(talks)
    assert exports_reap() == []
    DatasetExport.objects.filter(pk=row.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert exports_reap() == [row.pk]
    assert exports_reap() == []


def test_an_attempt_that_was_declared_lost_writes_nothing_over_its_successor(
    talks: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = asked(talks)
    honest = dataset_export_run.dataset_export

    def overtaken(**arguments: object) -> object:
        result = honest(**arguments)  # type: ignore[arg-type]  # passed through as it came
        DatasetExport.objects.filter(pk=row.pk).update(attempt=7)
        return result

    monkeypatch.setattr(dataset_export_run, "dataset_export", overtaken)
    left = export_run(export_id=row.pk)
    assert left is not None
    assert (left.status, left.attempt, left.file) == (Status.RUNNING, 7, "")
    assert zips() == []


def test_an_attempt_stops_when_its_row_is_gone(talks: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    row = asked(talks)
    honest = dataset_export_run.dataset_export

    def deleted(**arguments: object) -> object:
        dataset_delete(dataset=talks)
        return honest(**arguments)  # type: ignore[arg-type]  # as above

    monkeypatch.setattr(dataset_export_run, "dataset_export", deleted)
    assert export_run(export_id=row.pk) is None
    assert zips() == []


def test_a_file_goes_after_a_day_and_the_row_stays(talks: Dataset) -> None:
    row = written(talks)
    assert exports_purge() == 0
    assert exports_purge(now=timezone.now() + timedelta(days=1, minutes=1)) == 1
    row.refresh_from_db()
    assert (row.status, row.file) == (Status.DONE, "")
    assert zips() == []
    with pytest.raises(ServiceError) as caught:
        export_file(export=row)
    assert (caught.value.code, caught.value.status) == ("export_gone", 410)
    assert export_there(dataset=talks, layout="site_bundle") is None


def test_what_a_killed_worker_left_goes_after_a_day(talks: Dataset) -> None:
    row = written(talks)
    half = row.path.with_name(".half.zip.partial")
    half.write_bytes(b"PK")
    fresh = row.path.with_name(".fresh.zip.partial")
    fresh.write_bytes(b"PK")
    texts = row.path.with_name(".texts-killed")
    texts.mkdir()
    (texts / "manifest.jsonl").write_text("{}", encoding="utf-8")
    for old in (half, texts, row.path):
        os.utime(old, (0, 0))
    assert exports_purge() == 2
    assert not texts.exists()
    assert not half.exists()
    assert fresh.exists()
    assert row.path.exists()
    fresh.unlink()


def test_the_files_go_with_the_dataset(talks: Dataset, django_capture_on_commit_callbacks: object) -> None:
    row = written(talks)
    path = export_file(export=row)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture of pytest-django
        dataset_delete(dataset=talks)
    assert not path.exists()
    assert not Clip.objects.filter(dataset_id=talks.pk).exists()


def zips() -> list[str]:
    """Return the files of exports that are on the disk."""
    return [path.name for path in (settings.PRIVATE_DIR / "exports").glob("*/*")]
