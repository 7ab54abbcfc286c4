"""What pages and the API both give back: the file of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechsite.lib.media import ranged_response
from training_jobs.services.dataset_export import export_stem
from training_jobs.services.dataset_export_rows import export_file

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from training_jobs.models import DatasetExport


def export_response(request: HttpRequest, row: DatasetExport) -> HttpResponseBase:
    """Answer the zip of an export to save, whole or the part that Range asks for. Raises not_done, export_gone."""
    return ranged_response(
        request,
        export_file(export=row),
        content_type="application/zip",
        filename=f"{export_stem(row.dataset)}-{row.layout}.zip",
        as_attachment=True,
    )
