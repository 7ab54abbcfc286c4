"""A proxy that cuts connections while much is being sent over them."""

from __future__ import annotations

import random
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 16 * 1024
SMALL_REQUEST = 64 * 1024


class CuttingProxy:
    """Pass TCP connections on to `target`; cut `cuts` of them at a random place behind their first 64 kB.

    Something larger than `cuts` times `furthest` bytes is not through before all cuts are made.
    """

    def __init__(self, target: str, *, cuts: int, seed: int, furthest: int) -> None:
        parts = urlsplit(target)
        self.target = (parts.hostname or "", parts.port or 80)
        self.cuts_left, self.cuts_made = cuts, 0
        self.furthest = furthest
        self.random = random.Random(seed)
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=_pass_on, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        """Pass on what the client sends; cut both where it is this connection's turn."""
        end = SMALL_REQUEST + self.random.randrange(self.furthest)
        sent = 0
        with suppress(OSError):
            while block := client.recv(BLOCK):
                sent += len(block)
                if sent > end and self._is_to_be_cut():
                    _close(client, server)
                    return
                server.sendall(block)
        _close(client, server)

    def _is_to_be_cut(self) -> bool:
        with self.lock:
            if not self.cuts_left:
                return False
            self.cuts_left -= 1
            self.cuts_made += 1
            return True


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while block := source.recv(BLOCK):
            target.sendall(block)
    _close(source, target)


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def cutting_proxy(target: str, *, cuts: int, seed: int, furthest: int) -> Iterator[CuttingProxy]:
    """Run a proxy in front of a site."""
    proxy = CuttingProxy(target, cuts=cuts, seed=seed, furthest=furthest)
    threading.Thread(target=proxy.serve, daemon=True).start()
    try:
        yield proxy
    finally:
        proxy.listener.close()
