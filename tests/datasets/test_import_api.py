"""Dry runs through the API: report, answers, accept, discard, examples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.datasets.sounds import class_folders, common_voice, zip_of
from tests.datasets.test_import_check import READ_ALOUD, checked
from training_jobs.models import DatasetImport
from training_jobs.services.imports import import_step

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_django import DjangoCaptureOnCommitCallbacks
    from rest_framework.test import APIClient

    from training_jobs.models import Dataset

BASE = "/api/v1"


def upload(api: APIClient, dataset: Dataset, path: Path, **fields: Any) -> Any:
    body = {"file": SimpleUploadedFile(path.name, path.read_bytes()), **fields}
    return api.post(f"{BASE}/datasets/{dataset.pk}/imports/", body, format="multipart")


def test_a_dry_run_is_asked_for_read_and_accepted(
    owner_api: APIClient,
    dataset: Dataset,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    answer = upload(owner_api, dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)), dry_run="true")
    assert (answer.status_code, answer.data["dry_run"], answer.data["status"]) == (202, True, "received")
    address = f"{BASE}/imports/{answer.data['id']}/"
    assert owner_api.get(address).data["report"] == {}
    import_step(import_id=answer.data["id"])
    read = owner_api.get(address).data
    assert (read["status"], read["clips"], read["report"]["clips"]) == ("checked", 0, 5)
    assert "counted" not in read["report"]["writing"]
    with django_capture_on_commit_callbacks() as callbacks:
        accepted = owner_api.post(f"{address}accept/")
    assert (accepted.status_code, accepted.data["status"], len(callbacks)) == (202, "received", 1)
    import_step(import_id=answer.data["id"])
    done = owner_api.get(address).data
    assert (done["status"], done["clips"], done["dry_run"]) == ("done", 5, False)
    assert owner_api.get(f"{BASE}/datasets/{dataset.pk}/").data["kind"] == "sentences"
    assert owner_api.post(f"{address}accept/").status_code == 409


def test_without_a_word_about_it_an_upload_is_read_at_once(
    owner_api: APIClient, dataset: Dataset, tmp_path: Path
) -> None:
    answer = upload(owner_api, dataset, zip_of(tmp_path / "a.zip", class_folders()))
    import_step(import_id=answer.data["id"])
    assert owner_api.get(f"{BASE}/imports/{answer.data['id']}/").data["status"] == "done"


def test_options_come_with_the_upload(owner_api: APIClient, dataset: Dataset, tmp_path: Path) -> None:
    options = json.dumps({"kind": "sentences", "rules": {"case": "keep"}})
    answer = upload(owner_api, dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)), options=options)
    assert answer.data["options"] == {"kind": "sentences", "rules": {"case": "keep"}}
    import_step(import_id=answer.data["id"])
    dataset.refresh_from_db()
    assert (dataset.kind, dataset.text_rules["case"]) == ("sentences", "keep")


@pytest.mark.parametrize(
    "options", ['{"colour": "red"}', '{"kind": "songs"}', '{"rules": {"case": "shout"}}', "[1]", "not JSON"]
)
def test_options_there_are_none_of_are_400(
    options: str, owner_api: APIClient, dataset: Dataset, tmp_path: Path
) -> None:
    answer = upload(owner_api, dataset, zip_of(tmp_path / "a.zip", class_folders()), options=options)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"option_unknown", "unknown_kind", "rule_unknown", "bad_request"}
    assert not DatasetImport.objects.exists()


def test_answers_change_the_report_or_have_it_made_again(
    owner_api: APIClient, dataset: Dataset, tmp_path: Path
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)))
    address = f"{BASE}/imports/{row.pk}/"
    kept = owner_api.patch(address, {"options": {"rules": {"case": "keep"}}})
    assert (kept.status_code, kept.data["status"]) == (200, "checked")
    assert "T" in [one["character"] for one in kept.data["report"]["writing"]["characters"]]
    again = owner_api.patch(address, {"layout": "class_folders"})
    assert (again.status_code, again.data["status"]) == (202, "received")
    assert owner_api.patch(address, {"options": {"kind": "words"}}).status_code == 409, "it is not checked yet"
    assert owner_api.patch(address, {"layout": "of my own"}).status_code == 400


def test_an_upload_is_thrown_away(owner_api: APIClient, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    answer = owner_api.post(f"{BASE}/imports/{row.pk}/discard/")
    assert (answer.status_code, answer.data["status"]) == (200, "discarded")
    assert owner_api.post(f"{BASE}/imports/{row.pk}/accept/").status_code == 409
    assert owner_api.get(f"{BASE}/datasets/{dataset.pk}/").status_code == 200


def test_an_example_is_heard_in_part_and_gone_after_the_decision(
    owner_api: APIClient, dataset: Dataset, tmp_path: Path
) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    address = f"{BASE}/imports/{row.pk}/examples/{row.report['examples'][0]['number']}/"
    part = owner_api.get(address, headers={"range": "bytes=0-3"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"fLaC")  # type: ignore[attr-defined]  # a file response
    assert owner_api.get(f"{BASE}/imports/{row.pk}/examples/999/").status_code == 404
    owner_api.post(f"{BASE}/imports/{row.pk}/discard/")
    assert owner_api.get(address).status_code == 404


def test_a_stranger_finds_no_dry_run(stranger_api: APIClient, dataset: Dataset, tmp_path: Path) -> None:
    row = checked(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    address = f"{BASE}/imports/{row.pk}/"
    assert stranger_api.get(f"{address}examples/0/").status_code == 404
    assert stranger_api.patch(address, {"options": {}}).status_code == 404
    assert {stranger_api.post(f"{address}{act}/").status_code for act in ("accept", "discard")} == {404}
    row.refresh_from_db()
    assert row.status == "checked"
