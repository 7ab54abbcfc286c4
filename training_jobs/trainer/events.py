"""What the child tells its parent: one JSON object a line, flushed."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Events:
    """Writes events to the parent's pipe; epochs that are safe are told to whoever listens here, too."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.listeners: list[Callable[[Mapping[str, object]], None]] = []

    def send(self, event: str, **values: object) -> None:
        """Write one event."""
        self.stream.write(json.dumps({"event": event, **values}) + "\n")
        self.stream.flush()

    def epoch_is_safe(self, line: Mapping[str, object]) -> None:
        """Tell the listeners of an epoch whose state is saved, so that nothing comes between the two."""
        for listener in self.listeners:
            listener(line)

    def stage(self, stage: str, message: str) -> None:
        """Tell which stage begins."""
        self.send("stage", stage=stage, message=message)

    def warning(self, code: str, message: str) -> None:
        """Tell what the user should know though the run goes on."""
        self.send("warning", code=code, message=message)


def claim_stdout() -> TextIO:
    """Return a stream to the real stdout and point file 1 at stderr: libraries print there, too, from C++."""
    sys.stdout.flush()
    claimed = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return claimed
