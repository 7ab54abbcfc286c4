"""The tus protocol through the API: creation, pieces, checksum, expiry, termination, and what is refused."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.utils import timezone

from speechsite.uploads.models import Upload
from speechsite.uploads.services.uploads import uploads_purge

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoCaptureOnCommitCallbacks
    from pytest_django.fixtures import SettingsWrapper
    from rest_framework.test import APIClient

BASE = "/api/v1/uploads/"
TUS = {"Tus-Resumable": "1.0.0"}
CONTENT = bytes(range(256)) * 40


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def begun(api: APIClient, size: int = len(CONTENT), name: str = "words.zip") -> Any:
    metadata = f"filename {encoded(name)},filetype {encoded('application/zip')},relativePath"
    return api.post(BASE, headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata})


def piece(api: APIClient, address: str, offset: int, content: bytes, **headers: str) -> Any:
    told = {**TUS, "Upload-Offset": str(offset), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return api.patch(address, content, content_type="application/offset+octet-stream", headers=told)


def test_a_file_arrives_in_pieces(owner_api: APIClient) -> None:
    answer = begun(owner_api)
    assert (answer.status_code, answer["Upload-Offset"], answer["Tus-Resumable"]) == (201, "0", "1.0.0")
    address = answer["Location"]
    assert piece(owner_api, address, 0, CONTENT[:4_000])["Upload-Offset"] == "4000"
    told = owner_api.head(address, headers=TUS)
    assert (told["Upload-Offset"], told["Upload-Length"], told["Cache-Control"]) == (
        "4000",
        str(len(CONTENT)),
        "no-store",
    )
    assert told["Upload-Metadata"].startswith("filename d29yZHMuemlw,")
    last = piece(owner_api, address, 4_000, CONTENT[4_000:])
    assert (last.status_code, last["Upload-Offset"]) == (204, str(len(CONTENT)))
    upload = Upload.objects.get()
    assert (upload.status, upload.name, upload.path.read_bytes()) == ("whole", "words.zip", CONTENT)


def test_what_the_site_can_do_is_told_to_anybody(db: None) -> None:
    from django.test import Client  # noqa: PLC0415 - nobody is logged in here

    told = Client().options(BASE)
    assert (told.status_code, told["Tus-Version"], told["Tus-Max-Size"]) == (
        204, "1.0.0", str(settings.MAX_UPLOAD_BYTES),
    )  # fmt: skip
    assert set(told["Tus-Extension"].split(",")) == {"creation", "checksum", "expiration", "termination"}
    assert Client().post(BASE, headers={**TUS, "Upload-Length": "5"}).status_code in {401, 403}


def test_a_piece_that_begins_elsewhere_is_refused_and_nothing_is_lost(owner_api: APIClient) -> None:
    address = begun(owner_api)["Location"]
    piece(owner_api, address, 0, CONTENT[:1_000])
    for offset in (0, 999, 1_001):
        answer = piece(owner_api, address, offset, CONTENT[:10])
        assert (answer.status_code, answer.data["error"]["code"]) == (409, "upload_offset")
    assert piece(owner_api, address, 1_000, CONTENT[1_000:]).status_code == 204
    assert Upload.objects.get().path.read_bytes() == CONTENT


def test_what_a_killed_worker_wrote_behind_the_offset_counts_for_nothing(owner_api: APIClient) -> None:
    address = begun(owner_api)["Location"]
    piece(owner_api, address, 0, CONTENT[:1_000])
    with Upload.objects.get().path.open("ab") as file:
        file.write(b"half of a piece, in front of the end of its process" * 400)
    piece(owner_api, address, 1_000, CONTENT[1_000:])
    assert Upload.objects.get().path.read_bytes() == CONTENT


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_a_damaged_piece_is_not_kept(owner_api: APIClient, algorithm: str) -> None:
    address = begun(owner_api)["Location"]
    right = base64.b64encode(hashlib.new(algorithm, CONTENT[:500]).digest()).decode()
    damaged = piece(owner_api, address, 0, CONTENT[1:501], Upload_Checksum=f"{algorithm} {right}")
    assert (damaged.status_code, damaged.data["error"]["code"]) == (460, "checksum_mismatch")
    assert owner_api.head(address, headers=TUS)["Upload-Offset"] == "0"
    assert piece(owner_api, address, 0, CONTENT[:500], Upload_Checksum=f"{algorithm} {right}").status_code == 204


@pytest.mark.parametrize("header", ["crc32 AAAA", "sha256", "sha256 not base64!"])
def test_a_checksum_that_cannot_be_read_is_refused(owner_api: APIClient, header: str) -> None:
    address = begun(owner_api)["Location"]
    answer = piece(owner_api, address, 0, CONTENT, Upload_Checksum=header)
    assert (answer.status_code, answer.data["error"]["code"]) == (400, "bad_checksum")


def test_more_than_was_announced_is_refused(owner_api: APIClient) -> None:
    address = begun(owner_api, size=100)["Location"]
    answer = piece(owner_api, address, 0, CONTENT)
    assert (answer.status_code, answer.data["error"]["code"]) == (413, "upload_overflow")
    assert piece(owner_api, address, 0, CONTENT[:100]).status_code == 204


def test_two_writers_at_once_do_not_mix(owner_api: APIClient) -> None:
    address = begun(owner_api)["Location"]
    with Upload.objects.get().path.open("r+b") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        answer = piece(owner_api, address, 0, CONTENT)
        assert (answer.status_code, answer.data["error"]["code"]) == (423, "upload_busy")
    assert piece(owner_api, address, 0, CONTENT).status_code == 204


def test_limits_are_told_before_the_first_byte(owner_api: APIClient, settings: SettingsWrapper) -> None:
    settings.MAX_UPLOAD_BYTES, settings.MAX_WAITING_UPLOAD_BYTES_PER_USER = 1_000, 1_500
    refused = begun(owner_api, size=1_001)
    assert (refused.status_code, refused.data["error"]["code"]) == (413, "too_large")
    assert begun(owner_api, size=900).status_code == 201
    full = begun(owner_api, size=601)
    assert (full.status_code, full.data["error"]["code"]) == (413, "uploads_full")
    assert begun(owner_api, size=600).status_code == 201
    empty = begun(owner_api, size=0)
    assert (empty.status_code, empty.data["error"]["code"]) == (400, "upload_empty")


def test_a_full_disk_is_told_before_the_first_byte(owner_api: APIClient, settings: SettingsWrapper) -> None:
    settings.MAX_UPLOAD_BYTES = settings.MAX_WAITING_UPLOAD_BYTES_PER_USER = 1 << 60
    answer = begun(owner_api, size=1 << 55)
    assert (answer.status_code, answer.data["error"]["code"]) == (507, "disk_full")


def test_another_version_and_other_bodies_are_refused(owner_api: APIClient) -> None:
    address = begun(owner_api)["Location"]
    assert owner_api.post(BASE, headers={"Upload-Length": "5", "Tus-Resumable": "0.2.2"}).status_code == 412
    old = owner_api.patch(address, b"x", content_type="application/offset+octet-stream", headers={"Upload-Offset": "0"})
    assert (old.status_code, old["Tus-Resumable"]) == (412, "1.0.0")
    form = owner_api.patch(address, b"x", content_type="application/json", headers={**TUS, "Upload-Offset": "0"})
    assert form.status_code == 415
    for length in ("-1", "ten", ""):
        assert owner_api.post(BASE, headers={**TUS, "Upload-Length": length}).data["error"]["code"] == "bad_header"


def test_an_upload_is_given_up(
    owner_api: APIClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    address = begun(owner_api)["Location"]
    path = Upload.objects.get().path
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert owner_api.delete(address).status_code == 204
    assert not path.exists()
    assert owner_api.head(address, headers=TUS).status_code == 404


def test_a_stranger_sees_nothing_of_it(owner_api: APIClient, stranger_api: APIClient) -> None:
    address = begun(owner_api)["Location"]
    assert stranger_api.get(BASE).data["results"] == []
    assert [row["name"] for row in owner_api.get(BASE).data["results"]] == ["words.zip"]
    for answer in (
        stranger_api.get(address),
        stranger_api.head(address, headers=TUS),
        piece(stranger_api, address, 0, CONTENT),
        stranger_api.delete(address),
    ):
        assert answer.status_code == 404
    assert Upload.objects.get().offset_bytes == 0


def test_what_nobody_goes_on_with_is_forgotten(
    owner: User, owner_api: APIClient, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    left, kept = begun(owner_api)["Location"], begun(owner_api)["Location"]
    orphan = Upload(owner=owner, size_bytes=1, name="", expires_at=timezone.now()).path
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"x")
    two_days_ago = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(orphan, (two_days_ago, two_days_ago))
    rows = Upload.objects.filter(pk=left.rstrip("/").rpartition("/")[2])
    rows.update(expires_at=timezone.now() - timedelta(seconds=1))
    path = rows.get().path
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads_purge() == 2
    assert not path.exists()
    assert not orphan.exists()
    assert owner_api.head(left, headers=TUS).status_code == 404
    assert owner_api.head(kept, headers=TUS).status_code == 200
