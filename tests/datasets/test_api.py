"""Datasets, imports and clips through the API."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.datasets.sounds import class_folders, silent_wav, spoken_wav, zip_of
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.services.clips import clip_create, clip_reject
from training_jobs.services.datasets import dataset_create
from training_jobs.services.imports import import_create, import_run

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from pytest_django import DjangoCaptureOnCommitCallbacks
    from rest_framework.test import APIClient

BASE = "/api/v1"


def recorded(dataset: Dataset, number: int, text: str = "yes", speaker: str = "ana") -> Clip:
    audio = spoken_wav(number)
    return clip_create(dataset=dataset, audio=audio, text=text, speaker=speaker, origin=Clip.Origin.UPLOAD)


def wav_file(number: int = 0, name: str = "a.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, spoken_wav(number))


def test_a_dataset_is_made_read_changed_and_deleted(owner_api: APIClient) -> None:
    made = owner_api.post(f"{BASE}/datasets/", {"name": "Kitchen", "language": "en", "prompts": ["on", "off"]})
    assert made.status_code == 201
    address = f"{BASE}/datasets/{made.data['id']}/"
    read = owner_api.get(address).data
    assert {key: read[key] for key in ("name", "kind", "language", "prompts", "clips", "speakers", "is_sample")} == {
        "name": "Kitchen",
        "kind": "words",
        "language": "en",
        "prompts": ["on", "off"],
        "clips": 0,
        "speakers": 0,
        "is_sample": False,
    }
    changed = owner_api.patch(address, {"name": "Hall", "prompts": ["up"]})
    assert (changed.data["name"], changed.data["prompts"], changed.data["language"]) == ("Hall", ["up"], "en")
    assert owner_api.delete(address).status_code == 204
    assert owner_api.get(address).status_code == 404


def test_a_name_twice_is_a_conflict_in_the_one_envelope(owner_api: APIClient, dataset: Dataset) -> None:
    answer = owner_api.post(f"{BASE}/datasets/", {"name": "Words"})
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "dataset_name_taken"
    assert "Nothing was changed" in answer.json()["error"]["message"]


def test_the_list_is_filtered_and_ordered(owner_api: APIClient, owner: User, dataset: Dataset) -> None:
    dataset_create(owner=owner, name="Another", kind="sentences")
    recorded(dataset, 0)
    names = [row["name"] for row in owner_api.get(f"{BASE}/datasets/?ordering=name").data["results"]]
    assert names == ["Another", "Words"]
    assert owner_api.get(f"{BASE}/datasets/?search=word").data["count"] == 1
    (words,) = owner_api.get(f"{BASE}/datasets/?kind=words").data["results"]
    assert (words["clips"], words["labels"], words["speakers"], words["rejected"]) == (1, 1, 1, 0)
    assert words["duration_seconds"] > 0.3


def test_an_upload_is_answered_with_the_row_that_tracks_it(
    owner_api: APIClient,
    dataset: Dataset,
    tmp_path: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    upload = SimpleUploadedFile("words.zip", zip_of(tmp_path / "a.zip", class_folders()).read_bytes())
    with django_capture_on_commit_callbacks() as callbacks:
        answer = owner_api.post(f"{BASE}/datasets/{dataset.pk}/imports/", {"file": upload}, format="multipart")
    assert len(callbacks) == 1
    assert answer.status_code == 202
    assert (answer.data["status"], answer.data["source_name"], answer.data["failure"]) == (
        "received",
        "words.zip",
        None,
    )
    assert answer["Location"] == f"{BASE}/imports/{answer.data['id']}/"
    import_run(import_id=answer.data["id"])
    read = owner_api.get(answer["Location"]).data
    assert (read["status"], read["layout"], read["clips"], read["progress"]) == ("done", "class_folders", 4, 1.0)
    assert owner_api.get(f"{BASE}/datasets/{dataset.pk}/imports/?status=done").data["count"] == 1


def test_the_problems_of_an_import_are_listed(owner_api: APIClient, dataset: Dataset, tmp_path: Path) -> None:
    files = {**class_folders(), "words/no/silent.wav": silent_wav(), "words/no/text.wav": b"x"}
    path = zip_of(tmp_path / "a.zip", files)
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a.zip")
    import_run(import_id=row.pk)
    problems = owner_api.get(f"{BASE}/imports/{row.pk}/problems/").data["results"]
    assert {problem["code"] for problem in problems} == {"audio_silent", "audio_undecodable"}
    silent = next(problem for problem in problems if problem["code"] == "audio_silent")
    assert silent["clip"]
    assert owner_api.get(f"{BASE}/imports/{row.pk}/problems/?code=audio_silent").data["count"] == 1


def test_a_failed_import_carries_code_and_sentence(owner_api: APIClient, dataset: Dataset, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"readme.txt": b"x"})
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a.zip")
    import_run(import_id=row.pk)
    failure = owner_api.get(f"{BASE}/imports/{row.pk}/").data["failure"]
    assert failure["code"] == "nothing_usable"
    assert "Nothing was kept" in failure["message"]


def test_an_upload_over_the_limit_is_413_with_the_limit(owner_api: APIClient, dataset: Dataset, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    upload = SimpleUploadedFile("a.zip", b"x" * 2000)
    answer = owner_api.post(f"{BASE}/datasets/{dataset.pk}/imports/", {"file": upload}, format="multipart")
    assert answer.status_code == 413
    assert "at most 1\u00a0kB" in answer.json()["error"]["message"]
    assert not DatasetImport.objects.exists()


@pytest.mark.parametrize("body", [{}, {"file": "text"}, {"layout": "of my own"}])
def test_an_upload_without_a_file_or_with_an_unknown_layout_is_400(
    body: dict[str, str], owner_api: APIClient, dataset: Dataset
) -> None:
    answer = owner_api.post(f"{BASE}/datasets/{dataset.pk}/imports/", body, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_json_holds_no_file(owner_api: APIClient, dataset: Dataset) -> None:
    answer = owner_api.post(f"{BASE}/datasets/{dataset.pk}/imports/", {"file": "x"}, format="json")
    assert (answer.status_code, "file" in answer.data["error"]["detail"]) == (400, True)
    assert owner_api.post(f"{BASE}/datasets/{dataset.pk}/clips/", {"text": "x"}, format="json").status_code == 415


@pytest.mark.parametrize("name", ["text", "label"])
def test_a_recording_is_added_by_either_name(name: str, owner_api: APIClient, dataset: Dataset) -> None:
    body = {"audio": wav_file(), name: "turn on", "speaker": "ana", "origin": "recording"}
    answer = owner_api.post(f"{BASE}/datasets/{dataset.pk}/clips/", body, format="multipart")
    assert answer.status_code == 201
    assert {key: answer.data[key] for key in ("text", "speaker", "status", "origin", "rejection")} == {
        "text": "turn on",
        "speaker": "ana",
        "status": "ready",
        "origin": "recording",
        "rejection": None,
    }


def test_silence_is_stored_as_rejected_and_says_so(owner_api: APIClient, dataset: Dataset) -> None:
    body = {"audio": SimpleUploadedFile("a.wav", silent_wav()), "text": "yes"}
    answer = owner_api.post(f"{BASE}/datasets/{dataset.pk}/clips/", body, format="multipart")
    assert answer.status_code == 201
    assert answer.data["rejection"] == {
        "code": "audio_silent",
        "message": "Silent from start to end. Record it again.",
    }


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "yes"}, 400, "bad_request"),
        ({"audio": SimpleUploadedFile("a.wav", b"no sound at all"), "text": "yes"}, 400, "audio_undecodable"),
        ({"audio": SimpleUploadedFile("a.wav", b""), "text": "yes"}, 400, "bad_request"),
        ({"audio": wav_file()}, 400, "bad_request"),
        ({"audio": wav_file(), "text": "..."}, 400, "text_only_symbols"),
    ],
)
def test_what_is_no_recording_is_refused_in_the_one_envelope(
    body: dict[str, Any], status: int, code: str, owner_api: APIClient, dataset: Dataset
) -> None:
    for value in body.values():
        if isinstance(value, SimpleUploadedFile):
            value.seek(0)
    answer = owner_api.post(f"{BASE}/datasets/{dataset.pk}/clips/", body, format="multipart")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not dataset.clips.exists()


def test_a_clip_sent_twice_is_stored_once(owner_api: APIClient, owner: User, dataset: Dataset) -> None:
    address, identity = f"{BASE}/datasets/{dataset.pk}/clips/", "6c84fb90-12c4-41e1-840d-7b25c5ee775a"

    def sent(to: str, number: int = 0) -> Any:
        return owner_api.post(to, {"audio": wav_file(number), "text": "yes", "id": identity}, format="multipart")

    first, again = sent(address), sent(address)
    assert (first.status_code, first.data["id"], again.data["id"]) == (201, identity, identity)
    clip = Clip.objects.get()
    assert clip.audio_path.is_file()
    other = sent(f"{BASE}/datasets/{dataset_create(owner=owner, name='Others').pk}/clips/", 1)
    assert (other.status_code, other.data["error"]["code"]) == (409, "clip_id_taken")


@pytest.mark.django_db(transaction=True)
def test_several_senders_at_once_store_a_clip_once(owner: User) -> None:
    dataset, identity = dataset_create(owner=owner, name="Words"), uuid.uuid4()
    together = Barrier(4)

    def sent(_: int) -> uuid.UUID:
        together.wait()
        try:
            return clip_create(
                dataset=dataset, audio=spoken_wav(0), text="yes", origin=Clip.Origin.RECORDING, identity=identity
            ).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        assert set(senders.map(sent, range(4))) == {identity}
    assert Clip.objects.get().audio_path.is_file()


def test_a_speaker_is_noted_with_what_was_agreed_to(owner_api: APIClient, stranger_api: APIClient) -> None:
    refused = owner_api.post(f"{BASE}/speakers/", {"name": "Meera", "has_agreed": False}, format="json")
    assert (refused.status_code, owner_api.get(f"{BASE}/speakers/").data["count"]) == (400, 0)
    made = owner_api.post(f"{BASE}/speakers/", {"name": " Meera  Rao ", "has_agreed": True}, format="json")
    again = owner_api.post(f"{BASE}/speakers/", {"name": "Meera Rao", "has_agreed": True}, format="json")
    assert (made.status_code, made.data["name"], made.data["id"]) == (201, "Meera Rao", again.data["id"])
    assert made.data["consent_text"].startswith("This person knows that their voice is recorded")
    assert stranger_api.get(f"{BASE}/speakers/").data["count"] == 0


def test_clips_are_filtered_and_ordered(owner_api: APIClient, dataset: Dataset) -> None:
    recorded(dataset, 0, "yes", "ana")
    recorded(dataset, 1, "no", "theo")
    recorded(dataset, 2, "no", "")
    clip_reject(clip=recorded(dataset, 3, "up", "ana"))
    address = f"{BASE}/datasets/{dataset.pk}/clips/"

    def texts(query: str) -> list[str]:
        return [row["text"] for row in owner_api.get(f"{address}?{query}").data["results"]]

    assert len(texts("")) == 4
    assert texts("label=no&speaker=theo") == ["no"]
    assert texts("speaker=-") == ["no"]
    assert texts("status=rejected") == ["up"]
    assert texts("search=YE") == ["yes"]
    assert texts("ordering=text&status=ready") == ["no", "no", "yes"]
    assert texts("origin=recording") == []
    assert len(texts("ordering=nonsense&status=nonsense")) == 4


def test_a_clip_is_corrected_rejected_restored_and_deleted(owner_api: APIClient, dataset: Dataset) -> None:
    address = f"{BASE}/clips/{recorded(dataset, 0).pk}/"
    assert owner_api.patch(address, {"text": "no", "speaker": "theo"}).data["text"] == "no"
    rejected = owner_api.patch(address, {"status": "rejected"}).data
    assert rejected["rejection"] == {"code": "by_hand", "message": "Rejected by hand."}
    assert owner_api.patch(address, {"status": "ready"}).data["rejection"] is None
    assert owner_api.patch(address, {"status": "withdrawn"}).status_code == 400
    assert owner_api.delete(address).status_code == 204


def test_a_clip_is_heard_in_part(owner_api: APIClient, dataset: Dataset) -> None:
    clip = recorded(dataset, 0)
    address = owner_api.get(f"{BASE}/clips/{clip.pk}/").data["audio"]
    whole = owner_api.get(address)
    content = b"".join(whole.streaming_content)  # type: ignore[attr-defined]  # a file response
    assert (whole.status_code, whole["Content-Type"], content[:4]) == (200, "audio/flac", b"fLaC")
    part = owner_api.get(address, headers={"range": "bytes=4-9"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == content[4:10]  # type: ignore[attr-defined]  # a file response


def test_a_stranger_finds_nothing(stranger_api: APIClient, dataset: Dataset, tmp_path: Path) -> None:
    clip = recorded(dataset, 0)
    path = zip_of(tmp_path / "a.zip", class_folders())
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="a.zip")
    for address in (
        f"datasets/{dataset.pk}/",
        f"datasets/{dataset.pk}/imports/",
        f"datasets/{dataset.pk}/clips/",
        f"imports/{row.pk}/",
        f"imports/{row.pk}/problems/",
        f"clips/{clip.pk}/",
        f"clips/{clip.pk}/audio/",
    ):
        assert stranger_api.get(f"{BASE}/{address}").status_code == 404, address
    assert stranger_api.patch(f"{BASE}/clips/{clip.pk}/", {"text": "no"}).status_code == 404
    assert stranger_api.delete(f"{BASE}/datasets/{dataset.pk}/").status_code == 404
    upload = {"audio": wav_file(5), "text": "yes"}
    assert stranger_api.post(f"{BASE}/datasets/{dataset.pk}/clips/", upload, format="multipart").status_code == 404
    assert stranger_api.get(f"{BASE}/datasets/").data["count"] == 0
    assert dataset.clips.count() == 1


def test_lists_ask_as_many_questions_for_3_rows_as_for_30(owner_api: APIClient, owner: User, dataset: Dataset) -> None:
    template = recorded(dataset, 0)

    def questions(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert owner_api.get(address).status_code == 200
        return len(captured)

    addresses = [f"{BASE}/datasets/", f"{BASE}/datasets/{dataset.pk}/clips/"]
    few = [questions(address) for address in addresses]
    for number in range(30):
        dataset_create(owner=owner, name=f"More {number}")
        template.pk = uuid.uuid4()
        template.sha256 = f"{number:064}"
        template.save(force_insert=True)
    assert [questions(address) for address in addresses] == few
