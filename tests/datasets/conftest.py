from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from training_jobs.services.datasets import dataset_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from training_jobs.models import Dataset


@pytest.fixture
def dataset(owner: User) -> Dataset:
    """Return an empty dataset of the owner's."""
    return dataset_create(owner=owner, name="Words")
