"""A whole upload becomes a transcription: through the API and through the page's form; once, however often asked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from recognition.models import ModelVersion, Transcription
from recognition.services.transcriptions import transcription_run
from speechsite.uploads.models import Upload
from tests.recognition.conftest import register, tones
from tests.recognition.tones import said, wav
from tests.uploads.test_taking import arrived

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from rest_framework.test import APIClient

__all__ = ["register", "tones"]
pytestmark = pytest.mark.django_db
URL = "/api/v1/transcriptions/"
LONG = ["low", "high", "middle", "low"] * 10


def recording(folder: Path, labels: list[str]) -> Path:
    path = folder / "meeting.wav"
    path.write_bytes(wav(said(*labels)))
    return path


def asked_for(api: APIClient, path: Path, **more: Any) -> dict[str, Any]:
    return {
        "upload": arrived(api, path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "model": "tones", **more
    }  # fmt: skip


def test_a_short_upload_is_answered_with_its_text_and_only_once(
    owner_api: APIClient, tones: ModelVersion, tmp_path: Path
) -> None:
    asked = asked_for(owner_api, recording(tmp_path, ["low", "high"]))
    answer = owner_api.post(URL, asked, format="json")
    assert (answer.status_code, answer.data["text"]) == (200, "low high")
    assert not Upload.objects.exists()
    again = owner_api.post(URL, asked, format="json")
    assert (again.status_code, again.data["id"]) == (200, answer.data["id"])
    row = Transcription.objects.get()
    assert (row.source_name, row.origin) == ("meeting.wav", "api")


def test_a_long_upload_is_kept_for_a_worker_without_the_upload(
    owner_api: APIClient, tones: ModelVersion, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> None:
    asked = asked_for(owner_api, recording(tmp_path, LONG))
    path = Upload.objects.get().path
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner_api.post(URL, asked, format="json")
    assert (answer.status_code, answer.data["status"]) == (202, "queued")
    assert not Upload.objects.exists()
    assert not path.exists()
    done = transcription_run(transcription_id=answer.data["id"])
    assert done is not None
    assert done.text.split() == LONG


def test_what_is_no_sound_is_told_and_the_upload_stays(
    owner_api: APIClient, tones: ModelVersion, tmp_path: Path
) -> None:
    path = tmp_path / "notes.wav"
    path.write_bytes(b"not a sound" * 1000)
    answer = owner_api.post(URL, asked_for(owner_api, path), format="json")
    assert answer.status_code in {400, 415, 422}
    assert Upload.objects.count() == 1
    assert not Transcription.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"sha256": "0" * 64}, 422, "upload_damaged"),
        ({"upload": "00000000-0000-0000-0000-000000000000"}, 404, "upload_unknown"),
        ({"model": "nobody"}, 404, "model_not_found"),
        ({"upload": None}, 400, "bad_request"),
    ],
)
def test_what_cannot_be_taken_is_named(
    owner_api: APIClient, tones: ModelVersion, tmp_path: Path, change: dict[str, Any], status: int, code: str
) -> None:
    answer = owner_api.post(URL, {**asked_for(owner_api, recording(tmp_path, ["low"])), **change}, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Transcription.objects.exists()


def test_the_page_takes_an_upload_in_the_place_of_a_file(
    owner_api: APIClient, owner_client: Client, tones: ModelVersion, tmp_path: Path
) -> None:
    asked = asked_for(owner_api, recording(tmp_path, ["high"]), fragment="1", origin="upload")
    answer = owner_client.post("/transcriptions/new/", asked)
    assert (answer.status_code, "high" in answer.content.decode()) == (200, True)
    assert Transcription.objects.get().origin == "upload"
