"""Asking for an export and fetching it, by page and by API."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from tests.datasets.exporters.made import PIPED, add_clip
from training_jobs.exporters import layouts_for
from training_jobs.models import DatasetExport
from training_jobs.services.dataset_export_run import export_run
from training_jobs.services.datasets import dataset_create
from training_jobs.tasks import reap

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from rest_framework.test import APIClient

    from training_jobs.models import Dataset


@pytest.fixture
def talks(owner: User) -> Dataset:
    dataset = dataset_create(owner=owner, name="Talks", kind="sentences", language="en")
    add_clip(dataset, 0, "good morning", "anna", "train")
    add_clip(dataset, 1, PIPED)
    return dataset


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is put on the queue, once the transaction is through."""
    ids: list[str] = []
    monkeypatch.setattr("training_jobs.tasks.exports.write_export.delay", ids.append)
    return ids


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_by_api_from_asking_to_the_file(
    talks: Dataset, owner_api: APIClient, sent: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner_api.post(f"/api/v1/datasets/{talks.pk}/exports/", {"layout": "ljspeech"}, format="json")
    assert answer.status_code == 202
    row = answer.json()
    assert sent == [row["id"]]
    assert (row["status"], row["layout"], row["file"], row["failure"]) == ("queued", "ljspeech", None, None)
    assert answer["Location"] == f"/api/v1/exports/{row['id']}/"
    early = owner_api.get(f"/api/v1/exports/{row['id']}/file/")
    assert (early.status_code, early.json()["error"]["code"]) == (409, "not_done")
    export_run(export_id=row["id"])
    done = owner_api.get(answer["Location"]).json()
    assert (done["status"], done["progress"], done["clips"], done["clips_left_out"]) == ("done", 1.0, 1, 1)
    assert done["left_out"][0]["code"] == "text_not_representable"
    file = owner_api.get(done["file"])
    assert (file["Content-Type"], file["Accept-Ranges"]) == ("application/zip", "bytes")
    assert file["Content-Disposition"] == 'attachment; filename="talks-ljspeech.zip"'
    content = body(file)
    assert len(content) == done["bytes"]
    assert "talks/metadata.csv" in zipfile.ZipFile(io.BytesIO(content)).namelist()
    part = owner_api.get(done["file"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, body(part)) == (206, b"PK\x03\x04")


def test_one_address_gives_the_file_as_soon_as_there_is_one(
    talks: Dataset, owner_api: APIClient, sent: list[str]
) -> None:
    address = f"/api/v1/datasets/{talks.pk}/export/?layout=nemo"
    first, second = owner_api.get(address), owner_api.get(address)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    export_run(export_id=first.json()["id"])
    there = owner_api.get(address)
    assert (there.status_code, there["Content-Type"]) == (200, "application/zip")
    assert body(there)[:2] == b"PK"
    add_clip(talks, 2, "one more")
    changed = owner_api.get(address)
    assert changed.status_code == 202
    assert changed.json()["id"] != first.json()["id"]


def test_the_list_of_exports_can_be_narrowed(talks: Dataset, owner_api: APIClient, sent: list[str]) -> None:
    done = owner_api.post(f"/api/v1/datasets/{talks.pk}/exports/", {}, format="json").json()
    export_run(export_id=done["id"])
    owner_api.post(f"/api/v1/datasets/{talks.pk}/exports/", {"layout": "kaldi"}, format="json")
    rows = owner_api.get(f"/api/v1/datasets/{talks.pk}/exports/").json()["results"]
    assert {row["layout"] for row in rows} == {"site_bundle", "kaldi"}
    rows = owner_api.get(f"/api/v1/datasets/{talks.pk}/exports/?status=done").json()["results"]
    assert [row["id"] for row in rows] == [done["id"]]


@pytest.mark.parametrize(
    ("layout", "status", "code"), [("class_folders", 400, "layout_for_other_kind"), ("csv", 400, "bad_request")]
)
def test_a_layout_that_cannot_be_is_refused(
    layout: str, status: int, code: str, talks: Dataset, owner_api: APIClient
) -> None:
    answer = owner_api.post(f"/api/v1/datasets/{talks.pk}/exports/", {"layout": layout}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not DatasetExport.objects.exists()


def test_strangers_find_no_export(talks: Dataset, stranger_api: APIClient, owner: User) -> None:
    row = DatasetExport.objects.create(dataset=talks, owner=owner, layout="nemo")
    for address in (f"exports/{row.pk}/", f"exports/{row.pk}/file/", f"datasets/{talks.pk}/export/"):
        assert stranger_api.get(f"/api/v1/{address}").status_code == 404
    assert stranger_api.post(f"/api/v1/datasets/{talks.pk}/exports/").status_code == 404


def test_the_reaper_sends_what_the_queue_lost(talks: Dataset, owner: User, sent: list[str]) -> None:
    row = DatasetExport.objects.create(dataset=talks, owner=owner, layout="nemo")
    reap()
    assert sent == [str(row.pk)]


def test_the_page_says_what_each_layout_keeps_and_loses(talks: Dataset, owner_client: Client) -> None:
    page = owner_client.get(reverse("training_jobs:dataset-export", args=[talks.pk])).content.decode()
    for layout in layouts_for("sentences"):
        assert f'value="{layout.name}"' in page
        assert layout.keeps.kept() in page
    assert 'value="class_folders"' not in page
    assert "Loses speakers and the rate each was recorded at." in page
    assert "Export 2 clips" in page


def test_by_page_from_the_dataset_to_the_file(talks: Dataset, owner_client: Client, sent: list[str]) -> None:
    address = reverse("training_jobs:dataset-export", args=[talks.pk])
    assert address in owner_client.get(reverse("training_jobs:dataset-detail", args=[talks.pk])).content.decode()
    asked = owner_client.post(address, {"layout": "ljspeech"})
    row = DatasetExport.objects.get()
    assert asked["Location"] == reverse("training_jobs:export-detail", args=[row.pk])
    waiting = owner_client.get(asked["Location"]).content.decode()
    assert "waiting for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    export_run(export_id=row.pk)
    done = owner_client.get(reverse("training_jobs:export-status", args=[row.pk])).content.decode()
    assert "hx-trigger" not in done
    assert "1 clip written as LJ Speech" in done
    assert "1 clip left out" in done
    assert PIPED in done
    file = owner_client.get(reverse("training_jobs:export-file", args=[row.pk]))
    assert (file.status_code, body(file)[:2]) == (200, b"PK")
    assert "Download" in owner_client.get(address).content.decode()


def test_the_page_of_a_failed_export_says_why_and_what_to_do(
    owner: User, owner_client: Client, sent: list[str]
) -> None:
    dataset = dataset_create(owner=owner, name="Pipes", kind="sentences")
    add_clip(dataset, 0, PIPED)
    owner_client.post(reverse("training_jobs:dataset-export", args=[dataset.pk]), {"layout": "ljspeech"})
    row = DatasetExport.objects.get()
    export_run(export_id=row.pk)
    page = owner_client.get(reverse("training_jobs:export-detail", args=[row.pk])).content.decode()
    assert "Nothing was exported" in page
    assert "Choose another layout for it." in page
    assert "nothing_to_export" in page


def test_an_empty_dataset_offers_no_export(owner: User, owner_client: Client) -> None:
    dataset = dataset_create(owner=owner, name="Empty")
    address = reverse("training_jobs:dataset-export", args=[dataset.pk])
    assert "No clips that are ready" in owner_client.get(address).content.decode()
    refused = owner_client.post(address, {"layout": "nemo"})
    assert refused.status_code == 409
    assert "nothing_to_export" in refused.content.decode()
