"""What a dataset is made of: the figures, and the counts behind its charts. All binning is done by the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, F, FloatField, Q, Sum
from django.db.models.functions import Cast, Floor

from recognition.models.recognizers import Kind
from training_jobs.labels import NO_WORDS, NOISE, OTHER
from training_jobs.models import Clip
from training_jobs.services.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training_jobs.models import Dataset

DURATION_BIN_SECONDS: Final = 0.02
DURATION_SHOWN_SECONDS: Final = 0.1
DURATION_BARS: Final = 12
LEVEL_SHOWN_DBFS: Final = 4
LEVEL_LOWEST_DBFS: Final = -60
# The axis shows at least this much, so that a narrow dataset looks narrow.
LEVEL_USUAL_DBFS: Final = (-48, -16)
QUIET_BELOW_DBFS: Final = -42
LOW_SHARE: Final = 0.5
MINUS: Final = "−"


@dataclass(frozen=True)
class Bar:
    """One bar of a chart in words: `share` of the longest, 0 to 1; `is_low` marks one far below the others."""

    name: str
    count: int
    share: float
    is_low: bool = False


@dataclass(frozen=True)
class Composition:
    """The figures of a dataset. Histograms are in the shape the chart script reads; sentences have no labels.

    `labels` are words; `noises` and `others` count the clips of noise and of other words.
    """

    ready: int
    rejected: int
    duration_seconds: float
    corrections: int
    labels: list[Bar]
    noises: int
    others: int
    speakers: list[Bar]
    without_speaker: int
    rates: list[tuple[int, int]]
    splits: dict[str, int]
    durations: dict[str, Any]
    middle_half_seconds: tuple[float, float]
    levels: dict[str, Any]
    quiet: int


def composition(dataset: Dataset) -> Composition:
    """Return a dataset's clips counted every way its page shows them, remembered until one of them changes."""
    return remembered(dataset, Composition, lambda: _counted(dataset))


def _counted(dataset: Dataset) -> Composition:
    clips = Clip.objects.filter(dataset=dataset)
    ready = clips.filter(status=Clip.Status.READY).order_by()
    totals = clips.order_by().aggregate(
        ready=Count("status", filter=Q(status=Clip.Status.READY)),
        rejected=Count("status", filter=Q(status=Clip.Status.REJECTED)),
        seconds=Sum("duration_seconds", filter=Q(status=Clip.Status.READY)),
        corrections=Count("status", filter=Q(status=Clip.Status.READY, origin=Clip.Origin.CORRECTION)),
        quiet=Count("status", filter=Q(status=Clip.Status.READY, rms_dbfs__lt=QUIET_BELOW_DBFS)),
    )
    labels = _counts(ready.labelled(), "text") if dataset.kind == Kind.WORDS else {}
    speakers, splits, rates = _counts_of_each(ready, "speaker", "split", "source_sample_rate_hz")
    durations, levels = _binned_each(ready, duration_seconds=DURATION_BIN_SECONDS, rms_dbfs=LEVEL_SHOWN_DBFS)
    return Composition(
        ready=totals["ready"],
        rejected=totals["rejected"],
        duration_seconds=totals["seconds"] or 0.0,
        corrections=totals["corrections"],
        labels=bars({label: count for label, count in labels.items() if label not in NO_WORDS}),
        noises=labels.get(NOISE, 0),
        others=labels.get(OTHER, 0),
        speakers=bars({name: count for name, count in speakers.items() if name}),
        without_speaker=speakers.get("", 0),
        rates=sorted((int(rate), count) for rate, count in rates.items()),
        splits={split: count for split, count in splits.items() if split},
        durations=_duration_chart(durations),
        middle_half_seconds=(_quantile(durations, 0.25), _quantile(durations, 0.75)),
        levels=_level_chart(levels),
        quiet=totals["quiet"],
    )


def bars(counts: dict[Any, int]) -> list[Bar]:
    """Return bars by name; those below half of the usual count are low."""
    if not counts:
        return []
    most = max(counts.values())
    usual = sorted(counts.values())[len(counts) // 2]
    return [
        Bar(str(name), count, count / most, is_low=count < LOW_SHARE * usual)
        for name, count in sorted(counts.items(), key=lambda one: str(one[0]))
    ]


def _counts(clips: Any, field: str) -> dict[Any, int]:
    return dict(clips.values_list(field).annotate(count=Count("status")))


def _counts_of_each(clips: Any, *fields: str) -> list[dict[Any, int]]:
    """Count clips by each of some fields in one pass over them; the fields have few values together."""
    return _folded(clips.values_list(*fields).annotate(count=Count("status")), len(fields))


def _binned_each(clips: Any, **widths: float) -> list[dict[int, int]]:
    """Count clips by the whole number of widths in each of some fields, in one pass over them."""
    bins = [Floor(Cast(F(field), FloatField()) / width) for field, width in widths.items()]
    counted = clips.values_list(*bins).annotate(count=Count("status"))
    return [{int(number): count for number, count in one.items()} for one in _folded(counted, len(bins))]


def _folded(rows: Any, fields: int) -> list[dict[Any, int]]:
    """Return the counts by each field of rows that are counted by all of them."""
    counts: list[Counter[Any]] = [Counter() for _ in range(fields)]
    for *values, count in rows:
        for counter, value in zip(counts, values, strict=True):
            counter[value] += count
    return [dict(counter) for counter in counts]


def _duration_chart(bins: dict[int, int]) -> dict[str, Any]:
    """Fold fine bins into bars of 0.1 s; the last bar takes all that is longer."""
    per_bar = round(DURATION_SHOWN_SECONDS / DURATION_BIN_SECONDS)
    counts = [0] * DURATION_BARS
    for number, count in bins.items():
        counts[min(number // per_bar, DURATION_BARS - 1)] += count
    labels = [f"{bar * DURATION_SHOWN_SECONDS:.1f}" for bar in range(DURATION_BARS)]
    labels[-1] += "+"
    return {"labels": labels, "counts": counts, "low": [], "every": 2}


def _level_chart(bins: dict[int, int]) -> dict[str, Any]:
    lowest = max(LEVEL_LOWEST_DBFS // LEVEL_SHOWN_DBFS, min([*bins, LEVEL_USUAL_DBFS[0] // LEVEL_SHOWN_DBFS]))
    highest = min(-1, max([*bins, LEVEL_USUAL_DBFS[1] // LEVEL_SHOWN_DBFS]))
    numbers = list(range(lowest, highest + 1))
    counts = [0] * len(numbers)
    for number, count in bins.items():
        counts[min(max(number - numbers[0], 0), len(numbers) - 1)] += count
    low = [place for place, number in enumerate(numbers) if (number + 1) * LEVEL_SHOWN_DBFS <= QUIET_BELOW_DBFS]
    return {
        "labels": [_signed(number * LEVEL_SHOWN_DBFS) for number in numbers],
        "counts": counts,
        "low": low,
        "every": 2,
    }


def _signed(level: int) -> str:
    return f"{MINUS}{abs(level)}" if level < 0 else str(level)


def _quantile(bins: dict[int, int], share: float) -> float:
    """Return the duration in seconds below which `share` of the clips are, to the width of a bin."""
    total, seen = sum(bins.values()), 0
    ordered: Sequence[tuple[int, int]] = sorted(bins.items())
    for number, count in ordered:
        seen += count
        if seen >= share * total:
            return (number + 0.5) * DURATION_BIN_SECONDS
    return 0.0
