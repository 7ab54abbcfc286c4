"""Refuse a body that is too large before a byte of it is kept."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIRequest
from django.utils import translation
from django.utils.translation import gettext as _

from speechsite.lib.errors import envelope
from speechsite.lib.numbers import decimal_text

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
            await _refuse(scope, send, largest_bytes)
            return
        await application(scope, receive, send)

    return guarded


def _declared_bytes(scope: Message) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


def _sentence(scope: Message, largest_bytes: int) -> str:
    """Say what may be sent at most, in the language of whoever sends: no middleware has looked for it yet."""
    with translation.override(translation.get_language_from_request(ASGIRequest(dict(scope), io.BytesIO()))):
        return _(
            "What was sent is larger than the {most} GiB this site takes at once. Nothing was kept; split it, or ask "
            "whoever runs the site for a higher limit."
        ).format(most=decimal_text(largest_bytes / 1024**3, 1))


async def _refuse(scope: Message, send: Send, largest_bytes: int) -> None:
    body = json.dumps(envelope("too_large", _sentence(scope, largest_bytes))).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})
