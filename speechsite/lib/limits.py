"""Refuse a body that is too large before a byte of it is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from speechsite.lib.errors import envelope

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[..., Awaitable[None]]

# What a form adds around its file: boundaries, names, the other fields.
FORM_BYTES = 1024**2


def refusing_too_large(application: Application, *, largest_bytes: int) -> Application:
    """Return the ASGI application behind a check of Content-Length; the answer is 413 with the limit in its sentence.

    Without it, the server writes the whole body to disk before a view can look at it.
    """

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _declared_bytes(scope) > largest_bytes + FORM_BYTES:
            await _refuse(send, largest_bytes)
            return
        await application(scope, receive, send)

    return guarded


def _declared_bytes(scope: Message) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def _refuse(send: Send, largest_bytes: int) -> None:
    message = (
        f"What was sent is larger than the {largest_bytes / 1024**3:.1f} GiB this site takes at once. "
        "Nothing was kept; split it, or ask whoever runs the site for a higher limit."
    )
    body = json.dumps(envelope("too_large", message)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
