from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING

import pytest
from celery import Celery
from django.db import transaction

from speechsite.lib.queue import enqueue

if TYPE_CHECKING:
    from pathlib import Path


def never_sent(row_id: str) -> None:
    raise AssertionError(row_id)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_does_not_undo_what_was_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = Celery("away", broker=f"redis+socket://{tmp_path}/nothing-here.sock", set_as_current=False)
    task = away.task(name="tests.never_sent")(never_sent)
    row_id = uuid.uuid4()
    with caplog.at_level(logging.ERROR), transaction.atomic():
        enqueue(task, row_id)
    assert "on_commit" in caplog.text
