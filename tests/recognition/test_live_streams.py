"""The rules of live streams below the WebSocket: kept once, whoever sends what how often."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from recognition.dispatch import transcriptions as dispatch
from recognition.live.application import PATH, live_application
from recognition.live.inbox import MOST_AT_ONCE, MOST_WAITING, Inbox
from recognition.live.protocol import Audio, Stop
from recognition.models import LiveStream, Transcription
from recognition.services.live_streams import OpenStream, live_hearing, live_piece_keep, live_stream_open
from recognition.services.purging import live_streams_remove
from recognition.services.transcriptions import transcription_delete
from speechsite.accounts.services.tokens import token_create
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from tests.loops import run
from tests.recognition.tones import said, wav

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks

    from recognition.engine.streaming import LivePiece
    from recognition.models import ModelVersion


@pytest.fixture
def stream(owner: User, tones: ModelVersion) -> OpenStream:
    return live_stream_open(owner=owner, stream_id=uuid4(), model="tones")


def pieces_of(stream: OpenStream, *labels: str) -> list[LivePiece]:
    hearing = live_hearing(stream=stream)
    return [*hearing.feed(said(*labels)), *hearing.finish()]


def audio_files() -> set[Path]:
    return set((settings.PRIVATE_DIR / "transcriptions").rglob("*.flac"))


def test_a_piece_is_kept_once(stream: OpenStream) -> None:
    before = audio_files()
    (piece,) = pieces_of(stream, "low")
    row = live_piece_keep(stream=stream, piece=piece, began=0.0)
    assert (row.text, row.stream_start) == ("low", piece.start)
    assert audio_files() - before == {absolute(row.audio)}
    with pytest.raises(ServiceError) as refused:
        live_piece_keep(stream=stream, piece=piece, began=0.0)
    assert refused.value.code == "stream_taken_over"
    assert audio_files() - before == {absolute(row.audio)}
    assert Transcription.objects.count() == 1


def test_what_was_deleted_does_not_come_back(stream: OpenStream, owner: User) -> None:
    (piece,) = pieces_of(stream, "low")
    transcription_delete(transcription=live_piece_keep(stream=stream, piece=piece, began=0.0))
    again = live_stream_open(owner=owner, stream_id=stream.row.pk, model="tones")
    assert again.start == piece.end
    assert not Transcription.objects.exists()


def test_who_was_overtaken_keeps_nothing(stream: OpenStream, owner: User) -> None:
    (piece,) = pieces_of(stream, "low")
    newer = live_stream_open(owner=owner, stream_id=stream.row.pk, model="tones")
    with pytest.raises(ServiceError):
        live_piece_keep(stream=stream, piece=piece, began=0.0)
    assert live_piece_keep(stream=newer, piece=piece, began=0.0).text == "low"


def test_expected_words_a_model_of_words_cannot_use_are_told(owner: User, tones: ModelVersion) -> None:
    stream = live_stream_open(owner=owner, stream_id=uuid4(), model="tones", hotwords=["sea wolf"])
    (piece,) = pieces_of(stream, "low")
    assert live_piece_keep(stream=stream, piece=piece, began=0.0).warnings == ["hotwords_unused"]


def test_streams_are_forgotten_after_a_day_and_their_transcriptions_stay(stream: OpenStream) -> None:
    (piece,) = pieces_of(stream, "low")
    live_piece_keep(stream=stream, piece=piece, began=0.0)
    assert live_streams_remove() == 0
    assert live_streams_remove(now=timezone.now() + timedelta(days=1, minutes=1)) == 1
    assert not LiveStream.objects.exists()
    assert Transcription.objects.get().live_stream is None


def send_rest(client: Client, stream: OpenStream, sound: Any, *, position: int) -> Any:
    file = SimpleUploadedFile("recording.wav", wav(sound))
    fields = {"audio": file, "model": "tones", "origin": "microphone", "fragment": "1"}
    return client.post("/transcriptions/new/", {**fields, "stream": str(stream.row.pk), "position": position})


def test_the_rest_of_a_stream_sent_as_a_recording_is_answered_once(stream: OpenStream, owner_client: Client) -> None:
    """The sender did not see the first answer: what it answers is not heard again."""
    sound = said("low", "high")
    first, _ = pieces_of(stream, "low", "high")
    live_piece_keep(stream=stream, piece=first, began=0.0)
    answers = [send_rest(owner_client, stream, sound, position=0) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    rows = Transcription.objects.order_by("stream_start")
    assert [(row.text, row.stream_start) for row in rows] == [("low", first.start), ("high", first.end)]
    assert all(str(rows[1].pk) in answer.content.decode() for answer in answers)
    with pytest.raises(ServiceError):
        live_piece_keep(stream=stream, piece=first, began=0.0)


def test_of_two_requests_with_the_rest_at_once_the_later_is_answered(
    stream: OpenStream,
    owner_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    later: list[Any] = []
    submit = dispatch.submit_transcription

    def overtaken(**what: Any) -> Transcription:
        if not later:
            later.append(None)
            later[0] = send_rest(owner_client, stream, said("low"), position=0)
        return submit(**what)

    before = audio_files()
    monkeypatch.setattr(dispatch, "submit_transcription", overtaken)
    with django_capture_on_commit_callbacks(execute=True):
        earlier = send_rest(owner_client, stream, said("low"), position=0)
    assert (earlier.status_code, later[0].status_code) == (409, 200)
    row = Transcription.objects.get()
    assert (row.text, row.live_stream_id, row.stream_start) == ("low", stream.row.pk, 0)
    assert audio_files() - before == {absolute(row.audio)}


def test_a_recording_is_taken_where_no_stream_ever_began(
    owner: User, tones: ModelVersion, owner_client: Client
) -> None:
    unknown = OpenStream(LiveStream(pk=uuid4(), owner=owner), tones, [], 0)
    for _ in range(2):
        assert send_rest(owner_client, unknown, said("middle"), position=0).status_code == 200
    assert Transcription.objects.get().text == "middle"


def test_a_stranger_cannot_send_the_rest_of_a_stream(stream: OpenStream, stranger_client: Client) -> None:
    assert send_rest(stranger_client, stream, said("low"), position=0).status_code == 404
    assert not Transcription.objects.exists()


def block(position: int, samples: int) -> Audio:
    return Audio(position, np.zeros(samples, np.float32))


def test_an_inbox_joins_sound_and_keeps_the_order() -> None:
    async def scene() -> None:
        inbox = Inbox()
        for item in (block(0, 800), block(800, 800), block(5_000, 800), Stop()):
            await inbox.put(item)
        first, second = await inbox.take(), await inbox.take()
        assert isinstance(first, Audio)
        assert isinstance(second, Audio)
        assert (first.position, first.end, second.position) == (0, 1_600, 5_000)
        assert await inbox.take() == Stop()
        assert inbox.waiting_seconds == 0

    run(scene())


def test_a_full_inbox_makes_the_sender_wait() -> None:
    async def scene() -> None:
        inbox = Inbox()
        for position in range(0, MOST_WAITING, 16_000):
            await inbox.put(block(position, 16_000))
        waiting = asyncio.create_task(inbox.put(block(MOST_WAITING, 16_000)))
        await asyncio.sleep(0)
        assert not waiting.done()
        taken = await inbox.take()
        assert isinstance(taken, Audio)
        assert len(taken.samples) == MOST_AT_ONCE
        await waiting

    run(scene())


def conversation(token: str, *frames: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the application on these frames; afterwards the sender is silent. Return what it sent."""
    sent: list[dict[str, Any]] = []
    left = [{"type": "websocket.connect"}, *frames]

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        return await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(dict(message))

    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "websocket", "path": PATH, "scheme": "ws", "headers": headers, "query_string": b"", "server": None}
    run(live_application(scope, receive, send))
    return sent


@pytest.mark.django_db(transaction=True)
def test_who_is_silent_for_long_is_disconnected(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LIVE_IDLE_SECONDS", 0.05)
    *_, said_last, closed = conversation(token_create(user=owner, name="test")[1])
    assert json.loads(said_last["text"])["code"] == "idle"
    assert closed == {"type": "websocket.close", "code": 4408, "reason": "idle"}


@pytest.mark.django_db(transaction=True)
def test_a_stream_ends_where_a_recording_may_not_be_longer(
    owner: User, tones: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MAX_RECORDING_SECONDS", 1)
    start = {"type": "start", "stream": str(uuid4()), "model": "tones"}
    frames = [{"type": "websocket.receive", "text": json.dumps(start)}]
    frames += [
        {"type": "websocket.receive", "bytes": (n * 16_000).to_bytes(8, "little") + bytes(32_000)} for n in range(2)
    ]
    sent = conversation(token_create(user=owner, name="test")[1], *frames)
    assert sent[-1]["code"] == 4413
    assert json.loads(sent[-2]["text"])["code"] == "stream_too_long"
