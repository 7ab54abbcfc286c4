"""Rows read a few at a time, while others write."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from speechsite.lib.rows import rows_of
from tests.training.rows import make_dataset
from training_jobs.models import Clip, Dataset

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def write_elsewhere(dataset: Dataset, name: str) -> None:
    """Write over a connection of its own, as another process does."""

    def write() -> None:
        Dataset.objects.filter(pk=dataset.pk).update(name=name)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()


@pytest.mark.django_db(transaction=True)
def test_between_two_rows_anybody_may_write(owner: User) -> None:
    dataset = make_dataset(owner, clips=7)
    seen = []
    for number, clip in enumerate(rows_of(Clip.objects.filter(dataset=dataset).order_by("sha256"), at_once=3)):
        write_elsewhere(dataset, f"written {number}")
        Dataset.objects.filter(pk=dataset.pk).update(language="de")
        seen.append(clip.sha256)
    assert len(seen) == 7
    assert seen == sorted(seen)


@pytest.mark.django_db
def test_rows_deleted_meanwhile_are_passed_over(owner: User) -> None:
    dataset = make_dataset(owner, clips=7)
    rows = rows_of(Clip.objects.filter(dataset=dataset), at_once=3)
    first = next(rows)
    Clip.objects.filter(dataset=dataset).exclude(pk=first.pk).delete()
    assert len(list(rows)) == 2, "what was read already"
