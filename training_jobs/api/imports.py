"""`/api/v1/datasets/{id}/imports/` and `/api/v1/imports/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from training_jobs.api.dataset_serializers import ImportInput, ImportProblemSerializer, ImportSerializer
from training_jobs.api.datasets import dataset_of
from training_jobs.dispatch.imports import submit_import
from training_jobs.models import DatasetImport, ImportProblem
from training_jobs.services.imports import check_upload_size

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from rest_framework.request import Request

STATUS = OpenApiParameter("status", description="Imports in this status only", enum=[*DatasetImport.Status.values])
CODE = OpenApiParameter("code", description="Problems with this code only")


class DatasetImportList(generics.ListAPIView[DatasetImport]):
    queryset = DatasetImport.objects.none()
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet[DatasetImport]:
        """Return the imports of one of the caller's own datasets."""
        rows = DatasetImport.objects.filter(dataset=dataset_of(self.request, self.kwargs["dataset_id"]))
        status = self.request.query_params.get("status")
        return rows.filter(status=status) if status else rows

    @extend_schema(parameters=[STATUS])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a dataset's imports, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": ImportInput}, responses={202: ImportSerializer})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Upload an archive into a dataset; watch its import at the address in Location."""
        check_upload_size(int(request.META.get("CONTENT_LENGTH") or 0))
        dataset = dataset_of(request, dataset_id)
        asked = ImportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        owner = cast("User", request.user)
        row = submit_import(dataset=dataset, owner=owner, file=values["file"], layout=values["layout"])
        address = reverse("training_jobs_api:import-detail", args=[row.pk])
        return Response(ImportSerializer(row).data, status=202, headers={"Location": address})


class ImportDetail(generics.RetrieveAPIView[DatasetImport]):
    queryset = DatasetImport.objects.none()
    serializer_class = ImportSerializer
    lookup_url_kwarg = "import_id"

    def get_queryset(self) -> QuerySet[DatasetImport]:
        """Return the caller's own imports."""
        return DatasetImport.objects.visible_to(self.request.user)


class ImportProblems(generics.ListAPIView[ImportProblem]):
    queryset = ImportProblem.objects.none()
    serializer_class = ImportProblemSerializer

    def get_queryset(self) -> QuerySet[ImportProblem]:
        """Return what one of the caller's own imports found wrong, in the order of the upload."""
        row = get_object_or_404(DatasetImport.objects.visible_to(self.request.user), pk=self.kwargs["import_id"])
        code = self.request.query_params.get("code")
        return row.problems.filter(code=code) if code else row.problems.all()

    @extend_schema(parameters=[CODE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List what an import found wrong: file, line, code and sentence each."""
        return super().get(request, *args, **kwargs)
