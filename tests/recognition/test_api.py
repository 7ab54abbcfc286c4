from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from recognition.models import Correction, ModelVersion, Transcription
from recognition.services.exports import FORMATS
from tests.recognition.tones import room, said, wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from pytest_django import DjangoAssertNumQueries
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
URL = "/api/v1/transcriptions/"


def recording(*labels: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("word.wav", wav(said(*labels)), content_type="audio/wav")


def post(client: APIClient, file: SimpleUploadedFile, model: str = "tones") -> object:
    return client.post(URL, {"audio": file, "model": model}, format="multipart")


def test_a_short_recording_is_answered_with_its_text(owner_api: APIClient, tones: ModelVersion) -> None:
    answer = post(owner_api, recording("low", "high"))
    body = answer.json()
    assert answer.status_code == 200
    assert (body["status"], body["text"], body["model"]) == ("done", "low high", "tones@v1")
    assert body["answer"] == "words"
    assert 0 < body["processing_seconds"] < 5
    assert body["duration_seconds"] == pytest.approx(2.5, abs=0.01)
    word = body["segments"][0]["words"][0]
    assert set(word) == {"word", "start", "end", "confidence"}
    assert set(body["segments"][0]) == {"start", "end", "text", "words"}
    assert body["failure"] is None


def test_silence_is_answered_200(owner_api: APIClient, tones: ModelVersion) -> None:
    answer = post(owner_api, SimpleUploadedFile("s.wav", wav(room(1.0))))
    assert answer.status_code == 200
    assert (answer.json()["answer"], answer.json()["text"], answer.json()["segments"]) == ("silence", "", [])


@pytest.mark.parametrize("given", [["sea wolf, Björn"], ["sea wolf", "Björn"], ["sea wolf;Björn\nsea wolf", ""]])
def test_expected_words_come_repeated_or_with_commas(
    owner_api: APIClient, tones: ModelVersion, given: list[str]
) -> None:
    sent = {"audio": recording("low"), "model": "tones", "hotwords": given}
    body = owner_api.post(URL, sent, format="multipart").json()
    assert body["hotwords"] == ["sea wolf", "Björn"]
    assert body["warnings"] == ["hotwords_unused"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([f"word{number}" for number in range(101)], "101 came"),
        (["x" * 61], "60 characters"),
        (["?!"], "no letter or digit"),
    ],
)
def test_expected_words_are_bounded(owner_api: APIClient, tones: ModelVersion, given: list[str], told: str) -> None:
    answer = owner_api.post(URL, {"audio": recording("low"), "model": "tones", "hotwords": given}, format="multipart")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "hotwords_refused"
    assert told in answer.json()["error"]["message"]
    assert not Transcription.objects.exists()


def test_text_and_time_left_are_told_while_it_runs(owner_api: APIClient, heard: Callable[..., Transcription]) -> None:
    row = heard("low", "high")
    Transcription.objects.filter(pk=row.pk).update(
        status="running", finished_at=None, progress=0.25, processing_seconds=3.0, answer=""
    )
    body = owner_api.get(f"{URL}{row.pk}/").json()
    assert (body["status"], body["text"], body["progress"]) == ("running", "low high", 0.25)
    assert body["eta_seconds"] == pytest.approx(9.0)
    assert len(body["segments"][0]["words"]) == 2


def test_every_format_is_exported_under_its_own_type_and_name(
    owner_api: APIClient, heard: Callable[..., Transcription]
) -> None:
    row = heard("low", "high", source_name="talk.one.wav")
    for layout in FORMATS.values():
        answer = owner_api.get(f"{URL}{row.pk}/export/", {"format": layout.name})
        assert answer.status_code == 200
        assert answer["Content-Type"] == layout.content_type
        assert answer["Content-Disposition"] == f'attachment; filename="talk.one.{layout.ending}"'


def test_long_audio_is_answered_202_with_the_row_to_ask_for(owner_api: APIClient, tones: ModelVersion) -> None:
    answer = post(owner_api, recording(*["low"] * 30))
    assert answer.status_code == 202
    assert answer.json()["status"] == "queued"
    assert owner_api.get(f"{URL}{answer.json()['id']}/").json()["progress"] == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "audio_empty"), (b"\x89PNG rubbish", "audio_undecodable"), (wav(room(0.05)), "audio_too_short")],
)
def test_bad_audio_is_refused_with_code_and_sentence(
    owner_api: APIClient, tones: ModelVersion, content: bytes, code: str
) -> None:
    answer = post(owner_api, SimpleUploadedFile("bad.wav", content))
    assert answer.status_code == 400
    failure = answer.json()["error"]
    assert failure["code"] == code
    assert failure["message"].endswith(".")
    assert not Transcription.objects.exists()


def test_an_unknown_model_is_404_with_the_names_there_are(owner_api: APIClient, tones: ModelVersion) -> None:
    answer = post(owner_api, recording("low"), model="digits")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
    assert "tones@production" in answer.json()["error"]["message"]


