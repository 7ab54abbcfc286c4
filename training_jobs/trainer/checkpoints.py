"""What an interrupted run goes on from: one file an epoch, written whole or not at all."""

from __future__ import annotations

import json
import os
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

CHECKPOINTS = "checkpoints"  # the folder in the job folder
KEPT = 2
FACTS = "facts"
NAME = re.compile(r"try-(?P<restarts>\d+)-epoch-(?P<epoch>\d+)-attempt-(?P<attempt>\d+)\.npz")
DAMAGED = (OSError, ValueError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after an epoch: every variable, and what is not one (history, counts), as JSON has it."""

    arrays: list[NDArray[Any]]
    facts: dict[str, Any]


class Checkpoints:
    """The newest checkpoints of a run in a folder.

    `attempt` numbers the worker's attempts at the job: one that was given up for lost, and lives, writes beside its
    successor and never over it. `run` names what is being trained: a checkpoint of anything else is not read.
    """

    def __init__(self, folder: Path, *, attempt: int = 1, run: str = "") -> None:
        self.folder, self.attempt, self.run = folder, attempt, run
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, arrays: Sequence[NDArray[Any]], *, restarts: int, epoch: int, facts: dict[str, Any]) -> None:
        """Write one checkpoint and remove older ones; raises OSError where the disk is full."""
        path = self.folder / f"try-{restarts:02d}-epoch-{epoch:05d}-attempt-{self.attempt:03d}.npz"
        unfinished = path.with_suffix(".unfinished")
        text = json.dumps({"run": self.run, **facts}).encode()
        named: dict[str, Any] = {f"{number:05d}": array for number, array in enumerate(arrays)}
        named[FACTS] = np.frombuffer(text, np.uint8)
        try:
            with unfinished.open("wb") as file:
                np.savez(file, **named)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        self._prune()

    def newest(self) -> Checkpoint | None:
        """Return the newest checkpoint of this run that can be read, None where there is none."""
        for path in reversed(self._paths()):
            found = read(path)
            if found and found.facts.get("run") == self.run:
                return found
        return None

    def _paths(self) -> list[Path]:
        """Return the files from the oldest state to the newest."""
        return sorted(path for path in self.folder.iterdir() if NAME.fullmatch(path.name))

    def _prune(self) -> None:
        """Remove what is older than the newest few; never a later attempt's."""
        own = [path for path in self._paths() if attempt_of(path) <= self.attempt]
        for path in own[:-KEPT]:
            path.unlink(missing_ok=True)


def attempt_of(path: Path) -> int:
    """Return which attempt wrote a file."""
    found = NAME.fullmatch(path.name)
    return int(found["attempt"]) if found else 0


def read(path: Path) -> Checkpoint | None:
    """Return what a file holds, None where it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            facts = json.loads(stored[FACTS].tobytes())
            return Checkpoint([stored[name] for name in sorted(stored.files) if name != FACTS], facts)
    except DAMAGED:
        return None
