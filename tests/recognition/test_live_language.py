"""In which language a live connection speaks: no middleware of Django's comes by there."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import translation

from recognition.live import connection
from recognition.live.application import live_application
from recognition.live.channel import Channel
from tests.loops import run

if TYPE_CHECKING:
    from recognition.live.connection import Connection
    from speechsite.lib.limits import Message

NOT_LOGGED_IN = {
    "en": "You are not logged in any more. Log in, then go on; nothing was lost.",
    "de": "Du bist nicht mehr angemeldet. Melde dich an, dann mach weiter; nichts ging verloren.",
}


def answers(*received: Message, language: str = "", cookie: str = "") -> list[dict[str, Any]]:
    """Open a connection from a page of this site, send messages, and return what comes back as JSON."""
    headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
    if language:
        headers.append((b"accept-language", language.encode()))
    if cookie:
        told = SimpleCookie({settings.LANGUAGE_COOKIE_NAME: cookie}).output(header="").strip()
        headers.append((b"cookie", told.encode()))
    scope: Message = {
        "type": "websocket", "path": "/ws/live/", "scheme": "ws", "headers": headers, "query_string": b"",
    }  # fmt: skip
    waiting = [{"type": "websocket.connect"}, *received, {"type": "websocket.disconnect"}]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    run(live_application(scope, receive, send))
    return [json.loads(message["text"]) for message in sent if "text" in message]


@pytest.mark.parametrize(
    ("language", "cookie", "expected"),
    [
        ("", "", "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "", "de"),
        ("tlh", "", "en"),
        ("en", "de", "de"),
        ("de", "en", "en"),
        ("de", "no-language", "de"),
    ],
)
def test_the_language_is_the_cookies_else_the_browsers(language: str, cookie: str, expected: str) -> None:
    closed = answers(language=language, cookie=cookie)[-1]
    assert (closed["code"], closed["message"]) == ("not_authenticated", NOT_LOGGED_IN[expected])


def test_what_is_said_beside_the_threads_is_in_the_same_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "user_of", lambda _: User(pk=1))
    closed = answers({"type": "websocket.receive", "text": "nonsense"}, language="de")[-1]
    assert closed["code"] == "message_unreadable"
    assert closed["message"].startswith("Was gesendet wurde, war nicht lesbar.")


def test_no_language_is_left_behind() -> None:
    with translation.override("en"):
        answers(language="de")
        assert translation.get_language() == "en"


def test_a_connection_whose_stream_is_taken_over_ends_in_its_own_language() -> None:
    async def taken_over() -> BaseException | None:
        with translation.override("de"):
            left = opened()
        with translation.override("en"):
            left._leave()
        return left._failure.exception()

    assert str(run(taken_over())).startswith("Dieser Strom geht über eine neuere Verbindung weiter.")


def opened() -> Connection:
    async def nothing(*_: Any) -> Any:
        return {}

    request: Any = None
    return connection.Connection(request, Channel(nothing, nothing))
