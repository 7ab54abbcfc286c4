"""Template tags and filters of every page: icons, waveforms, the loop, numbers in the house's words."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django import template
from django.conf import settings
from django.forms import Select
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info, gettext_lazy, pgettext_lazy

from speechsite.lib import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.forms import BoundField
    from django.http import HttpRequest

register = template.Library()

STATIONS = (
    pgettext_lazy("station", "Record"),
    pgettext_lazy("station", "Dataset"),
    pgettext_lazy("station", "Train"),
    pgettext_lazy("station", "Use"),
    pgettext_lazy("station", "Review"),
    pgettext_lazy("station", "Improve"),
)
# By the number of the station one is at: which comes next, said in passing.
NEXT_STATIONS = (
    gettext_lazy("then dataset"),
    gettext_lazy("then train"),
    gettext_lazy("then use"),
    gettext_lazy("then review"),
    gettext_lazy("then improve"),
    gettext_lazy("then record"),
)
NAVIGATION = (
    (gettext_lazy("Datasets"), "/datasets/", "stack-2"),
    (gettext_lazy("Training"), "/training/", "chart-dots"),
    (gettext_lazy("Models"), "/models/", "versions"),
    (gettext_lazy("Transcribe"), "/transcribe/", "microphone"),
    (pgettext_lazy("station", "Review"), "/transcriptions/", "list-check"),
)
# Pages of a noun that do not lie below its address.
ALSO_OF = {
    "/datasets/": ("/imports/", "/exports/", "/clips/"),
    "/training/": ("/sweeps/",),
    "/models/": ("/evaluations/",),
}
BIN_WIDTH = 3
WAVE_HEIGHT = 40
WAVE_REACH = 36
THINNEST_BAR = 1.2

register.filter("duration", numbers.duration_text)
register.filter("clock", numbers.clock_text)
register.filter("dbfs", numbers.dbfs_text)
register.filter("points", numbers.points_text)
register.filter("thousands", numbers.thousands_text)
register.filter("bytes", numbers.bytes_text)
register.filter("confidence_word", numbers.confidence_word)
register.filter("confidence", numbers.confidence_text)


@register.filter
def percent(share: float | None, decimals: int = 1) -> str:
    """Write a share between 0 and 1 as 91.8 %; `|percent:0` for 92 %."""
    return numbers.percent_text(share, decimals=int(decimals))


@register.filter
def when(moment: Any) -> str:
    """Write a moment as 14:21 when it is today, else 12 Nov."""
    return numbers.when_text(moment)


@register.filter
def ago(moment: Any) -> str:
    """Write a moment as 20 s ago or 9 min ago within the hour, else as `when`."""
    return numbers.ago_text(moment)


@register.filter
def confidence_class(confidence: float | None) -> str:
    """Return the class a word of this confidence carries: empty, unsure or doubt."""
    return {"unsure": "unsure", "doubtful": "doubt"}.get(numbers.confidence_state(confidence), "")


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """Draw one symbol of the sprite; without a label it is decoration beside a word."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" {}><use href="{}#{}"></use></svg>', extra, meaning, static("build/icons.svg"), name
    )


@register.simple_tag
def wave(peaks: Sequence[float], extra: str = "", height: int = 0) -> SafeString:
    """Draw peaks (0 to 100 each) as bars of an SVG path; `height` in CSS pixels, 32 unless told."""
    return format_html(
        '<svg class="wave {}" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true"{}><path d="{}"/></svg>',
        extra,
        max(len(peaks), 1) * BIN_WIDTH,
        WAVE_HEIGHT,
        format_html(' data-h="{}"', height) if height else "",
        "".join(_bars(peaks)),
    )


def _bars(peaks: Iterable[float]) -> Iterable[str]:
    for position, peak in enumerate(peaks):
        tall = max(THINNEST_BAR, min(100.0, peak) / 100 * WAVE_REACH)
        left, top = position * BIN_WIDTH + 0.3, (WAVE_HEIGHT - tall) / 2
        yield f"M{left:.1f} {top:.1f}h2v{tall:.1f}h-2z"


@register.simple_tag
def loop_stations() -> list[dict[str, Any]]:
    """Return the six stations for the ring: name, number, and where its arc starts on a circle of 60."""
    return [
        {"name": name, "number": number, "offset": f"-{(number - 1) * 10 + 1.2:.1f}"}
        for number, name in enumerate(STATIONS, start=1)
    ]


@register.filter
def station_name(number: int) -> Any:
    """Return the name of a station of the loop, 1 to 6."""
    return STATIONS[int(number) - 1]


@register.filter
def next_station(number: int) -> Any:
    """Say which station follows one of the loop, 1 to 6."""
    return NEXT_STATIONS[(int(number) - 1) % len(NEXT_STATIONS)]


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> list[dict[str, Any]]:
    """Return the five nouns of the bar; the one whose pages hold this address is current."""
    request: HttpRequest | None = context.get("request")
    here = request.path if request else ""
    return [
        {"name": name, "href": href, "icon": symbol, "current": here.startswith((href, *ALSO_OF.get(href, ())))}
        for name, href, symbol in NAVIGATION
    ]


@register.simple_tag
def import_map() -> SafeString:
    """Return the import map: every module under static/js as `speechsite/NAME`, and the npm packages by name."""
    names = _own_modules() if settings.DEBUG else _own_modules_once()
    imports = {f"speechsite/{name}": static(f"js/{name}.js") for name in names}
    imports["echarts"] = static("npm/echarts/echarts.esm.min.js")
    imports["idb"] = static("npm/idb/index.js")
    imports["tus-js-client"] = static("npm/tus/tus.min.js")
    # A "<" inside a script element could close it; JSON may write it as an escape instead.
    return mark_safe(json.dumps({"imports": imports}).replace("<", "\\u003c"))  # noqa: S308 - our own file names


def _own_modules() -> tuple[str, ...]:
    folder = Path(settings.BASE_DIR) / "static" / "js"
    return tuple(sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.js")))


_own_modules_once = lru_cache(maxsize=1)(_own_modules)


@register.filter
def language_word(code: str) -> str:
    """Return the name of a language by its code, in the language of the page: hi is Hindi; an unknown code stays."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


@register.filter
def control(field: BoundField) -> SafeString:
    """Render a form field's control in the house's look."""
    look = "form-select" if isinstance(field.field.widget, Select) else "form-control"
    return field.as_widget(attrs={"class": look})


@register.filter
def initials(user: Any) -> str:
    """Return up to two letters for the account disc: AR for Amina Rao, else of the user name."""
    names = (user.get_full_name() or user.get_username()).split()
    letters = "".join(name[0] for name in names[:2]) if len(names) > 1 else names[0][:2]
    return letters.upper()
