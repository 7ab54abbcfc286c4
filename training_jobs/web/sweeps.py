"""`/sweeps/`: search a recipe's values, watch the tries, train with the best."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from speechsite.lib.errors import ServiceError
from training_jobs.dispatch.sweeps import cancel_sweep, submit_sweep
from training_jobs.models import Dataset, Sweep, TrainingJob
from training_jobs.services.sweep_space import USUAL_SPACES, objective, wrong_share
from training_jobs.services.sweeps import USUAL_TRIALS, best_trial, trials_of
from training_jobs.trainer.recipes import DEFAULT_RECIPES, RECIPES, recipe_values
from training_jobs.web.training_pages import user_of
from training_jobs.web.value_labels import value_label

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse, QueryDict

LONGEST_NUMBER: Final = 9  # digits
LAST: Final = 1e9  # a place behind every score


@dataclass(frozen=True)
class RangeField:
    """One value that may be searched; empty bounds leave it as it is."""

    name: str
    label: str
    doc: str
    usual: str
    low: str
    high: str


@dataclass(frozen=True)
class TrialRow:
    """One try as the table shows it; `values` are those that were searched."""

    job: TrainingJob
    values: list[str]
    wrong: float | None
    loss: float | None
    is_best: bool
    train_url: str


class SweepForm:
    """What the form says so far."""

    def __init__(self, request: HttpRequest) -> None:
        self.owner = user_of(request)
        self.data: QueryDict = request.POST if request.method == "POST" else request.GET
        self.failure: ServiceError | None = None

    @cached_property
    def datasets(self) -> list[Dataset]:
        """Return the datasets there are."""
        return list(Dataset.objects.visible_to(self.owner).order_by("name"))

    @cached_property
    def dataset(self) -> Dataset | None:
        """Return the chosen dataset, else the first."""
        try:
            asked = uuid.UUID(self.data.get("dataset", ""))
        except ValueError:
            asked = None
        chosen = next((row for row in self.datasets if row.pk == asked), None)
        return chosen or (self.datasets[0] if self.datasets else None)

    @property
    def recipes(self) -> list[str]:
        """Return the recipes of the dataset's kind."""
        return [name for name, recipe in RECIPES.items() if self.dataset and recipe.kind == self.dataset.kind]

    @property
    def recipe(self) -> str:
        """Return the chosen recipe; one of another kind counts as none."""
        asked = self.data.get("recipe", "")
        return asked if asked in self.recipes else DEFAULT_RECIPES[self.dataset.kind if self.dataset else "words"]

    @property
    def trials(self) -> str:
        """Return how many tries are asked for."""
        return self.data.get("trials", str(USUAL_TRIALS))

    @property
    def ranges(self) -> list[RangeField]:
        """Return every value of the recipe with what is typed, or the usual range of it."""
        usual, defaults = USUAL_SPACES[self.recipe], recipe_values(self.recipe, {})
        is_typed = self.data.get("typed", "") == self.recipe
        rows = []
        for entry in fields(RECIPES[self.recipe].values):
            bounds = usual.get(entry.name, ("", ""))
            low, high = (
                self.data.get(f"{side}-{entry.name}", "") if is_typed else f"{bound:g}" if bound != "" else ""
                for side, bound in zip(("low", "high"), bounds, strict=True)
            )
            label, doc = value_label(entry.name), _(entry.metadata["doc"])
            rows.append(RangeField(entry.name, label, doc, f"{defaults[entry.name]:g}", low, high))
        return sorted(rows, key=lambda row: (row.name not in usual, not row.low))

    @property
    def space(self) -> dict[str, list[str]]:
        """Return the ranges that are filled in."""
        return {row.name: [row.low, row.high] for row in self.ranges if row.low or row.high}

    def submit(self) -> Sweep | None:
        """Start the search; None where it is refused, `failure` says why."""
        if self.dataset is None:
            self.failure = ServiceError("dataset_not_found", _("Choose a dataset to search on."))
            return None
        try:
            trials = int(self.trials) if self.trials.isdecimal() and len(self.trials) <= LONGEST_NUMBER else 0
            return submit_sweep(
                owner=self.owner, dataset=self.dataset, recipe=self.recipe, space=self.space, trials=trials
            )
        except ServiceError as refused:
            self.failure = refused
            return None