def test_a_request_without_audio_or_model_names_the_fields(owner_api: APIClient) -> None:
    answer = owner_api.post(URL, {}, format="multipart")
    assert answer.status_code == 400
    assert set(answer.json()["error"]["detail"]) == {"audio", "model"}


def test_a_correction_is_added_and_read(owner_api: APIClient, heard: Callable[..., Transcription]) -> None:
    row = heard("low")
    answer = owner_api.post(f"{URL}{row.pk}/corrections/", {"text": "high"}, format="json")
    assert answer.status_code == 201
    assert (answer.json()["number"], answer.json()["text"], answer.json()["by"]) == (1, "high", "owner")
    body = owner_api.get(f"{URL}{row.pk}/").json()
    assert (body["text"], body["heard_text"]) == ("high", "low")
    assert [correction["text"] for correction in body["corrections"]] == ["high"]


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_correction_cannot_be_changed(owner_api: APIClient, heard: Callable[..., Transcription], method: str) -> None:
    row = heard("low")
    owner_api.post(f"{URL}{row.pk}/corrections/", {"text": "high"}, format="json")
    answer = getattr(owner_api, method)(f"{URL}{row.pk}/corrections/", {"text": "middle"}, format="json")
    assert answer.status_code == 405
    assert Correction.objects.get().text == "high"


def test_the_list_is_filtered_ordered_and_paged(owner_api: APIClient, heard: Callable[..., Transcription]) -> None:
    for label in ("low", "high", "low"):
        heard(label)
    assert owner_api.get(URL).json()["count"] == 3
    assert owner_api.get(URL, {"q": "low"}).json()["count"] == 2
    assert owner_api.get(URL, {"model": "tones@v1", "answer": "words", "status": "done"}).json()["count"] == 3
    assert owner_api.get(URL, {"model": "tones@v2"}).json()["count"] == 0
    assert owner_api.get(URL, {"until": "2001-01-01"}).json()["count"] == 0
    page = owner_api.get(URL, {"page_size": 2, "page": 2}).json()
    assert len(page["results"]) == 1
    texts = [row["text"] for row in owner_api.get(URL, {"ordering": "text"}).json()["results"]]
    assert texts == ["high", "low", "low"]


