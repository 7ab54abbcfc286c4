"""Times as people's files write them, to seconds."""

from __future__ import annotations

import math
import re

CLOCK = re.compile(r"(?:(?P<hours>\d{1,4}):)?(?P<minutes>\d{1,2}):(?P<seconds>\d{1,2})(?:[.,](?P<part>\d{1,9}))?")
NUMBER = re.compile(r"[-+]?(?:\d{1,15}(?:[.,]\d{0,15})?|[.,]\d{1,15})(?:[eE][-+]?\d{1,2})?")
SIXTY = 60


def clock_seconds(text: str) -> float | None:
    """Return the seconds of `[HH:]MM:SS[.mmm]`, with a point or a comma; None where it is no such time."""
    match = CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    minutes, seconds = int(match["minutes"]), int(match["seconds"])
    if seconds >= SIXTY or (match["hours"] is not None and minutes >= SIXTY):
        return None
    return int(match["hours"] or 0) * SIXTY**2 + minutes * SIXTY + seconds + float(f"0.{match['part'] or 0}")


def number(text: str) -> float | None:
    """Return a plain finite number, with a point or a decimal comma; None where it is none."""
    plain = text.strip()
    if NUMBER.fullmatch(plain) is None:
        return None
    value = float(plain.replace(",", "."))
    return value if math.isfinite(value) else None


def seconds(text: str) -> float | None:
    """Return seconds from a number of seconds or from a clock time; None where it is neither."""
    value = number(text)
    return clock_seconds(text) if value is None else value