@require_http_methods(["GET", "HEAD", "POST"])
def sweep_new(request: HttpRequest) -> HttpResponse:
    """Show the form; a post starts the search."""
    form = SweepForm(request)
    if request.method == "POST" and (sweep := form.submit()):
        return redirect("training_jobs:sweep-detail", sweep.pk)
    template = "sweeps/_form.html" if getattr(request, "htmx", False) else "sweeps/new.html"
    return render(request, template, {"form": form}, status=422 if form.failure else 200)


@require_safe
def sweep_detail(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Show a search and its tries, sorted as asked."""
    sweep = get_object_or_404(Sweep.objects.visible_to(request.user).select_related("dataset"), pk=sweep_id)
    template = "sweeps/_table.html" if getattr(request, "htmx", False) else "sweeps/detail.html"
    return render(request, template, sweep_context(sweep, request.GET.get("sort", "")))


@require_POST
def sweep_stop(request: HttpRequest, sweep_id: UUID) -> HttpResponse:
    """Stop a search, and go back to it."""
    cancel_sweep(sweep=get_object_or_404(Sweep.objects.visible_to(request.user), pk=sweep_id))
    return redirect("training_jobs:sweep-detail", sweep_id)


def sweep_context(sweep: Sweep, sort: str) -> dict[str, Any]:
    """Return what the page of a search shows."""
    trials = list(trials_of(sweep))
    best = best_trial(trials)
    columns = ["wrong", "loss", *sweep.space]
    by = sort if sort in {"trial", *columns} else "wrong"
    rows = [row_of(job, sweep, is_best=job == best) for job in sorted(trials, key=lambda job: sort_key(job, by))]
    done = sum(job.status in TrainingJob.FINAL for job in trials)
    return {
        "sweep": sweep,
        "is_running": sweep.status == Sweep.Status.RUNNING,
        "rows": rows,
        "sort": by,
        "searched": [(name, value_label(name)) for name in sweep.space],
        "best": next((row for row in rows if row.is_best), None),
        "done": done,
        "share": (done + sum(job.progress for job in trials if job.status == "running")) / sweep.trials_total,
    }


def sort_key(job: TrainingJob, by: str) -> tuple[float, int]:
    """Return where a try stands in the table, ties in the order of trying."""
    number = job.trial or 0
    if by == "wrong":
        score = objective(job)
        return (LAST if score is None else score, number)
    if by == "loss":
        return (job.metrics.get("val_loss", LAST) if job.status == "succeeded" else LAST, number)
    if by == "trial":
        return (number, number)
    return (float(recipe_values(job.recipe, job.options)[by]), number)


def row_of(job: TrainingJob, sweep: Sweep, *, is_best: bool) -> TrialRow:
    """Put a try into words and numbers."""
    values = recipe_values(job.recipe, job.options)
    wrong = wrong_share(job)
    return TrialRow(
        job=job,
        values=[f"{values[name]:.4g}" for name in sweep.space],
        wrong=wrong,
        loss=None if wrong is None else job.metrics.get("val_loss"),
        is_best=is_best,
        train_url=train_url(job, sweep),
    )


def train_url(job: TrainingJob, sweep: Sweep) -> str:
    """Return the launch form with the values of a try filled in."""
    if sweep.dataset_id is None:
        return ""
    asked = {
        "dataset": sweep.dataset_id,
        "recipe": sweep.recipe,
        "split": sweep.split_method,
        "open": "launch-settings",
    }
    values = {f"value-{name}": f"{value:.6g}" for name, value in job.options.items()}
    return f"{reverse('training_jobs:job-new')}?{urlencode({**asked, **values})}"
