"""Filters of the training pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

register = template.Library()


@register.filter
def place_of(places: Mapping[UUID, int], identity: UUID) -> int | None:
    """Return a job's place in the queue, or None."""
    return places.get(identity)


@register.filter
def percent_number(share: float) -> int:
    """Return a share between 0 and 1 as a whole number of percent, for attributes."""
    return round(share * 100)
