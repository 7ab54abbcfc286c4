"""Change the status of a row in one place: a conditional UPDATE that must hit exactly one row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import F
from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import Model

Row = TypeVar("Row", bound="Model")


class TransitionRefused(ServiceError):  # noqa: N818 - named after what happened, as Django names its own
    """The row was not in an allowed status, or a newer attempt owns it."""


def move(
    row: Row,
    *,
    allowed_from: Collection[str],
    to: str,
    attempt: int | None = None,
    is_new_attempt: bool = False,
    **changes: Any,
) -> Row:
    """Set `row.status` to `to` and apply `changes`, if its status in the database is one of `allowed_from`.

    `attempt` fences: where given, the row's attempt must still be that number, so that a worker which was
    declared lost cannot write over its successor; `is_new_attempt` counts it up, as a claim does. Returns the row
    as it now stands in the database.
    Raises TransitionRefused where no row was hit.
    """
    fence = {} if attempt is None else {"attempt": attempt}
    if is_new_attempt:
        changes["attempt"] = F("attempt") + 1
    manager = type(row)._base_manager  # noqa: SLF001 - Django's documented name for the unfiltered manager
    hit = manager.filter(pk=row.pk, status__in=list(allowed_from), **fence).update(status=to, **changes)
    if hit != 1:
        raise TransitionRefused(
            "state_changed",
            _("Something else changed this in the meantime. Nothing was done; reload the page to see where it stands."),
            detail=f"{type(row).__name__} {row.pk} is not in {sorted(allowed_from)} (attempt {attempt}); wanted {to}",
            status=409,
        )
    row.refresh_from_db()
    return row


def touch(row: Model, *, allowed_in: Collection[str], attempt: int, **changes: Any) -> bool:
    """Write progress on a row without changing its status; false where the row is no longer this attempt's."""
    manager = type(row)._base_manager  # noqa: SLF001 - as above
    return manager.filter(pk=row.pk, status__in=list(allowed_in), attempt=attempt).update(**changes) == 1
