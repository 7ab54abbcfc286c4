"""What is worked out of all clips of a dataset, remembered until one of them changes.

A dataset counts its changes (`Dataset.revision`), in the transaction that makes them; what is remembered belongs to one
revision. It lies in the cache: where that is lost or away, it is worked out again.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import fields
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.core.cache import cache
from django.db.models import F
from redis.exceptions import RedisError

from training_jobs.models import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from _typeshed import DataclassInstance

logger = logging.getLogger(__name__)
KEPT_SECONDS: Final = 24 * 3600.0
UNREADABLE: Final = (UnpicklingError, AttributeError, ImportError, TypeError, ValueError, EOFError)

Figures = TypeVar("Figures", bound="DataclassInstance")


def dataset_changed(dataset_id: UUID) -> None:
    """Count a change of a dataset's clips; to be called in the transaction that makes it."""
    Dataset.objects.filter(pk=dataset_id).update(revision=F("revision") + 1)


def remembered(
    dataset: Dataset, kind: type[Figures], make: Callable[[], Figures], *, asked: tuple[Any, ...] = ()
) -> Figures:
    """Return what `make` works out of a dataset's clips as they are.

    `asked` is what it depends on besides the clips. What `make` raises is not remembered.
    """
    # The place and the fields of the kind are in the key: what another release of this site left is another thing.
    parts = [kind.__module__, kind.__qualname__, *(entry.name for entry in fields(kind)), *(repr(one) for one in asked)]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    revision = Dataset.objects.filter(pk=dataset.pk).values_list("revision", flat=True).first()
    key = f"dataset:{dataset.pk}:{revision}:{digest}"
    found = _looked_up(key)
    if isinstance(found, kind):
        return found
    made = make()
    _put_away(key, made)
    return made


def _looked_up(key: str) -> object:
    try:
        return cache.get(key)
    except RedisError:
        logger.warning("The cache cannot be read; figures are worked out anew.")
    except UNREADABLE:
        logger.info("Figures that another release left cannot be read; they are worked out anew.")
    return None


def _put_away(key: str, value: object) -> None:
    try:
        cache.set(key, value, KEPT_SECONDS)
    except RedisError:
        logger.warning("The cache cannot be written; figures are not remembered.")
