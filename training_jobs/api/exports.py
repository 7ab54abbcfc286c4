"""`/api/v1/datasets/{id}/export/`, `/api/v1/datasets/{id}/exports/` and `/api/v1/exports/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.response import Response
from rest_framework.views import APIView

from recognition.api.files import FileNegotiation
from training_jobs.api.datasets import dataset_of
from training_jobs.api.export_serializers import ExportInput, ExportSerializer
from training_jobs.dispatch.exports import submit_export
from training_jobs.exchange import export_response
from training_jobs.exporters import DEFAULT, LAYOUTS
from training_jobs.models import DatasetExport
from training_jobs.services.dataset_export import layout_for
from training_jobs.services.dataset_export_rows import export_there

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    from training_jobs.models import Dataset

STATUS = OpenApiParameter("status", description="Exports in this status only", enum=[*DatasetExport.Status.values])
LAYOUT = OpenApiParameter(
    "layout", description="How the files are laid out", enum=[layout.name for layout in LAYOUTS], default=DEFAULT
)
ZIP = (200, "application/zip")


class DatasetExportNow(APIView):
    content_negotiation_class = FileNegotiation

    @extend_schema(parameters=[LAYOUT], responses={ZIP: OpenApiTypes.BINARY, 202: ExportSerializer})
    def get(self, request: Request, dataset_id: UUID) -> HttpResponseBase:
        """Download the dataset as a zip where one is there that holds all of it as it is now.

        Else one is written: the answer is 202 with the export, its file is at `exports/{id}/file/` when it is done.
        """
        dataset = dataset_of(request, dataset_id)
        layout = layout_for(dataset, request.query_params.get("layout") or DEFAULT)
        there = export_there(dataset=dataset, layout=layout.name)
        if there:
            return export_response(request._request, there)  # noqa: SLF001 - DRF has no other name for Django's request
        return _accepted(request, dataset, layout.name)


class DatasetExportList(generics.ListAPIView[DatasetExport]):
    queryset = DatasetExport.objects.none()
    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[DatasetExport]:
        """Return the exports of one of the caller's own datasets."""
        rows = DatasetExport.objects.filter(dataset=dataset_of(self.request, self.kwargs["dataset_id"]))
        status = self.request.query_params.get("status")
        return rows.filter(status=status) if status else rows

    @extend_schema(parameters=[STATUS])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a dataset's exports, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=ExportInput, responses={202: ExportSerializer})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Have a dataset written as a zip; watch the export at the address in Location."""
        dataset = dataset_of(request, dataset_id)
        asked = ExportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        return _accepted(request, dataset, asked.validated_data["layout"])


class ExportDetail(generics.RetrieveAPIView[DatasetExport]):
    queryset = DatasetExport.objects.none()
    serializer_class = ExportSerializer
    lookup_url_kwarg = "export_id"

    def get_queryset(self) -> QuerySet[DatasetExport]:
        """Return the caller's own exports."""
        return DatasetExport.objects.visible_to(self.request.user)


class ExportFile(APIView):
    content_negotiation_class = FileNegotiation

    @extend_schema(responses={ZIP: OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: UUID) -> HttpResponseBase:
        """Download the zip of an export that is done, whole or the part that Range asks for."""
        rows = DatasetExport.objects.visible_to(request.user).select_related("dataset")
        return export_response(request._request, get_object_or_404(rows, pk=export_id))  # noqa: SLF001 - as above


def _accepted(request: Request, dataset: Dataset, layout: str) -> Response:
    row = submit_export(dataset=dataset, owner=cast("User", request.user), layout=layout)
    address = reverse("training_jobs_api:export-detail", args=[row.pk])
    return Response(ExportSerializer(row).data, status=202, headers={"Location": address})
