"""Rows of a long query, a few at a time, with nothing of it open in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

ROWS_AT_ONCE = 500
Row = TypeVar("Row", bound=Model)


def rows_of(rows: QuerySet[Row], *, at_once: int = ROWS_AT_ONCE) -> Iterator[Row]:
    """Yield the rows of a query in its order; between two of them anything may be written, by anybody.

    Only the keys are read at the beginning. `QuerySet.iterator` keeps a cursor open, and with it, in SQLite, a view of
    the database as it was: once another process has written, a write of one's own fails at once as "locked". Rows that
    are deleted meanwhile are passed over.
    """
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), at_once):
        yield from rows.filter(pk__in=keys[start : start + at_once])
