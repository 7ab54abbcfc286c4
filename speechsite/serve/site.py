"""What the embedded site is made of: which processes, in which order, with which environment."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from speechsite.broker import server_command
from speechsite.lib.errors import ServiceError
from speechsite.serve.children import Child

if TYPE_CHECKING:
    from pathlib import Path

    from speechsite.serve.children import ProcessTree

TRAINING_NICENESS = 10
DEFAULT_PORT = 8000
HIGHEST_PORT = 65_535


def data_folder_prepare() -> None:
    """Make the folders the site writes to; raise ServiceError where that cannot be."""
    folder: Path = settings.DATA_DIR
    try:
        for name in ("private", "tmp", "logs", "redis"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        settings.REDIS_SOCKET.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / "tmp" / f"probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as exc:
        raise ServiceError(
            "data_folder_unwritable",
            f"The data folder {folder} cannot be written ({exc.strerror}). "
            "Make it writable, or name another one in SPEECHSITE_DATA_DIR.",
        ) from exc


def data_folder_lock() -> IO[bytes]:
    """Take the data folder for this process; raise ServiceError where another Speechsite serves it."""
    lock = (settings.DATA_DIR / "serve.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        raise ServiceError(
            "already_serving",
            f"Another Speechsite already serves the data folder {settings.DATA_DIR}. "
            "Stop that one, or name another folder in SPEECHSITE_DATA_DIR.",
        ) from exc
    return lock


def port_check(host: str, port: int) -> None:
    """Raise ServiceError where the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "a port is a number from 1 to 65535"
            other = port + 1 if port < HIGHEST_PORT else DEFAULT_PORT
            raise ServiceError(
                "port_busy",
                f"Nothing can listen on {host} port {port} ({reason}). "
                f"Stop what uses it, or choose another one: bin/run --port {other}",
            ) from exc


def broker_start(tree: ProcessTree) -> None:
    """Start the embedded broker unless REDIS_URL names another one; wait until it answers."""
    if "REDIS_URL" in os.environ:
        return
    settings.REDIS_SOCKET.unlink(missing_ok=True)
    tree.start(Child("broker", server_command(socket=settings.REDIS_SOCKET, folder=settings.DATA_DIR / "redis")))
    deadline = time.monotonic() + 20
    while not _broker_answers():
        if time.monotonic() > deadline:
            raise ServiceError("broker_silent", f"The broker does not answer. Its log: {tree.log_path('broker')}")
        time.sleep(0.02)


def web_start(tree: ProcessTree, host: str, port: int) -> None:
    """Start the web process."""
    uvicorn = [sys.executable, "-m", "uvicorn", "speechsite.asgi:application"]
    options = ["--host", host, "--port", str(port), "--lifespan", "off", "--no-server-header"]
    # Sound does not become smaller by it, and each block would wait for it.
    options += ["--ws-per-message-deflate", "false"]
    tree.start(Child("web", [*uvicorn, *options, "--timeout-graceful-shutdown", "3"]))


def workers_start(tree: ProcessTree) -> None:
    """Start the two workers and beat."""
    environment = worker_environment()
    tree.start(Child("worker-default", worker_command("default", concurrency=2), environment))
    tree.start(Child("worker-training", worker_command("training", concurrency=1), environment, TRAINING_NICENESS))
    schedule = settings.DATA_DIR / "beat-schedule"
    beat = [sys.executable, "-m", "celery", "-A", "speechsite", "beat", "--schedule", str(schedule), "--pidfile="]
    tree.start(Child("beat", beat))


def worker_command(queue: str, *, concurrency: int) -> list[str]:
    """Return the command line of a worker for one queue, or for several with commas between."""
    worker = [sys.executable, "-m", "celery", "-A", "speechsite", "worker", "--queues", queue]
    name = f"{queue.replace(',', '-')}@%h"
    return [*worker, "--concurrency", str(concurrency), "--hostname", name, "--loglevel", "INFO", "--without-gossip"]


def worker_environment() -> dict[str, str]:
    """Return what a worker needs in its environment besides the site's settings."""
    return {
        # TERM ends a worker within seconds; the task it was at is delivered again, and the row says where it stood.
        "REMAP_SIGTERM": "SIGQUIT",
        # More threads than cores in BLAS slow the small matrices of speech down by an order of magnitude.
        "OPENBLAS_NUM_THREADS": "1",
    }


def web_wait(tree: ProcessTree, host: str, port: int, *, seconds: float = 60) -> None:
    """Wait until the web process answers, starting it again where it crashes; raise ServiceError when it does not."""
    deadline = time.monotonic() + seconds
    while not _web_answers(host, port):
        tree.revive()
        if time.monotonic() > deadline:
            raise ServiceError("web_silent", f"The web process does not answer. Its log: {tree.log_path('web')}")
        time.sleep(0.05)


def address(host: str, port: int) -> str:
    """Return the address to open in a browser."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104 - a comparison
    return f"http://{name}:{port}"


def _broker_answers() -> bool:
    client = Redis(unix_socket_path=str(settings.REDIS_SOCKET))
    try:
        return bool(client.ping())
    except RedisError:
        return False
    finally:
        client.close()


def _web_answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"{address(host, port)}/healthz", timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
    except urllib.error.HTTPError:
        return True  # it answers, though not to this host name
    except OSError:
        return False
