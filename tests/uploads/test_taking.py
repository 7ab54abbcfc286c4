"""A whole upload becomes an import: through the API and through the page's form; once, however often it is asked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from speechsite.uploads.models import Upload
from tests.datasets.sounds import class_folders, zip_of
from tests.uploads.test_protocol import begun, piece
from training_jobs.models import Dataset, DatasetImport
from training_jobs.services.datasets import dataset_create
from training_jobs.services.imports import import_step

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from rest_framework.test import APIClient


def arrived(api: APIClient, path: Path, *, missing: int = 0) -> str:
    """Send a file but for its last bytes; return the upload's id."""
    content = path.read_bytes()
    address = begun(api, size=len(content), name=path.name)["Location"]
    assert piece(api, address, 0, content[: len(content) - missing]).status_code == 204
    return str(address.rstrip("/").rpartition("/")[2])


def imports_address(dataset: Dataset) -> str:
    return f"/api/v1/datasets/{dataset.pk}/imports/"


def archive(folder: Path) -> Path:
    return zip_of(folder / "march_words.zip", class_folders())


def test_an_upload_is_read_into_a_dataset(owner: User, owner_api: APIClient, tmp_path: Path) -> None:
    dataset = dataset_create(owner=owner, name="Words")
    path = archive(tmp_path)
    asked: dict[str, Any] = {
        "upload": arrived(owner_api, path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }  # fmt: skip
    answer = owner_api.post(imports_address(dataset), asked, format="json")
    assert answer.status_code == 202
    assert not Upload.objects.exists()
    again = owner_api.post(imports_address(dataset), asked, format="json")
    assert (again.status_code, again.data["id"]) == (202, answer.data["id"])
    row = import_step(import_id=answer.data["id"])
    assert row is not None
    assert (row.status, row.source_name, row.clips_kept > 0) == ("done", "march_words.zip", True)


def test_a_hash_that_does_not_fit_is_told_and_the_upload_stays(
    owner: User, owner_api: APIClient, tmp_path: Path
) -> None:
    dataset = dataset_create(owner=owner, name="Words")
    asked = {"upload": arrived(owner_api, archive(tmp_path)), "sha256": "0" * 64}
    answer = owner_api.post(imports_address(dataset), asked, format="json")
    assert (answer.status_code, answer.data["error"]["code"]) == (422, "upload_damaged")
    assert (Upload.objects.count(), DatasetImport.objects.count()) == (1, 0)


def test_an_upload_that_is_not_whole_is_refused(owner: User, owner_api: APIClient, tmp_path: Path) -> None:
    dataset = dataset_create(owner=owner, name="Words")
    answer = owner_api.post(
        imports_address(dataset), {"upload": arrived(owner_api, archive(tmp_path), missing=1)}, format="json"
    )
    assert (answer.status_code, answer.data["error"]["code"]) == (409, "upload_unfinished")


def test_somebody_elses_upload_is_unknown(
    owner_api: APIClient, stranger: User, stranger_api: APIClient, tmp_path: Path
) -> None:
    dataset = dataset_create(owner=stranger, name="Words")
    answer = stranger_api.post(
        imports_address(dataset), {"upload": arrived(owner_api, archive(tmp_path))}, format="json"
    )
    assert (answer.status_code, answer.data["error"]["code"]) == (404, "upload_unknown")
    assert Upload.objects.count() == 1


def test_a_file_or_an_upload_is_needed(owner: User, owner_api: APIClient) -> None:
    answer = owner_api.post(imports_address(dataset_create(owner=owner, name="Words")), {}, format="json")
    assert answer.status_code == 400
    assert "one of both" in str(answer.data["error"]["detail"])


def test_the_page_of_a_new_dataset_takes_an_upload(owner_api: APIClient, owner_client: Client, tmp_path: Path) -> None:
    asked = {"upload": arrived(owner_api, archive(tmp_path))}
    answer = owner_client.post("/datasets/new/", asked)
    row = DatasetImport.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/imports/{row.pk}/")
    assert (row.dataset.name, row.is_check_wanted, row.is_dataset_made_for_it) == ("march words", True, True)
    assert owner_client.post("/datasets/new/", asked)["Location"] == answer["Location"]
    assert Dataset.objects.count() == 1
    gone = owner_client.post("/datasets/new/", {"upload": "6c84fb90-12c4-11e1-840d-7b25c5ee775a"})
    assert (gone.status_code, Dataset.objects.count()) == (404, 1)
