"""The API over real HTTP, through uvicorn: several people at once."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from recognition.models import Transcription
from speechsite.accounts.services.tokens import token_create
from tests.live import site
from tests.recognition.http import Answer, delete, fetch, post_recording
from tests.recognition.spoken import kept, segment
from tests.recognition.tones import HERTZ, said, wav

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from recognition.models import ModelVersion

__all__ = ["site"]
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def token(owner: User) -> str:
    """Return a bearer token of the owner."""
    return token_create(user=owner, name="test")[1]


def test_recordings_sent_at_once_are_all_recognised(site: str, token: str, tones: ModelVersion) -> None:
    labels = list(HERTZ) * 4
    answers: list[tuple[str, Answer]] = []

    def send(label: str) -> None:
        answers.append((label, post_recording(site, token, wav(said(label)), model="tones")))

    threads = [threading.Thread(target=send, args=(label,)) for label in labels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for _, answer in answers] == [200] * len(labels)
    assert all(answer.json()["text"] == label for label, answer in answers)
    assert Transcription.objects.filter(status="done").count() == len(labels)


def test_what_many_write_in_one_line_at_once_is_all_kept(site: str, token: str, owner: User) -> None:
    heard = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
    row = kept(owner, segment(*((word, place, place + 0.8, 0.5) for place, word in enumerate(heard))))
    url = f"{site}/api/v1/transcriptions/{row.pk}/"
    answers: list[Answer] = []

    def write(place: int) -> None:
        text = " ".join(f"{word}x" if at == place else word for at, word in enumerate(heard))
        sent = json.dumps({"text": text, "began_from": 0}).encode()
        answers.append(fetch(f"{url}corrections/", token, data=sent, headers={"Content-Type": "application/json"}))

    threads = [threading.Thread(target=write, args=(place,)) for place in range(len(heard))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [201] * len(heard)
    told = fetch(url, token).json()
    assert told["text"] == " ".join(f"{word}x" for word in heard)
    assert [each["number"] for each in told["corrections"]] == list(range(8, 0, -1))
    times = [(word["start"], word["end"]) for word in told["newest_segments"][0]["words"]]
    assert times == [(place, place + 0.8) for place in range(8)]


def test_the_whole_way_over_http(site: str, token: str, tones: ModelVersion) -> None:
    made = post_recording(site, token, wav(said("low")), model="tones@production").json()
    url = f"{site}/api/v1/transcriptions/{made['id']}/"
    assert fetch(url, token).json()["text"] == "low"
    part = fetch(f"{url}audio/", token, headers={"Range": "bytes=0-3"})
    assert (part.status, part.body) == (206, b"fLaC")
    assert fetch(f"{url}export/?format=txt", token).body == b"low\n"
    assert delete(url, token).status == 204
    assert fetch(url, token).status == 404


@pytest.mark.parametrize("sent", ["", "nobody's token"])
def test_without_a_token_nothing_is_recognised(site: str, sent: str, tones: ModelVersion) -> None:
    answer = post_recording(site, sent, wav(said("low")), model="tones")
    assert answer.status == 401
    assert answer.json()["error"]["code"] == "not_authenticated"
    assert not Transcription.objects.exists()


def test_a_session_needs_the_csrf_token(owner: User, tones: ModelVersion) -> None:
    client: Any = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    for url in ("/api/v1/transcriptions/", "/transcriptions/new/"):
        answer = client.post(url, {"model": "tones"})
        assert answer.status_code == 403
