"""How numbers, times and confidence are written for people, in their language. The same words on every page."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

SURE_FROM: Final = 0.85
DOUBTFUL_BELOW: Final = 0.60
MINUS: Final = "−"
MINUTE: Final = 60
TEN: Final = 10
THOUSAND: Final = 1000
THOUSAND_ROUNDED: Final = 999.5
HUNDRED_ROUNDED: Final = 99.5
SPACE: Final = "\u00a0"
"""A no-break space stands between a number and its unit."""
CONFIDENCE_WORDS: Final = {
    "sure": gettext_lazy("sure"),
    "unsure": gettext_lazy("unsure"),
    "doubtful": gettext_lazy("doubtful"),
}


def decimal_text(number: float, places: int) -> str:
    """Write a number with so many places: 3.2, 1,234.5; in German 3,2 and 1.234,5."""
    figures = f"{number:.{places}f}"
    if not float(figures):
        figures = figures.removeprefix("-")
    return number_format(figures, decimal_pos=places, force_grouping=True)


def duration_text(seconds: float | None) -> str:
    """Write a length of time: 0.62 s, 3.2 s, 56 s, 1 min 40 s, 24 min, 1.4 h."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 1:
        return f"{decimal_text(seconds, 2 if seconds else 0)}{SPACE}s"
    if round(seconds, 1) < TEN:
        return f"{decimal_text(seconds, 1)}{SPACE}s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole}{SPACE}s"
    if whole < TEN * MINUTE:
        return _minutes_and_seconds(whole)
    minutes = round(seconds / MINUTE)
    return f"{minutes}{SPACE}min" if minutes < MINUTE else f"{decimal_text(seconds / MINUTE**2, 1)}{SPACE}h"


def whole_seconds_text(seconds: float | None) -> str:
    """Write a length of time of which no part of a second matters: 0 s, 4 s, 1 min 40 s."""
    whole = round(seconds or 0)
    return f"{whole}{SPACE}s" if whole < TEN else duration_text(whole)


def _minutes_and_seconds(whole: int) -> str:
    minutes, rest = divmod(whole, MINUTE)
    return f"{minutes}{SPACE}min {rest}{SPACE}s" if rest else f"{minutes}{SPACE}min"


def clock_text(seconds: float | None) -> str:
    """Write a place in a recording: 0:14.9, 1:02:03.4."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    tenths = int(seconds * TEN + 1e-6)
    minutes, tenths = divmod(tenths, MINUTE * TEN)
    hours, minutes = divmod(minutes, MINUTE)
    rest = f"{tenths / TEN:04.1f}"
    return f"{hours}:{minutes:02}:{rest}" if hours else f"{minutes}:{rest}"


def dbfs_text(level: float | None) -> str:
    """Write a level against full scale: −22 dBFS, with a true minus; silence is −∞ dBFS."""
    if level is None or math.isnan(level):
        return ""
    if math.isinf(level):
        return f"{MINUS}∞{SPACE}dBFS"
    whole = round(level)
    return f"{MINUS if whole < 0 else ''}{abs(whole)}{SPACE}dBFS"


def percent_text(share: float | None, *, decimals: int = 1) -> str:
    """Write a share between 0 and 1: 91.8 %."""
    if share is None or not math.isfinite(share):
        return ""
    return f"{decimal_text(share * 100, decimals)}{SPACE}%"


def points_text(difference: float | None) -> str:
    """Write a difference of two shares in points: 3.2 points, without its sign."""
    return "" if difference is None else f"{decimal_text(abs(difference) * 100, 1)}{SPACE}{_('points')}"


def thousands_text(number: float | None) -> str:
    """Write a count with separators: 3,174."""
    return "" if number is None else decimal_text(round(number), 0)


def bytes_text(count: int | None) -> str:
    """Write a number of bytes, a thousand of one unit in the next: 412 kB, 3.1 MB, 2 GB."""
    if count is None:
        return ""
    amount, unit = float(count), _("bytes")
    for larger in ("kB", "MB", "GB"):
        if amount < THOUSAND_ROUNDED:
            break
        amount, unit = amount / THOUSAND, larger
    figures = f"{amount:.0f}" if amount >= HUNDRED_ROUNDED else f"{amount:.3g}"
    return f"{number_format(figures)}{SPACE}{unit}"


def confidence_state(confidence: float | None) -> str:
    """Return the name of a calibrated confidence between 0 and 1: sure, unsure or doubtful."""
    if confidence is None:
        return ""
    if confidence < DOUBTFUL_BELOW:
        return "doubtful"
    return "sure" if confidence >= SURE_FROM else "unsure"


def confidence_word(confidence: float | None) -> str:
    """Write a calibrated confidence between 0 and 1 as a word in the language of the page."""
    return str(CONFIDENCE_WORDS.get(confidence_state(confidence), ""))


def confidence_text(confidence: float | None) -> str:
    """Write a confidence with its word: sure, 96 %."""
    if confidence is None:
        return ""
    return f"{confidence_word(confidence)}, {percent_text(confidence, decimals=0)}"


def when_text(moment: datetime | None, *, now: datetime | None = None) -> str:
    """Write a moment in local time: 14:21 today, 12 Nov this year, else 12 Nov 2024."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localtime(now)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    # Translators: how a day is written, in the letters of Django's date filter: 12 Nov, and 12 Nov 2024.
    return date_format(local, _("j M") if local.year == today.year else _("j M Y"))


def ago_text(moment: datetime | None, *, now: datetime | None = None) -> str:
    """Write how long ago a moment was within the hour: 20 s ago, 9 min ago; else as `when_text`."""
    if moment is None:
        return ""
    age = (now or timezone.now()) - moment
    if age >= timedelta(hours=1) or age < timedelta(0):
        return when_text(moment, now=now)
    seconds = int(age.total_seconds())
    if not seconds:
        return _("just now")
    if seconds < MINUTE:
        return _("{length} ago").format(length=f"{seconds}{SPACE}s")
    return _("{length} ago").format(length=f"{seconds // MINUTE}{SPACE}min")
