"""Fixtures of the running site, shared by journeys and browser tests."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from speechsite.celery import app
from tests import processes
from tests.deadline import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Run a real Celery worker for both queues on the test database."""
    with processes.running(processes.worker(), name="worker") as process:
        wait_for(worker_answers, seconds=60, what="the worker's answer")
        yield
        assert process.poll() is None, "the worker ended during the test"


@pytest.fixture(scope="session")
def web_process(broker: None, django_db_setup: None) -> Iterator[str]:
    """Run the real web process on the test database, once for the whole session: starting one takes seconds."""
    port = processes.free_port()
    address = f"http://127.0.0.1:{port}"
    with processes.running(processes.web(port), name="web") as process:
        wait_for(lambda: web_answers(address), seconds=60, what="the site's answer")
        yield address
        assert process.poll() is None, "the web process ended during the tests"


@pytest.fixture
def site(transactional_db: None, web_process: str) -> str:
    """Return the address of the running site; its database is empty when the test begins."""
    return web_process


def worker_answers() -> bool:
    """Say whether a worker answers a ping through the real broker."""
    return bool(app.control.ping(timeout=0.5))


def web_answers(address: str) -> bool:
    """Say whether the web process answers."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
