"""`/api/v1/model-versions/`: immutable bundles with their metrics and lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.filters import OrderingFilter
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from recognition.api.files import FileNegotiation
from recognition.api.recognizer_serializers import BundleInput, ModelVersionSerializer
from recognition.exchange import bundle_response, kept_upload, user_of
from recognition.models import ModelVersion
from recognition.services.bundles import version_import

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

RECOGNIZER = OpenApiParameter("recognizer", description="Versions of this recognizer only")


class ModelVersionList(generics.ListAPIView[ModelVersion]):
    queryset = ModelVersion.objects.none()
    serializer_class = ModelVersionSerializer
    parser_classes = (MultiPartParser, FormParser)
    filter_backends = (OrderingFilter,)
    ordering_fields = ("created_at", "number", "size_bytes")
    ordering = ("-created_at", "-number", "id")

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the caller's own versions, of one recognizer where asked."""
        rows = ModelVersion.objects.visible_to(self.request.user).select_related("recognizer")
        name = self.request.query_params.get("recognizer", "")
        return (rows.filter(recognizer__name=name) if name else rows).prefetch_related("aliases")

    @extend_schema(parameters=[RECOGNIZER])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List one's model versions, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": BundleInput}, responses={201: ModelVersionSerializer})
    def post(self, request: Request) -> Response:
        """Import a zipped bundle as the next version of its recognizer."""
        asked = BundleInput(data=request.data)
        asked.is_valid(raise_exception=True)
        with kept_upload(asked.validated_data["bundle"]) as archive:
            version = version_import(
                owner=user_of(request), archive=archive, recognizer_name=asked.validated_data.get("recognizer", "")
            )
        return Response(ModelVersionSerializer(version).data, status=201)


class ModelVersionDetail(generics.RetrieveAPIView[ModelVersion]):
    queryset = ModelVersion.objects.none()
    serializer_class = ModelVersionSerializer
    lookup_url_kwarg = "version_id"

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """Return the caller's own versions."""
        rows = ModelVersion.objects.visible_to(self.request.user)
        return rows.select_related("recognizer").prefetch_related("aliases")


class ModelVersionBundle(APIView):
    content_negotiation_class = FileNegotiation

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, version_id: UUID) -> HttpResponseBase:
        """Download the bundle as a zip."""
        rows = ModelVersion.objects.visible_to(request.user).select_related("recognizer")
        return bundle_response(request._request, get_object_or_404(rows, pk=version_id))  # noqa: SLF001 - DRF has no other name for Django's request
