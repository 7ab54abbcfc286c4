"""Wait for something to become true, without fixed sleeps."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def wait_for(condition: Callable[[], T], *, seconds: float = 20, what: str = "the condition", every: float = 0.05) -> T:
    """Return the first truthy answer of `condition`; fail in words when `seconds` have gone by."""
    pause = threading.Event()
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds} s; last answer: {answer!r}")
        pause.wait(every)
