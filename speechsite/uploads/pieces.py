"""Hand a long piece of an upload to Django in short ones, so that a connection that breaks loses little.

Django reads the whole body of a request before a view sees any of it, and forgets it where the connection breaks. A
client that sends a file in one PATCH would begin anew each time. So the body is cut here, and each part is a PATCH of
its own to Django; what had come before the break is kept.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[..., Awaitable[None]]

PIECE_BYTES: Final = 4 * 1024**2
PATHS: Final = "/api/v1/uploads/"
NO_CONTENT: Final = 204


def in_pieces(application: Application) -> Application:
    """Return the ASGI application behind a knife for the bodies of uploads.

    A body with a checksum stays whole: all of it counts, or nothing.
    """

    async def cut(scope: Message, receive: Receive, send: Send) -> None:
        if is_cut(scope):
            await _relay(application, scope, receive, send)
        else:
            await application(scope, receive, send)

    return cut


def is_cut(scope: Message) -> bool:
    """Say whether a request is a piece of an upload that may be kept in part."""
    if scope["type"] != "http" or scope["method"] != "PATCH" or not scope["path"].startswith(PATHS):
        return False
    headers = dict(scope["headers"])
    return b"upload-checksum" not in headers and headers.get(b"upload-offset", b"").isdigit()


async def _relay(application: Application, scope: Message, receive: Receive, send: Send) -> None:
    """Send part after part to the application until one is refused, and its last answer to the client."""
    offset = int(dict(scope["headers"])[b"upload-offset"])
    answer: list[Message] = []
    async for part in _parts(receive):
        answer = await _asked(application, scope, offset, part)
        if _status(answer) != NO_CONTENT:
            break
        offset += len(part)
    for message in answer:
        await send(message)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body in parts of about PIECE_BYTES, one at least; the last may be what came before a break."""
    gathered = bytearray()
    is_first, is_more = True, True
    while is_more:
        message = await receive()
        gathered += message.get("body", b"")
        is_more = message["type"] == "http.request" and message.get("more_body", False)
        if len(gathered) >= PIECE_BYTES or (not is_more and (gathered or is_first)):
            yield bytes(gathered)
            gathered.clear()
            is_first = False


async def _asked(application: Application, scope: Message, offset: int, part: bytes) -> list[Message]:
    """Return the application's answer to one part."""
    told = {b"upload-offset": str(offset).encode(), b"content-length": str(len(part)).encode()}
    headers = [(name, value) for name, value in scope["headers"] if name not in {*told, b"transfer-encoding"}]
    waiting = [{"type": "http.request", "body": part, "more_body": False}]
    answer: list[Message] = []

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()  # Django listens for the end of the connection until it has answered
        return waiting.pop()

    async def send(message: Message) -> None:
        answer.append(message)

    await application({**scope, "headers": [*headers, *told.items()]}, receive, send)
    return answer


def _status(answer: list[Message]) -> int:
    return next((message["status"] for message in answer if message["type"] == "http.response.start"), 0)
