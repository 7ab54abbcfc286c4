"""Values out of JSON, as text that a row can hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def object_of(raw: str) -> dict[str, Any] | None:
    """Return the JSON object in a line, or None where there is none."""
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return loaded if isinstance(loaded, dict) else None


def first_text(cells: Mapping[str, Any], names: Iterable[str]) -> str:
    """Return the first value under these names that says anything, as text."""
    return next((text for text in (text_of(cells.get(name)) for name in names) if text), "")


def text_of(value: Any) -> str:
    """Return text and numbers as text, all else as ""; what no file can hold (`\\u0000`, `\\ud800`) is replaced."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value).encode(errors="replace").decode().replace("\0", "\ufffd").strip()
