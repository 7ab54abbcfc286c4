"""A sender of live speech for tests: a real WebSocket client that does what a page does."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from websockets.sync.client import connect

from recognition.engine.audio import samples_to_int16

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from websockets.sync.client import ClientConnection

BLOCK_SAMPLES = 800


class Speaker:
    """One connection. `stream` is the stream it speaks in, `said` what the server said."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.stream: UUID = uuid4()
        self.said: list[dict[str, Any]] = []

    def start(self, model: str, *, stream: UUID | None = None, position: int = 0, **more: Any) -> dict[str, Any]:
        """Begin a stream, or go on with one; return the server's `ready`."""
        self.stream = stream or uuid4()
        self.order("start", stream=str(self.stream), model=model, position=position, **more)
        return self.until("ready")

    def order(self, kind: str, **values: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **values}))

    def speak(self, samples: NDArray[Any], *, position: int = 0) -> None:
        """Send sound in blocks of 50 ms, as fast as it is taken."""
        for start in range(0, len(samples), BLOCK_SAMPLES):
            self.send_block(samples[start : start + BLOCK_SAMPLES], position=position + start)

    def speak_in_time(self, samples: NDArray[Any]) -> None:
        """Send sound from the beginning of a stream as a microphone gives it: each block when it has been spoken."""
        began, pause = time.monotonic(), threading.Event()
        for start in range(0, len(samples), BLOCK_SAMPLES):
            block = samples[start : start + BLOCK_SAMPLES]
            pause.wait(max(0.0, began + (start + len(block)) / 16_000 - time.monotonic()))
            self.send_block(block, position=start)

    def send_block(self, samples: NDArray[Any], *, position: int) -> None:
        self.socket.send(position.to_bytes(8, "little") + samples_to_int16(samples).astype("<i2").tobytes())

    def stop(self) -> dict[str, Any]:
        """End the stream; return the server's `stopped`."""
        self.order("stop")
        return self.until("stopped")

    def until(self, kind: str) -> dict[str, Any]:
        """Read messages up to the first of a kind; all of them are in `said` then."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(timeout=60))
            self.said.append(message)
            if message["type"] == kind:
                return message

    @property
    def finals(self) -> list[dict[str, Any]]:
        return [message for message in self.said if message["type"] == "final"]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.finals]


@contextmanager
def speaking(site: str, token: str = "", **headers: str) -> Iterator[Speaker]:
    """Open a connection with a bearer token, or with the headers given."""
    sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    with connect(f"{site.replace('http', 'ws', 1)}/ws/live/", additional_headers=sent, max_size=None) as socket:
        yield Speaker(socket)
