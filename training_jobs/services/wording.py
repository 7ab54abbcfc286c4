"""Pieces that sentences are put together from, in the language of whoever reads them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from recognition.models.recognizers import Kind


def kind_in_words(kind: str) -> str:
    """Return what a dataset holds or a recogniser hears: words or sentences."""
    return str(Kind(kind).label) if kind in Kind.values else kind


def in_quotes(text: str) -> str:
    """Put a text into quotation marks."""
    return _("“{text}”").format(text=text)
