"""`/api/v1/datasets/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.filters import OrderingFilter
from rest_framework.response import Response
from rest_framework.views import APIView

from recognition.models.recognizers import Kind
from training_jobs.api.dataset_serializers import DatasetChange, DatasetInput, DatasetSerializer
from training_jobs.models import Dataset
from training_jobs.services.dataset_figures import datasets_with_figures
from training_jobs.services.datasets import (
    dataset_create,
    dataset_delete,
    dataset_describe,
    dataset_prompts_set,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from rest_framework.request import Request

SEARCH = OpenApiParameter("search", description="Datasets with this in their name")
KIND = OpenApiParameter("kind", description="Datasets of this kind only", enum=[*Kind.values])


class DatasetList(generics.ListAPIView[Dataset]):
    queryset = Dataset.objects.none()
    serializer_class = DatasetSerializer
    filter_backends = (OrderingFilter,)
    ordering_fields = ("created_at", "updated_at", "name", "clip_count")
    ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[Dataset]:
        """Return the caller's own datasets, narrowed as asked."""
        asked = self.request.query_params
        wanted = {"name__icontains": asked.get("search"), "kind": asked.get("kind")}
        rows = datasets_with_figures(self.request.user)
        return rows.filter(**{field: value for field, value in wanted.items() if value})

    @extend_schema(parameters=[SEARCH, KIND])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List one's datasets, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=DatasetInput, responses={201: DatasetSerializer})
    def post(self, request: Request) -> Response:
        """Make an empty dataset."""
        asked = DatasetInput(data=request.data)
        asked.is_valid(raise_exception=True)
        dataset = dataset_create(owner=cast("User", request.user), **asked.validated_data)
        return shown(request, dataset.pk, status=201)


class DatasetDetail(APIView):
    @extend_schema(responses=DatasetSerializer)
    def get(self, request: Request, dataset_id: UUID) -> Response:
        """Read a dataset with its figures."""
        return shown(request, dataset_id)

    @extend_schema(request=DatasetChange, responses=DatasetSerializer)
    def patch(self, request: Request, dataset_id: UUID) -> Response:
        """Change the name, the language or the words to record."""
        dataset = dataset_of(request, dataset_id)
        asked = DatasetChange(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        dataset_describe(dataset=dataset, name=values.get("name"), language=values.get("language"))
        if "prompts" in values:
            dataset_prompts_set(dataset=dataset, prompts=values["prompts"])
        return shown(request, dataset_id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, dataset_id: UUID) -> Response:
        """Delete a dataset with its clips; models made from it stay."""
        dataset_delete(dataset=dataset_of(request, dataset_id))
        return Response(status=204)


def dataset_of(request: Request, dataset_id: UUID) -> Dataset:
    """Return one of the caller's own datasets, or answer 404."""
    return get_object_or_404(Dataset.objects.visible_to(request.user), pk=dataset_id)


def shown(request: Request, dataset_id: UUID, *, status: int = 200) -> Response:
    """Answer with one dataset and its figures."""
    dataset = get_object_or_404(datasets_with_figures(request.user), pk=dataset_id)
    return Response(DatasetSerializer(dataset).data, status=status)
