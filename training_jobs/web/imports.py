"""The page of an import: progress while it reads, the report afterwards."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from training_jobs.models import DatasetImport, ImportProblem
from training_jobs.readers import reader_named
from training_jobs.web.import_checked import checked_context

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest

PROBLEMS_SHOWN = 50
SETTLED = (*DatasetImport.FINAL, DatasetImport.Status.CHECKED)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ProblemGroup:
    """All problems of one kind: how many, what the first says, and what became of the files."""

    count: int
    code: str
    message: str
    file: str
    more: int
    outcome: str


@require_GET
def import_detail(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show an import."""
    return render(request, "datasets/import.html", import_context(import_of(request, import_id)))


@require_GET
def import_status(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Return the part of the page that changes; at the end it stops asking."""
    return render(request, "datasets/_import.html", import_context(import_of(request, import_id)))


@require_GET
def import_report(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Download every problem of an import as CSV."""
    row = import_of(request, import_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{row.pk}.csv"'
    lines = csv.writer(response)
    lines.writerow(("file", "line", "code", "message", "kept"))
    for problem in row.problems.all().iterator():
        kept = "yes" if problem.is_kept else "no"
        lines.writerow((_inert(problem.file), problem.line or "", problem.code, _inert(problem.message), kept))
    return response


def import_context(row: DatasetImport) -> dict[str, Any]:
    """Return what the page of an import shows."""
    reader = reader_named(row.layout)
    took = (row.finished_at - row.started_at).total_seconds() if row.finished_at and row.started_at else None
    return {
        "import": row,
        "dataset": row.dataset,
        "is_active": row.status in DatasetImport.ACTIVE,
        "reader": reader and {"title": _(reader.title), "grammar": _(reader.grammar)},
        "is_looking": row.is_check_wanted and row.status in DatasetImport.ACTIVE,
        "groups": problem_groups(row) if row.status in DatasetImport.FINAL else [],
        "took_seconds": took,
        **({"problems": problems_of(row)} if row.status in SETTLED else {}),
        **(checked_context(row) if row.status == DatasetImport.Status.CHECKED else {}),
    }


def problems_of(row: DatasetImport) -> dict[str, Any]:
    """Return the first problems of an import and how many more there are."""
    shown = list(row.problems.all()[: PROBLEMS_SHOWN + 1])
    total = len(shown) if len(shown) <= PROBLEMS_SHOWN else row.problems.count()
    return {"rows": shown[:PROBLEMS_SHOWN], "total": total, "more": max(0, total - PROBLEMS_SHOWN)}


def problem_groups(row: DatasetImport) -> list[ProblemGroup]:
    """Return the problems by kind, the most frequent first."""
    by_kind = row.problems.order_by().values("code", "is_kept")
    kinds = list(by_kind.annotate(count=Count("pk"), first=Min("pk")))
    first = ImportProblem.objects.in_bulk([kind["first"] for kind in kinds])
    return [
        ProblemGroup(
            count=kind["count"],
            code=kind["code"],
            message=first[kind["first"]].message,
            file=first[kind["first"]].file,
            more=kind["count"] - 1,
            outcome=pgettext("files", "kept") if kind["is_kept"] else pgettext("files", "left out"),
        )
        for kind in sorted(kinds, key=lambda one: -one["count"])
    ]


def import_of(request: HttpRequest, import_id: UUID) -> DatasetImport:
    """Return one of this user's imports, or answer 404."""
    rows = DatasetImport.objects.visible_to(request.user).select_related("dataset")
    return get_object_or_404(rows, pk=import_id)


def _inert(cell: str) -> str:
    """Keep a spreadsheet from running what a file was named."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
