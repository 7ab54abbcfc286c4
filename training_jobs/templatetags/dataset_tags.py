"""Filters of the datasets' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html

from training_jobs.services.sentences import rejection_sentence

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

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


@register.filter
def in_language(text: str, code: str) -> SafeString:
    """Mark text that people wrote with its language, if one is known, and keep its direction to itself."""
    return format_html('<bdi lang="{}">{}</bdi>', code, text) if code else format_html("<bdi>{}</bdi>", text)
