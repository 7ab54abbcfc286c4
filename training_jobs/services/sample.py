"""The sample dataset: spoken words of our own making, shipped with the site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from training_jobs.services.datasets import dataset_create, dataset_free_name
from training_jobs.services.imports import import_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from training_jobs.models import DatasetImport

ARCHIVE: Final = Path(__file__).resolve().parent.parent / "sample" / "sample_words.zip"
LANGUAGE: Final = "en"


def sample_dataset_create(*, owner: User) -> DatasetImport:
    """Make a dataset out of the shipped archive, by the way every upload goes; nobody is told yet."""
    name = dataset_free_name(owner=owner, wanted=_("Sample words"))
    dataset = dataset_create(owner=owner, name=name, language=LANGUAGE, is_sample=True)
    return import_create(dataset=dataset, owner=owner, file=ARCHIVE, source_name=ARCHIVE.name)
