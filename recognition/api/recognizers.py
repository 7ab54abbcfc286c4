"""`/api/v1/recognizers/`: lines of versions, and which of them is in production."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.filters import OrderingFilter
from rest_framework.response import Response

from recognition.api.recognizer_serializers import (
    PromoteInput,
    ReasonInput,
    RecognizerDetailSerializer,
    RecognizerSerializer,
)
from recognition.exchange import user_of
from recognition.models import Recognizer
from recognition.services.models import recognizer_rollback, version_of, version_promote

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request

KIND = OpenApiParameter("kind", enum=["words", "sentences"])


class RecognizerList(generics.ListAPIView[Recognizer]):
    queryset = Recognizer.objects.none()
    serializer_class = RecognizerSerializer
    filter_backends = (OrderingFilter,)
    ordering_fields = ("name", "created_at")
    ordering = ("name", "id")

    def get_queryset(self) -> QuerySet[Recognizer]:
        """Return the caller's own recognizers, of one kind where asked."""
        rows = Recognizer.objects.visible_to(self.request.user).prefetch_related("aliases__version")
        kind = self.request.query_params.get("kind", "")
        return rows.filter(kind=kind) if kind else rows

    @extend_schema(parameters=[KIND])
    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List one's recognizers."""
        return super().get(request, *args, **kwargs)


class OwnRecognizer(generics.GenericAPIView[Recognizer]):
    """One recognizer of this user, by name."""

    queryset = Recognizer.objects.none()
    serializer_class = RecognizerDetailSerializer
    lookup_field = "name"

    def get_queryset(self) -> QuerySet[Recognizer]:
        """Return the caller's own recognizers with all that their page shows."""
        return Recognizer.objects.visible_to(self.request.user).prefetch_related(
            "aliases__version",
            "versions__recognizer",
            "versions__aliases",
            "alias_changes__from_version",
            "alias_changes__to_version",
            "alias_changes__by",
        )

    def answer(self, name: str) -> Response:
        """Return the recognizer as it stands now."""
        return Response(RecognizerDetailSerializer(get_object_or_404(self.get_queryset(), name=name)).data)


class RecognizerDetail(OwnRecognizer):
    def get(self, request: Request, name: str) -> Response:
        """Return one recognizer with its versions and the log of its production."""
        return self.answer(name)


class RecognizerPromote(OwnRecognizer):
    @extend_schema(request=PromoteInput, responses=RecognizerDetailSerializer)
    def post(self, request: Request, name: str) -> Response:
        """Put a version in production."""
        recognizer = self.get_object()
        asked = PromoteInput(data=request.data)
        asked.is_valid(raise_exception=True)
        version = version_of(recognizer=recognizer, named=asked.validated_data["version"])
        version_promote(version=version, by=user_of(request), reason=asked.validated_data["reason"])
        return self.answer(name)


class RecognizerRollback(OwnRecognizer):
    @extend_schema(request=ReasonInput, responses=RecognizerDetailSerializer)
    def post(self, request: Request, name: str) -> Response:
        """Put the version back that was in production before."""
        recognizer = self.get_object()
        asked = ReasonInput(data=request.data)
        asked.is_valid(raise_exception=True)
        recognizer_rollback(recognizer=recognizer, by=user_of(request), reason=asked.validated_data["reason"])
        return self.answer(name)
