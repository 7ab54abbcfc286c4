"""`/api/v1/datasets/{id}/imports/` and `/api/v1/imports/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from speechsite.lib.media import ranged_response
from speechsite.uploads.services.uploads import check_size
from training_jobs.api.dataset_serializers import (
    ImportAnswers,
    ImportDetailSerializer,
    ImportInput,
    ImportProblemSerializer,
    ImportSerializer,
)
from training_jobs.api.datasets import dataset_of
from training_jobs.dispatch.imports import submit_accept, submit_answers, submit_import, submit_uploaded_import
from training_jobs.models import DatasetImport, ImportProblem
from training_jobs.services.import_decision import import_discard
from training_jobs.services.import_uploads import import_example

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    from training_jobs.models import Dataset

STATUS = OpenApiParameter("status", description="Imports in this status only", enum=[*DatasetImport.Status.values])
CODE = OpenApiParameter("code", description="Problems with this code only")


class DatasetImportList(generics.ListAPIView[DatasetImport]):
    queryset = DatasetImport.objects.none()
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser, JSONParser)

    def get_queryset(self) -> QuerySet[DatasetImport]:
        """Return the imports of one of the caller's own datasets."""
        rows = DatasetImport.objects.filter(dataset=dataset_of(self.request, self.kwargs["dataset_id"]))
        status = self.request.query_params.get("status")
        return rows.filter(status=status) if status else rows

    @extend_schema(parameters=[STATUS])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a dataset's imports, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": ImportInput, "application/json": ImportInput}, responses={202: ImportSerializer}
    )
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Upload an archive into a dataset, or name an upload; watch its import at the address in Location.

        With `dry_run` it is looked at and then waits as `checked`, with a report, for accept or discard.
        """
        check_size(int(request.META.get("CONTENT_LENGTH") or 0))
        dataset = dataset_of(request, dataset_id)
        asked = ImportInput(data=request.data)
        asked.is_valid(raise_exception=True)
        row = submitted(cast("User", request.user), dataset, asked.validated_data)
        address = reverse("training_jobs_api:import-detail", args=[row.pk])
        return Response(ImportSerializer(row).data, status=202, headers={"Location": address})


class ImportDetail(APIView):
    @extend_schema(responses=ImportDetailSerializer)
    def get(self, request: Request, import_id: UUID) -> Response:
        """Read an import; one that was checked carries its report."""
        return Response(ImportDetailSerializer(import_of(request, import_id)).data)

    @extend_schema(request=ImportAnswers, responses={200: ImportDetailSerializer, 202: ImportDetailSerializer})
    def patch(self, request: Request, import_id: UUID) -> Response:
        """Answer the questions of a checked import; 202 where the upload is looked at again because of them."""
        row = import_of(request, import_id)
        asked = ImportAnswers(data=request.data)
        asked.is_valid(raise_exception=True)
        options = {**row.options, **asked.validated_data.get("options", {})}
        is_again = submit_answers(row=row, options=options, layout=asked.validated_data.get("layout", ""))
        return Response(ImportDetailSerializer(row).data, status=202 if is_again else 200)


class ImportAccept(APIView):
    @extend_schema(request=None, responses={202: ImportSerializer})
    def post(self, request: Request, import_id: UUID) -> Response:
        """Say yes to a checked import: now it is read, and its clips are kept."""
        return Response(ImportSerializer(submit_accept(row=import_of(request, import_id))).data, status=202)


class ImportDiscard(APIView):
    @extend_schema(request=None, responses=ImportSerializer)
    def post(self, request: Request, import_id: UUID) -> Response:
        """Throw an upload away before anything of it was kept."""
        row = import_of(request, import_id)
        import_discard(row=row)
        return Response(ImportSerializer(row).data)


class ImportExample(APIView):
    @extend_schema(responses={(200, "audio/flac"): OpenApiTypes.BINARY})
    def get(self, request: Request, import_id: UUID, number: int) -> HttpResponseBase:
        """Listen to an example of a checked import (`examples` of its report), with Range."""
        path = import_example(row=import_of(request, import_id), number=number)
        return ranged_response(request, path, content_type="audio/flac", filename=path.name)


class ImportProblems(generics.ListAPIView[ImportProblem]):
    queryset = ImportProblem.objects.none()
    serializer_class = ImportProblemSerializer

    def get_queryset(self) -> QuerySet[ImportProblem]:
        """Return what one of the caller's own imports found wrong, in the order of the upload."""
        row = import_of(self.request, self.kwargs["import_id"])
        code = self.request.query_params.get("code")
        return row.problems.filter(code=code) if code else row.problems.all()

    @extend_schema(parameters=[CODE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List what an import found wrong: file, line, code and sentence each."""
        return super().get(request, *args, **kwargs)


def submitted(owner: User, dataset: Dataset, values: dict[str, Any]) -> DatasetImport:
    """Receive what was sent, or take the upload that was named."""
    wanted = {"layout": values["layout"], "options": values["options"], "is_check_wanted": values["dry_run"]}
    if "file" in values:
        return submit_import(dataset=dataset, owner=owner, file=values["file"], **wanted)
    upload_id, sha256 = values["upload"], values.get("sha256", "")
    return submit_uploaded_import(owner=owner, upload_id=upload_id, sha256=sha256, dataset=lambda _: dataset, **wanted)


def import_of(request: Request, import_id: UUID) -> DatasetImport:
    """Return one of the caller's own imports, or answer 404."""
    rows = DatasetImport.objects.visible_to(request.user).select_related("dataset")
    return get_object_or_404(rows, pk=import_id)
