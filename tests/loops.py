"""Coroutines in tests: beside Playwright, whose synchronous client keeps an event loop running in the main thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run(coroutine: Coroutine[object, object, T]) -> T:
    """Run a coroutine to its end in a thread and a loop of its own; return what it returns."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(_run, coroutine).result()


def _run(coroutine: Coroutine[object, object, T]) -> T:
    try:
        return asyncio.run(coroutine)  # noqa: TID251 - a thread of its own has no loop yet
    finally:
        connections.close_all()
