from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import AsyncClient, Client

from tests.loops import run

if TYPE_CHECKING:
    from django.http import StreamingHttpResponse

TOKENS = "/static/css/tokens.css"


def on_disk() -> bytes:
    return (settings.BASE_DIR / "static" / "css" / "tokens.css").read_bytes()


def fetched(**headers: str) -> tuple[Any, bytes]:
    """Return the answer under ASGI and the bytes it streams."""

    async def fetch() -> tuple[Any, bytes]:
        answer: Any = await AsyncClient().get(TOKENS, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return answer, b"".join([piece async for piece in answer])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return run(fetch())


def test_a_static_file_is_streamed_whole_and_without_a_warning() -> None:
    answer, received = fetched()
    assert answer.is_async
    assert answer.headers["Content-Type"].startswith("text/css")
    assert received == on_disk()


def test_a_part_of_a_static_file_is_sent_as_asked() -> None:
    answer, received = fetched(range="bytes=3-9")
    assert answer.status_code == 206
    assert received == on_disk()[3:10]


def test_static_files_are_served_without_asgi_too() -> None:
    answer: StreamingHttpResponse = Client().get(TOKENS)  # type: ignore[assignment]
    assert b"".join(answer.streaming_content) == on_disk()  # type: ignore[arg-type]
