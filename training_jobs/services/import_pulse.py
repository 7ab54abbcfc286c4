"""What one attempt writes on its import: heartbeat, progress, the end. Every write is fenced by the attempt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from speechsite.lib.transitions import TransitionRefused, move, touch

if TYPE_CHECKING:
    from collections.abc import Callable

    from training_jobs.models import DatasetImport


class Superseded(Exception):  # noqa: N818 - it is no fault of this attempt
    """The import was taken back, deleted or ended by somebody else."""


class ImportPulse:
    """The row of an import as its present attempt sees it, checking or reading. `watch` is told of every change."""

    def __init__(self, row: DatasetImport, *, watch: Callable[[DatasetImport], None] | None = None) -> None:
        self.row = row
        self.attempt = row.attempt
        self._status = row.status
        self._watch = watch
        self._beaten_at = time.monotonic()

    def beat(self) -> None:
        """Keep the import alive; cheap, so call it often. Raises Superseded."""
        if time.monotonic() - self._beaten_at >= settings.HEARTBEAT_SECONDS:
            self.write()

    def write(self, **changes: Any) -> None:
        """Write progress and a heartbeat. Raises Superseded where the import is no longer this attempt's."""
        moment = timezone.now()
        if not touch(self.row, allowed_in=[self._status], attempt=self.attempt, heartbeat_at=moment, **changes):
            raise Superseded
        self._beaten_at = time.monotonic()
        for name, value in changes.items():
            setattr(self.row, name, value)

    def tell(self) -> None:
        """Show the row as it is now to whoever watches."""
        if self._watch:
            self._watch(self.row)

    def end(self, status: str, **changes: Any) -> None:
        """Move the import to a final state. Raises Superseded."""
        self.leave(status, finished_at=timezone.now(), **changes)

    def leave(self, status: str, **changes: Any) -> None:
        """Move the import to a state in which no worker holds it. Raises Superseded."""
        try:
            move(self.row, allowed_from=[self._status], to=status, attempt=self.attempt, **changes)
        except TransitionRefused as refusal:
            raise Superseded from refusal
