"""Failed logins: a few are human, many are a machine. Counted in the cache per account name and per address."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from django.core.cache import cache

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW_SECONDS = 300
MAX_FAILURES_PER_NAME = 8
MAX_FAILURES_PER_ADDRESS = 40


def login_wait_seconds(*, username: str, address: str) -> int:
    """Return how many seconds to wait before the next try counts; 0 when it may be made now."""
    return max(_wait(key, limit) for key, limit in _counters(username, address))


def login_failed(*, username: str, address: str) -> None:
    """Count one failed login."""
    for key, _ in _counters(username, address):
        if cache.add(key, (1, time.time() + WINDOW_SECONDS), WINDOW_SECONDS):
            continue
        count, until = cache.get(key) or (0, time.time() + WINDOW_SECONDS)
        cache.set(key, (count + 1, until), max(1, int(until - time.time())))


def login_succeeded(*, username: str, address: str) -> None:
    """Forget the failures of this name. Those of the address stay: a good account must not open others to guessing."""
    cache.delete(_counters(username, address)[0][0])


def _counters(username: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    return (
        (_key("name", (username.casefold(),)), MAX_FAILURES_PER_NAME),
        (_key("address", (address,)), MAX_FAILURES_PER_ADDRESS),
    )


def _key(kind: str, parts: Iterable[str]) -> str:
    return f"login:{kind}:{hashlib.sha256('|'.join(parts).encode()).hexdigest()}"


def _wait(key: str, limit: int) -> int:
    count, until = cache.get(key) or (0, 0.0)
    return max(1, round(until - time.time())) if count >= limit else 0
