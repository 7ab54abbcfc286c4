"""Start, watch and end child processes, so that none outlives this one."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PR_SET_PDEATHSIG = 1
TERM_GRACE_SECONDS = 8.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
LARGEST_LOG_BYTES = 10 * 1024**2


@dataclass
class Child:
    """One process of the tree and how to start it again."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    niceness: int = 0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS


class ProcessTree:
    """Children in the order they were started; ended in the reverse order."""

    def __init__(self, *, log_folder: Path, say: Callable[[str], None]) -> None:
        self._log_folder = log_folder
        self._say = say
        self._children: list[Child] = []
        self._stopping = threading.Event()

    def start(self, child: Child) -> None:
        """Start a child in a process group of its own; the kernel ends it should this process be killed."""
        self._children.append(child)
        self._spawn(child)

    def watch(self) -> None:
        """Start crashed children again, with growing pauses, until `stop` is called."""
        while not self._stopping.wait(0.5):
            self.revive()

    def revive(self) -> None:
        """Start again what has crashed."""
        for child in self._children:
            self._revive(child)

    def request_stop(self) -> None:
        """Make `watch` return; safe to call from a signal handler."""
        self._stopping.set()

    def stop(self) -> None:
        """End all children, the last started first; kill what is still there after the grace time."""
        self._stopping.set()
        for child in reversed(self._children):
            self._signal(child, signal.SIGTERM)
        deadline = time.monotonic() + TERM_GRACE_SECONDS
        for child in reversed(self._children):
            self._end(child, deadline)

    def is_running(self, name: str) -> bool:
        """Say whether the named child's process is there."""
        return any(c.name == name and c.process is not None and c.process.poll() is None for c in self._children)

    def log_path(self, name: str) -> Path:
        """Return where the named child's output goes."""
        return self._log_folder / f"{name}.log"

    def _spawn(self, child: Child) -> None:
        with self._open_log(child.name) as log:
            child.process = subprocess.Popen(
                list(child.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **child.environment},
                start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid(), child.niceness),  # noqa: PLW1509 - one thread runs at this point
            )
        child.started_at = time.monotonic()

    def _open_log(self, name: str) -> IO[bytes]:
        path = self.log_path(name)
        if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return path.open("ab")

    def _revive(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None or self._stopping.is_set():
            return
        lived_seconds = time.monotonic() - child.started_at
        child.pause_seconds = _next_pause(child.pause_seconds, lived_seconds)
        self._say(
            f"{child.name} stopped (code {child.process.returncode}) and is started again. "
            f"Its log: {self.log_path(child.name)}"
        )
        if not self._stopping.wait(child.pause_seconds):
            self._spawn(child)

    @staticmethod
    def _signal(child: Child, number: signal.Signals) -> None:
        if child.process is not None and child.process.poll() is None:
            child.process.send_signal(number)

    @staticmethod
    def _end(child: Child, deadline: float) -> None:
        if child.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.1, deadline - time.monotonic()))
        # The leader may be gone while members of its group are still there.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def _next_pause(pause_seconds: float, lived_seconds: float) -> float:
    """Return a longer pause for a child that crashes at once, the shortest for one that had worked for a while."""
    if lived_seconds > LONGEST_PAUSE_SECONDS:
        return FIRST_PAUSE_SECONDS
    return min(LONGEST_PAUSE_SECONDS, pause_seconds * 2)


def _die_with_parent(parent: int, niceness: int) -> Callable[[], None]:
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent went between fork and prctl
            os._exit(1)
        if niceness:
            os.nice(niceness)

    return prepare
