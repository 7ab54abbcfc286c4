"""Text and numbers out of uploads, made fit for any database: no null characters, no half characters, no NaN."""

from __future__ import annotations

import math
from typing import Any


def storable(text: str) -> str:
    """Return a text that can be stored: without null characters; halves of surrogate pairs become question marks."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def storable_json(value: Any) -> Any:
    """Return a document all of whose texts can be stored; numbers that are none become null."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {storable(key): storable_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable_json(one) for one in value]
    return value
