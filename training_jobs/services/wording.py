"""Pieces of sentences, in the language of whoever reads them."""

from __future__ import annotations

from recognition.models.recognizers import Kind


def kind_in_words(kind: str) -> str:
    """Return what a dataset holds or a recogniser hears: words or sentences."""
    return str(Kind(kind).label) if kind in Kind.values else kind
