"""Pages of exports: which layout, how far it is, the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from speechsite.lib.errors import ServiceError
from training_jobs.dispatch.exports import submit_export
from training_jobs.exchange import export_response
from training_jobs.exporters import DEFAULT, layout_named, layouts_for
from training_jobs.models import DatasetExport
from training_jobs.services.dataset_export import ready_clips
from training_jobs.web.datasets import dataset_of, owner_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from training_jobs.exporters import Shown
    from training_jobs.models import Dataset

EARLIER_SHOWN = 5
LEFT_OUT_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
def dataset_export(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Show the layouts with what each keeps and loses; have the dataset written in the chosen one."""
    dataset = dataset_of(request, dataset_id)
    chosen = request.POST.get("layout", DEFAULT)
    failure = None
    if request.method == "POST":
        try:
            row = submit_export(dataset=dataset, owner=owner_of(request), layout=chosen)
        except ServiceError as refused:
            failure = refused
        else:
            return redirect("training_jobs:export-detail", row.pk)
    context = {**_choice(dataset, chosen), "failure": failure}
    return render(request, "datasets/export.html", context, status=failure.status if failure else 200)


@require_GET
def export_detail(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Show an export: how far it is, then its file."""
    return render(request, "datasets/export_detail.html", export_context(export_of(request, export_id)))


@require_GET
def export_status(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Return the part of the page that changes; at the end it stops asking."""
    return render(request, "datasets/_export.html", export_context(export_of(request, export_id)))


@require_GET
def export_file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """Give the zip."""
    return export_response(request, export_of(request, export_id))


def export_context(row: DatasetExport) -> dict[str, Any]:
    """Return what the page of an export shows."""
    layout = layout_named(row.layout)
    if layout is None:
        raise Http404(row.layout)
    return {
        "export": row,
        "dataset": row.dataset,
        "layout": layout.shown(),
        "is_active": row.status in DatasetExport.ACTIVE,
        "left_out": row.left_out[:LEFT_OUT_SHOWN],
        "left_out_more": max(0, row.clips_left_out - LEFT_OUT_SHOWN),
    }


def export_of(request: HttpRequest, export_id: UUID) -> DatasetExport:
    """Return one of this user's exports, or answer 404."""
    rows = DatasetExport.objects.visible_to(request.user).select_related("dataset")
    return get_object_or_404(rows, pk=export_id)


def _shown(name: str) -> Shown | None:
    layout = layout_named(name)
    return layout.shown() if layout else None


def _choice(dataset: Dataset, chosen: str) -> dict[str, Any]:
    earlier = list(DatasetExport.objects.filter(dataset=dataset)[:EARLIER_SHOWN])
    return {
        "dataset": dataset,
        "layouts": [layout.shown() for layout in layouts_for(dataset.kind)],
        "chosen": chosen,
        "ready": ready_clips(dataset).count(),
        "earlier": [(row, _shown(row.layout)) for row in earlier],
    }