def test_a_list_asks_the_database_as_often_for_many_rows_as_for_few(
    owner_api: APIClient, heard: Callable[..., Transcription], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        heard("low")
    with django_assert_max_num_queries(3):
        assert len(owner_api.get(URL).json()["results"]) == 12


def test_audio_is_sent_whole_and_in_parts(owner_api: APIClient, heard: Callable[..., Transcription]) -> None:
    url = f"{URL}{heard('low').pk}/audio/"
    whole = owner_api.get(url)
    content = b"".join(whole.streaming_content)
    assert (whole.status_code, whole["Content-Type"], content[:4]) == (200, "audio/flac", b"fLaC")
    part = owner_api.get(url, headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert b"".join(part.streaming_content) == content[10:20]
    assert owner_api.get(url, headers={"Range": f"bytes={len(content)}-"}).status_code == 416


@pytest.mark.parametrize(
    ("layout", "start"),
    [
        ("txt", "low high"),
        ("json", '{"text": "low high"}'),
        ("srt", "1\n00:00:0"),
        ("vtt", "WEBVTT\n"),
        ("verbose_json", "{"),
    ],
)
def test_a_transcription_is_exported(
    owner_api: APIClient, heard: Callable[..., Transcription], layout: str, start: str
) -> None:
    answer = owner_api.get(f"{URL}{heard('low', 'high').pk}/export/", {"format": layout})
    assert answer.status_code == 200
    assert answer.content.decode().startswith(start)
    assert "attachment" in answer["Content-Disposition"]


def test_an_unknown_format_is_answered_with_those_there_are(
    owner_api: APIClient, heard: Callable[..., Transcription]
) -> None:
    answer = owner_api.get(f"{URL}{heard('low').pk}/export/", {"format": "odt"})
    assert answer.status_code == 400
    assert "srt" in answer.json()["error"]["message"]


def test_a_transcription_is_deleted(owner_api: APIClient, heard: Callable[..., Transcription]) -> None:
    row = heard("low")
    assert owner_api.delete(f"{URL}{row.pk}/").status_code == 204
    assert owner_api.get(f"{URL}{row.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("delete", ""), ("get", "audio/"), ("get", "export/"), ("post", "corrections/")],
)
def test_a_stranger_gets_404_for_a_transcription(
    stranger_api: APIClient, heard: Callable[..., Transcription], method: str, path: str
) -> None:
    answer = getattr(stranger_api, method)(f"{URL}{heard('low').pk}/{path}", {"text": "mine"}, format="json")
    assert answer.status_code == 404
    assert Transcription.objects.count() == 1
    assert not Correction.objects.exists()


def test_recognizers_are_listed_and_read(owner_api: APIClient, tones: ModelVersion) -> None:
    rows = owner_api.get("/api/v1/recognizers/").json()["results"]
    assert [(row["name"], row["production"]) for row in rows] == [("tones", "tones@v1")]
    body = owner_api.get("/api/v1/recognizers/tones/").json()
    assert body["versions"][0]["model"] == "tones@v1"
    assert body["versions"][0]["metrics"]["accuracy"] == 0.9
    assert body["log"][0]["to_version"] == 1


@pytest.mark.parametrize("named", ["2", "v2", "tones@v2"])
def test_promote_and_rollback(
    owner: User, owner_api: APIClient, tones: ModelVersion, register: Callable[..., ModelVersion], named: str
) -> None:
    register(owner)
    answer = owner_api.post("/api/v1/recognizers/tones/promote/", {"version": named, "reason": "better"})
    assert (answer.status_code, answer.json()["production"]) == (200, "tones@v2")
    assert answer.json()["log"][0]["reason"] == "better"
    assert owner_api.post("/api/v1/recognizers/tones/rollback/").json()["production"] == "tones@v1"
    refused = owner_api.post("/api/v1/recognizers/tones/rollback/")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_before")


def test_an_unknown_version_is_404_with_those_there_are(owner_api: APIClient, tones: ModelVersion) -> None:
    answer = owner_api.post("/api/v1/recognizers/tones/promote/", {"version": "9"})
    assert answer.status_code == 404
    assert "v1" in answer.json()["error"]["message"]


def test_a_bundle_goes_out_and_comes_back_as_a_version(owner_api: APIClient, tones: ModelVersion) -> None:
    answer = owner_api.get(f"/api/v1/model-versions/{tones.pk}/bundle/")
    content = b"".join(answer.streaming_content)
    assert answer["Content-Type"] == "application/zip"
    assert "model.tflite" in {name.rsplit("/", 1)[-1] for name in zipfile.ZipFile(io.BytesIO(content)).namelist()}
    sent = {"bundle": SimpleUploadedFile("tones.zip", content), "recognizer": "copy"}
    made = owner_api.post("/api/v1/model-versions/", sent, format="multipart")
    assert (made.status_code, made.json()["model"]) == (201, "copy@v1")
    assert post(owner_api, recording("middle"), model="copy").json()["text"] == "middle"


def test_a_bundle_that_was_tampered_with_is_refused(owner_api: APIClient, tones: ModelVersion) -> None:
    content = b"".join(owner_api.get(f"/api/v1/model-versions/{tones.pk}/bundle/").streaming_content)
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            target.writestr(name, b"other" if name.endswith("tflite") else source.read(name))
    answer = owner_api.post(
        "/api/v1/model-versions/", {"bundle": SimpleUploadedFile("x.zip", changed.getvalue())}, format="multipart"
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bundle_corrupt")
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize("content", [b"no zip at all", b""])
def test_what_is_no_bundle_is_refused(owner_api: APIClient, content: bytes) -> None:
    answer = owner_api.post(
        "/api/v1/model-versions/", {"bundle": SimpleUploadedFile("x.zip", content)}, format="multipart"
    )
    assert answer.status_code == 400
    assert not ModelVersion.objects.exists()


def test_model_versions_are_listed_and_read(owner_api: APIClient, tones: ModelVersion) -> None:
    assert owner_api.get("/api/v1/model-versions/", {"recognizer": "tones"}).json()["count"] == 1
    assert owner_api.get("/api/v1/model-versions/", {"recognizer": "other"}).json()["count"] == 0
    body = owner_api.get(f"/api/v1/model-versions/{tones.pk}/").json()
    assert (body["model"], body["recipe"]["name"], body["lineage"]["seed"]) == ("tones@v1", "conv", 7)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "recognizers/tones/"),
        ("post", "recognizers/tones/promote/"),
        ("post", "recognizers/tones/rollback/"),
        ("get", "model-versions/{id}/"),
        ("get", "model-versions/{id}/bundle/"),
    ],
)
def test_a_stranger_gets_404_for_a_model(stranger_api: APIClient, tones: ModelVersion, method: str, path: str) -> None:
    answer = getattr(stranger_api, method)("/api/v1/" + path.format(id=tones.pk), {"version": "1"}, format="json")
    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["recognizers/", "model-versions/", "transcriptions/"])
def test_a_stranger_sees_empty_lists(stranger_api: APIClient, heard: Callable[..., Transcription], path: str) -> None:
    heard("low")
    assert stranger_api.get(f"/api/v1/{path}").json()["count"] == 0


def test_a_row_that_is_not_there_is_404(owner_api: APIClient) -> None:
    assert owner_api.get(f"{URL}{uuid4()}/").status_code == 404
