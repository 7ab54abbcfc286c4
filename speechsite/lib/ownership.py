"""Who sees which rows: owners their own, staff (in the admin only) all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

Row = TypeVar("Row", bound=models.Model)


class OwnedQuerySet(models.QuerySet[Row]):
    """Rows that belong to somebody; `owner_path` leads to the owner."""

    owner_path = "owner"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the rows this user may see; nobody's rows for somebody who is not logged in."""
        return self.filter(Q(**{self.owner_path: user.pk})) if user.is_authenticated else self.none()


def owned_through(path: str) -> Any:
    """Return a queryset class for rows whose owner is found at `path`, e.g. `dataset__owner`."""
    return type("OwnedThroughQuerySet", (OwnedQuerySet,), {"owner_path": path})
