"""Filters of the datasets' pages."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.formats import number_format

from training_jobs.services.sentences import rejection_sentence

register = template.Library()


@register.filter
def kilohertz(rate_hz: int) -> str:
    """Write a sample rate: 44.1 kHz."""
    return f"{number_format(f'{rate_hz / 1000:g}')}\u00a0kHz"


@register.filter
def share_of(part: int, whole: int) -> float:
    """Return a part as a share of the whole, 0 to 1."""
    return part / whole if whole else 0.0


@register.filter
def minus(number: int, other: int) -> int:
    """Return the difference of two counts."""
    return number - other


@register.filter
def rejection(code: str) -> str:
    """Return why a clip was rejected; nothing for one that was not."""
    return rejection_sentence(code) if code else ""


@register.filter
def of(values: dict[Any, Any], key: Any) -> Any:
    """Return what a mapping holds for a key, or nothing."""
    return values.get(key)
