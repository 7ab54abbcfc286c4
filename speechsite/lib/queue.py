"""Put work on the queue: one way, after the transaction, whatever the broker does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

if TYPE_CHECKING:
    from uuid import UUID

    from celery import Task


def enqueue(task: Task[[str], Any], row_id: UUID) -> None:
    """Send `task` the id of a row once the transaction that made the row is through.

    The row is what counts: where the broker is away the failure is logged, and the reaper sends the message later.
    """

    def send() -> None:  # a function of its own: Django logs the name, which a partial has not
        task.delay(str(row_id))

    transaction.on_commit(send, robust=True)
