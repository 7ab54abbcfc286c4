"""The site's real processes for tests: workers and the web process, on the test run's own database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from speechsite.serve.site import worker_command, worker_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def database_url() -> str:
    """Return the address of the database this test uses (Django made it with another name)."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(str(database['NAME']))}"
    return f"postgres://{database['USER']}@/{database['NAME']}?host={database['HOST']}"


def environment() -> dict[str, str]:
    """Return the environment for a process of the site under test."""
    own = {
        "SPEECHSITE_DATA_DIR": str(settings.DATA_DIR),
        "DATABASE_URL": database_url(),
        "PYTHONWARNINGS": "default",
    }
    return {**os.environ, **worker_environment(), **own}


@contextmanager
def running(command: Sequence[str], *, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a group of its own; end the whole group afterwards."""
    log = settings.DATA_DIR / f"{name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command), stdout=output, stderr=subprocess.STDOUT, env=environment(), start_new_session=True
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        finally:
            _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def worker(queues: str = "default,training") -> list[str]:
    """Return the command of one worker that serves the given queues."""
    return worker_command(queues, concurrency=1)


def web(port: int) -> list[str]:
    """Return the command of the web process."""
    uvicorn = [sys.executable, "-m", "uvicorn", "speechsite.asgi:application"]
    return [*uvicorn, "--host", "127.0.0.1", "--port", str(port), "--lifespan", "off"]


def free_port() -> int:
    """Return a port nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
