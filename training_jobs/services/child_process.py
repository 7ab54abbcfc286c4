"""The trainer's process: a fresh one for each job, in its own group, which never outlives the worker."""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from django.conf import settings
from django.utils.translation import get_language

from recognition.engine import language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

MODULE: Final = "training_jobs.trainer"
POLL_SECONDS: Final = 0.5
GRACE_SECONDS: Final = 2.0
CHUNK_BYTES: Final = 65_536
TAIL_BYTES: Final = 4_000
PR_SET_PDEATHSIG: Final = 1
VIRTUAL_MEMORY_COUNTS: Final = Path("/proc/vmstat")
BAD_ALLOCATION: Final = "std::bad_alloc"
PRECISION: Final = "SPEECHSITE_PRECISION"
# The child needs no key and no database: it gets what a Python with TensorFlow wants, and nothing else.
PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV", PRECISION)
PASSED_ON_PREFIXES: Final = ("TF_", "OMP_", "CUDA_", "NVIDIA_", "XLA_", "PYTHON")


class TrainerProcess:
    """Runs `python -m training_jobs.trainer FOLDER` while the `with` block lasts; its stderr goes to `log`."""

    def __init__(self, folder: Path, *, log: Path) -> None:
        self.folder = folder
        self.log = log
        self.was_stopped = False

    def __enter__(self) -> Self:
        self.kills_before = out_of_memory_kills()
        command = [sys.executable, "-m", MODULE, str(self.folder)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=settings.BASE_DIR,
                env=_environment(),
                start_new_session=True,
                preexec_fn=_death_wish(),  # noqa: PLW1509 - one system call, nothing is imported or locked
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        if self.process.stdout:
            self.process.stdout.close()

    def lines(self) -> Iterator[str | None]:
        """Yield each line the child writes as it comes, and None twice a second while it is silent."""
        pipe = self.process.stdout
        if pipe is None:
            return
        unfinished = b""
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                if not selector.select(POLL_SECONDS):
                    yield None
                    continue
                chunk = os.read(pipe.fileno(), CHUNK_BYTES)
                *whole, unfinished = (unfinished + chunk).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in whole)
                if not chunk:
                    return

    def stop(self) -> None:
        """End the child and all it started: TERM, and KILL two seconds later."""
        if self.process.poll() is None:
            self.was_stopped = True
            self._signal(signal.SIGTERM)
            try:
                self.process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
        self.process.wait()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def wait(self, *, seconds: float) -> int:
        """Return the exit status once the child has closed its output; a child that lingers is stopped."""
        end = time.monotonic() + seconds
        try:
            return self.process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.stop()
            return self.process.returncode

    def ran_out_of_memory(self, status: int) -> bool:
        """Say whether the child ended because memory ran short, as far as the kernel or the C++ library tell it."""
        if self.was_stopped:
            return False
        if status == -signal.SIGKILL:
            return out_of_memory_kills() > self.kills_before
        return status == -signal.SIGABRT and BAD_ALLOCATION in self.stderr_tail()

    def stderr_tail(self) -> str:
        """Return the end of the log, for staff."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - TAIL_BYTES))
            return log.read().decode("utf-8", "replace")


def out_of_memory_kills() -> int:
    """Return how many processes the kernel has killed for want of memory since it started; 0 where it does not tell."""
    try:
        lines = VIRTUAL_MEMORY_COUNTS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def _environment() -> dict[str, str]:
    passed_on = {
        name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }
    return {**passed_on, "PYTHONUNBUFFERED": "1", language.VARIABLE: get_language() or language.ENGLISH}


def _death_wish() -> Callable[[], object] | None:
    """Return what makes the kernel kill the child when its parent dies, however that happens. Linux alone knows it."""
    if sys.platform != "linux":
        return None
    return partial(ctypes.CDLL(None).prctl, PR_SET_PDEATHSIG, signal.SIGKILL)
