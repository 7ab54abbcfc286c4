"""Live speech over a real WebSocket, through uvicorn: what is answered, kept, refused, and gone on with."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pytest
from django.test import Client
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from recognition.engine.audio import decode
from recognition.models import LiveStream, Transcription
from speechsite.accounts.services.tokens import token_create
from speechsite.lib.files import absolute
from tests.conftest import PASSWORD
from tests.engine import tone_sentences
from tests.live import site
from tests.recognition.speaking import Speaker, speaking
from tests.recognition.tones import room, said, tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion

__all__ = ["site"]
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SECOND = 16_000


@pytest.fixture
def token(owner: User) -> str:
    return token_create(user=owner, name="test")[1]


def test_words_are_answered_while_they_come_in(site: str, token: str, tones: ModelVersion) -> None:
    sound = said("low", "high", "middle")
    with speaking(site, token) as speaker:
        assert speaker.start("tones")["model"] == "tones@v1"
        speaker.speak(sound)
        end = speaker.stop()
    assert speaker.texts == ["low", "high", "middle"]
    kinds = [message["type"] for message in speaker.said]
    assert kinds[0] == "ready"
    assert kinds[-1] == "stopped"
    assert kinds.index("final") < len(kinds) - 2
    assert end["settled"] == len(sound)
    settled = [message["settled"] for message in speaker.said if "settled" in message]
    assert settled == sorted(settled)


def test_each_piece_is_kept_like_any_transcription(
    site: str, token: str, owner: User, owner_client: Client, tones: ModelVersion
) -> None:
    sound = said("low", "high")
    with speaking(site, token) as speaker:
        speaker.start("tones")
        speaker.speak(sound)
        speaker.stop()
    rows = list(Transcription.objects.order_by("stream_start"))
    assert [str(row.pk) for row in rows] == [final["id"] for final in speaker.finals]
    assert [(row.text, row.status, row.origin, row.owner) for row in rows] == [
        ("low", "done", "microphone", owner),
        ("high", "done", "microphone", owner),
    ]
    final = speaker.finals[0]
    kept = decode(absolute(rows[0].audio)).samples
    assert np.array_equal(kept, decode_like_sent(sound[final["start"] : final["end"]]))
    assert owner_client.get("/transcriptions/?q=high").content.count(b"data-row") == 1
    corrected = owner_client.post(f"/transcriptions/{rows[0].pk}/correct/", {"text": "lower"}, follow=True)
    assert b"lower" in corrected.content
    word = final["segments"][0]["words"][0]
    assert (word["word"], word["answer"]) == ("low", "word")
    assert 0 <= word["start"] < word["end"] <= rows[0].duration_seconds


def decode_like_sent(samples: Any) -> Any:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.float32) / 32768


def test_sentences_grow_while_they_are_said(site: str, token: str, letters: ModelVersion) -> None:
    text = "hello little world one two three"
    sound = np.concatenate([room(0.5), tone_sentences.said(text), room(0.6)])
    with speaking(site, token) as speaker:
        speaker.start("letters")
        speaker.speak_in_time(sound)
        speaker.stop()
    assert speaker.texts == [text]
    shown = [message["stable"] for message in speaker.said if message["type"] == "partial"]
    assert shown[-1]
    assert all(text.startswith(stable) for stable in shown)


def test_speech_nobody_taught_and_silence_are_answers(site: str, token: str, tones: ModelVersion) -> None:
    with speaking(site, token) as speaker:
        speaker.start("tones")
        speaker.speak(np.concatenate([room(0.5), tone(1470.0), room(0.5)]))
        speaker.stop()
        speaker.start("tones")
        speaker.speak(room(1.0))
        speaker.stop()
    assert [final["answer"] for final in speaker.finals] == ["none_of_these", "silence"]
    assert Transcription.objects.count() == 2


def test_what_is_dropped_is_not_kept(site: str, token: str, tones: ModelVersion) -> None:
    with speaking(site, token) as speaker:
        speaker.start("tones")
        speaker.speak(np.concatenate([room(0.3), tone(300.0)]))
        speaker.order("drop")
        speaker.until("stopped")
    assert not Transcription.objects.exists()


def test_a_connection_that_was_cut_is_gone_on_with(site: str, token: str, tones: ModelVersion) -> None:
    """The sender sends again from what it knows to be settled; nothing is heard twice, nothing is lost."""
    sound = said("low", "high", "middle", "low", "high")
    cut = int(2.5 * SECOND)
    with speaking(site, token) as first:
        first.start("tones")
        first.speak(sound[:cut])
        first.until("final")
    known = first.finals[-1]["settled"]
    with speaking(site, token) as second:
        ready = second.start("tones", stream=first.stream, position=known)
        second.speak(sound[known:], position=known)
        second.stop()
    assert ready["position"] >= known
    rows = Transcription.objects.order_by("stream_start")
    assert [row.text for row in rows] == ["low", "high", "middle", "low", "high"]
    assert first.texts + second.texts == [row.text for row in rows]
    assert len({final["id"] for final in first.finals + second.finals}) == 5


def test_the_same_sound_sent_again_is_kept_once(site: str, token: str, tones: ModelVersion) -> None:
    """A sender that heard nothing of the answers starts anew at 0: it is given them, and nothing is stored again."""
    sound = said("low", "high")
    ids = []
    stream = uuid4()
    for _ in range(3):
        with speaking(site, token) as speaker:
            speaker.start("tones", stream=stream)
            speaker.speak(sound)
            speaker.stop()
        ids.append([final["id"] for final in speaker.finals])
    assert ids[0] == ids[1] == ids[2]
    assert Transcription.objects.count() == 2
    assert LiveStream.objects.get().attempt == 3


def test_a_newer_connection_takes_the_stream_over(site: str, token: str, tones: ModelVersion) -> None:
    sound = said("low", "high")
    with speaking(site, token) as older, speaking(site, token) as newer:
        older.start("tones")
        older.speak(sound[:SECOND])
        newer.start("tones", stream=older.stream)
        assert older.until("closed")["code"] == "stream_taken_over"
        newer.speak(sound)
        newer.stop()
    assert close_code_of(older) == 4409
    assert Transcription.objects.count() == 2


def test_nobody_goes_on_with_a_strangers_stream(
    site: str, token: str, tones: ModelVersion, stranger: User, register: Callable[..., ModelVersion]
) -> None:
    register(stranger)
    theirs = token_create(user=stranger, name="test")[1]
    with speaking(site, token) as speaker, speaking(site, theirs) as intruder:
        speaker.start("tones")
        speaker.speak(said("low"))
        intruder.order("start", stream=str(speaker.stream), model="tones", position=0)
        assert intruder.until("closed")["code"] == "stream_not_found"
        speaker.stop()
    assert speaker.texts == ["low"]
    assert intruder.finals == []


def test_two_people_speak_at_once(
    site: str, token: str, tones: ModelVersion, member: User, register: Callable[..., ModelVersion]
) -> None:
    register(member)
    tokens = {"low high": token, "middle low high": token_create(user=member, name="test")[1]}
    heard: dict[str, str] = {}

    def speak(text: str, own: str) -> None:
        with speaking(site, own) as speaker:
            speaker.start("tones")
            speaker.speak(said(*text.split()))
            speaker.stop()
        heard[text] = " ".join(speaker.texts)

    threads = [threading.Thread(target=speak, args=pair) for pair in tokens.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {text: text for text in tokens}
    assert {row.owner.username for row in Transcription.objects.all()} == {"owner", "member"}


def test_an_account_speaks_in_four_places_at_most(site: str, token: str, tones: ModelVersion) -> None:
    with (
        speaking(site, token) as a,
        speaking(site, token) as b,
        speaking(site, token) as c,
        speaking(site, token) as d,
        speaking(site, token) as fifth,
    ):
        for speaker in (a, b, c, d):
            speaker.start("tones")
        assert refused(fifth, "start", stream=str(uuid4()), model="tones") == ("too_many_streams", 4429)
        a.stop()
        with speaking(site, token) as again:
            again.start("tones")


def test_an_unknown_model_is_named(site: str, token: str, tones: ModelVersion) -> None:
    with speaking(site, token) as speaker:
        assert refused(speaker, "start", stream=str(uuid4()), model="zebra") == ("model_not_found", 4404)
    assert "tones@production" in speaker.said[-1]["message"]


def refused(speaker: Speaker, kind: str, **values: Any) -> tuple[str, int | None]:
    """Send an order that ends the connection; return why, and the close code."""
    speaker.order(kind, **values)
    code = speaker.until("closed")["code"]
    return code, close_code_of(speaker)


def close_code_of(speaker: Speaker) -> int | None:
    with pytest.raises(ConnectionClosed):
        speaker.socket.recv(timeout=20)
    return speaker.socket.close_code


@pytest.mark.parametrize(
    "frame",
    [
        "not JSON",
        "[]",
        '{"type": "dance"}',
        '{"type": {"a": 1}}',
        '{"type": "start", "stream": "7", "model": "tones"}',
        '{"type": "start", "stream": "7b7a9f9e-1111-4222-8333-444455556666", "model": 5}',
        '{"type": "start", "stream": "7b7a9f9e-1111-4222-8333-444455556666", "model": "tones", "position": -1}',
        '{"type": "start", "stream": "7b7a9f9e-1111-4222-8333-444455556666", "model": "tones", "hotwords": [5]}',
        '{"type": "stop"}',
        "[" * 5_000,
        b"\x00" * 7,
        b"\x00" * 9,
        b"\xff" * 8,
        b"\x00" * 10,
    ],
    ids=lambda frame: repr(frame[:40]),
)
def test_garbage_ends_the_connection_in_words(site: str, token: str, tones: ModelVersion, frame: str | bytes) -> None:
    with speaking(site, token) as speaker:
        speaker.socket.send(frame)
        assert speaker.until("closed")["code"] == "message_unreadable"
        assert close_code_of(speaker) == 4400


def test_a_frame_too_large_and_a_gap_are_refused(site: str, token: str, tones: ModelVersion) -> None:
    with speaking(site, token) as speaker:
        speaker.start("tones")
        speaker.send_block(room(2.1), position=0)
        assert speaker.until("closed")["code"] == "frame_too_large"
        assert close_code_of(speaker) == 4413
    with speaking(site, token) as speaker:
        speaker.start("tones")
        speaker.send_block(room(0.1), position=SECOND)
        assert speaker.until("closed")["code"] == "position_gap"


def test_a_page_of_this_site_speaks_with_its_login(site: str, owner: User, tones: ModelVersion) -> None:
    with speaking(site, Cookie=login_cookie(owner), Origin=site) as speaker:
        speaker.start("tones")
        speaker.speak(said("high"))
        speaker.stop()
    assert speaker.texts == ["high"]


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", ""])
def test_another_sites_page_is_refused_at_the_door(site: str, owner: User, tones: ModelVersion, origin: str) -> None:
    headers = {"Cookie": login_cookie(owner), **({"Origin": origin} if origin else {})}
    with pytest.raises(InvalidStatus) as answer, speaking(site, **headers):
        pass
    assert answer.value.response.status_code == 403


def test_a_foreign_host_is_refused_at_the_door(site: str, token: str) -> None:
    port = int(site.rsplit(":", 1)[1])
    headers = {"Authorization": f"Bearer {token}"}
    with (
        socket.create_connection(("127.0.0.1", port)) as wire,
        pytest.raises(InvalidStatus) as answer,
        connect(f"ws://rebound.example:{port}/ws/live/", additional_headers=headers, sock=wire),
    ):
        pass
    assert answer.value.response.status_code == 403


def test_without_a_login_nothing_is_heard(site: str, owner: User, tones: ModelVersion) -> None:
    for headers in ({"Origin": site}, {"Origin": site, "Cookie": "sessionid=guessed"}, {"Authorization": "Bearer x"}):
        with speaking(site, **headers) as speaker:
            assert speaker.until("closed")["code"] == "not_authenticated"
            assert close_code_of(speaker) == 4401


def test_who_logs_out_starts_nothing_more(site: str, owner: User, tones: ModelVersion) -> None:
    client = Client()
    client.login(username=owner.get_username(), password=PASSWORD)
    with speaking(site, Cookie=f"sessionid={client.cookies['sessionid'].value}", Origin=site) as speaker:
        speaker.start("tones")
        speaker.stop()
        client.logout()
        assert refused(speaker, "start", stream=str(uuid4()), model="tones") == ("not_authenticated", 4401)


def login_cookie(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"
