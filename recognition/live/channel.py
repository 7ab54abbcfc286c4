"""The WebSocket of one connection, as ASGI gives it."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from recognition.live import protocol

if TYPE_CHECKING:
    from speechsite.lib.errors import ServiceError
    from speechsite.lib.limits import Receive, Send

# Close codes from 4000 on are an application's own: here 4000 and the HTTP status that says the same.
FIRST_CODE = 4000


class Channel:
    """Messages in, messages out; a sender that is gone takes nothing any more."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def accept(self) -> None:
        """Take the connection."""
        await self._send({"type": "websocket.accept"})

    async def receive(self) -> dict[str, Any] | None:
        """Wait for the next message; None when the sender has gone."""
        message = dict(await self._receive())
        return None if message["type"] == "websocket.disconnect" else message

    async def send(self, message: dict[str, Any]) -> None:
        """Send one message as JSON."""
        await self._send({"type": "websocket.send", "text": json.dumps(message, ensure_ascii=False)})

    async def refuse(self) -> None:
        """Answer the handshake with 403."""
        await self._send({"type": "websocket.close"})

    async def close(self, failure: ServiceError) -> None:
        """Say why, then close with 4000 and the status."""
        with contextlib.suppress(OSError, RuntimeError):  # it has gone already
            await self.send(protocol.closed(failure))
            await self._send({"type": "websocket.close", "code": FIRST_CODE + failure.status, "reason": failure.code})
