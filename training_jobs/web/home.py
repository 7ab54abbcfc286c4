"""The home page: the loop with this person's own numbers, and what is running now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from recognition.web.answers import answers_of
from speechsite.lib.numbers import decimal_text
from speechsite.lib.scores import axis_for
from training_jobs.services.job_history import epochs_of, hearings_of
from training_jobs.services.overview import last_transcriptions, loop_overview, newest_datasets
from training_jobs.web.loop import heart_of, next_version, stations_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from speechsite.lib.score_axis import ScoreAxis
    from training_jobs.models import TrainingJob
    from training_jobs.services.overview import LoopFacts, VersionFacts

ROWS = 5


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the loop: empty with real durations at first, then with numbers and the one next step."""
    user = cast("User", request.user)
    facts = loop_overview(user=user, name=request.GET.get("loop", ""))
    if facts.is_first_run:
        return render(request, "home_first.html")
    heart = heart_of(facts)
    context = {
        "facts": facts,
        "heart": heart,
        "stations": stations_of(facts, heart),
        "scores": version_scores(facts),
        "answers": answers_of(list(last_transcriptions(user=user, count=ROWS))),
        "datasets": newest_datasets(user=user, count=ROWS),
        **job_panel_context(facts.job, next_version(facts)),
    }
    return render(request, "home.html", context)


@require_safe
def job_panel(request: HttpRequest) -> HttpResponse:
    """Return the panel of the running job again; when it has ended, let the page load anew, once."""
    facts = loop_overview(user=cast("User", request.user), name=request.GET.get("loop", ""))
    if facts.job is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "home/_job.html", {"facts": facts, **job_panel_context(facts.job, next_version(facts))})


@require_safe
def job_chip(request: HttpRequest) -> HttpResponse:
    """Return the chip of the bar again."""
    return render(request, "shell/_job_chip.html")


def job_panel_context(job: TrainingJob | None, version: str) -> dict[str, Any]:
    """Return what the panel of a running job shows: its curve so far and what it hears."""
    if job is None:
        return {"job": None}
    epochs = [event.data for event in epochs_of(job)]
    heard = [event.data for event in hearings_of(job)]
    return {
        "job": job,
        "version": version,
        "curve": validation_curve(epochs, job.epochs),
        "hears": heard[-1].get("clips", []) if heard else [],
    }


def validation_curve(epochs: Sequence[dict[str, Any]], total: int) -> dict[str, Any] | None:
    """Return the chart of right words, or of wrong words of sentences, in percent; None before the first epoch."""
    is_error = any("val_wer" in row for row in epochs)
    value, name = ("val_wer", _("words wrong")) if is_error else ("val_accuracy", _("validation accuracy"))
    points = [[row["epoch"], round(min(1.0, row[value]) * 100, 1)] for row in epochs if row.get(value) is not None]
    if not points:
        return None
    series = {"name": name, "role": "main", "points": points, "end": decimal_text(points[-1][1], 1)}
    chart = {"epochs": total, "y": {"min": 0, "max": 100, "interval": 50}, "series": [series]}
    return {**chart, "is_error": is_error}


@dataclass(frozen=True)
class ScoreRow:
    """One version on the shared axis; places are 0 to 1."""

    version: VersionFacts
    at: float
    low: float
    high: float


def version_scores(facts: LoopFacts) -> dict[str, Any] | None:
    """Return the newest versions on one axis and a sentence that compares them; None where nothing was measured."""
    shown = facts.versions[-ROWS:]
    if not shown:
        return None
    axis = axis_for(version.score for version in shown)
    rows = [_row(version, axis) for version in shown]
    return {"rows": rows, "ticks": axis.ticks, "sentence": comparison(shown), "newest": shown[-1]}


def _row(version: VersionFacts, axis: ScoreAxis) -> ScoreRow:
    score = version.score
    return ScoreRow(version, axis.place(score.value), axis.place(score.low), axis.place(score.high))


def comparison(versions: Sequence[VersionFacts]) -> str:
    """Say whether it got better. Intervals that overlap show no difference; guessing is the base."""
    newest, sentences = versions[-1], []
    if len(versions) > 1:
        before = versions[-2]
        sentences.append(newest.score.against(before.score, name=f"v{newest.number}", other_name=f"v{before.number}"))
    return " ".join(sentence for sentence in [*sentences, newest.score.baseline_text] if sentence)
