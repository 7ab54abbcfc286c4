"""`/api/v1/datasets/{id}/texts/` and `/api/v1/texts/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from training_jobs.api.datasets import dataset_of
from training_jobs.models import LanguageText
from training_jobs.services.language_texts import (
    LONGEST_NAME,
    language_text_create,
    language_text_delete,
    name_of_file,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from rest_framework.request import Request


class LanguageTextSerializer(serializers.ModelSerializer[LanguageText]):
    dataset = serializers.UUIDField(source="dataset_id", read_only=True)

    class Meta:
        model = LanguageText
        fields = ("id", "dataset", "name", "lines", "words", "created_at")
        read_only_fields = fields


class LanguageTextInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST_NAME, required=False, default="", allow_blank=True)
    text = serializers.CharField(required=False, help_text="Words or sentences, one on each line")
    file = serializers.FileField(required=False, help_text="The same as a plain text file in UTF-8")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one of text and file."""
        if ("text" in attrs) == ("file" in attrs):
            raise serializers.ValidationError({"text": _("Send either text or file.")})
        return attrs


class LanguageTextList(generics.ListAPIView[LanguageText]):
    queryset = LanguageText.objects.none()
    serializer_class = LanguageTextSerializer
    parser_classes = (MultiPartParser, JSONParser)

    def get_queryset(self) -> QuerySet[LanguageText]:
        """Return the texts of one of the caller's own datasets."""
        return LanguageText.objects.filter(dataset=dataset_of(self.request, self.kwargs["dataset_id"]))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the texts that a dataset of sentences has for its language model, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=LanguageTextInput, responses={201: LanguageTextSerializer})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Add a word list or a text; the next training learns from it."""
        dataset = dataset_of(request, dataset_id)
        asked = LanguageTextInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        file = values.get("file")
        text = language_text_create(
            dataset=dataset,
            name=values["name"] or (name_of_file(file.name) if file else ""),
            content=file.file if file else values["text"],
        )
        return Response(LanguageTextSerializer(text).data, status=201)


class LanguageTextDetail(APIView):
    @extend_schema(responses=LanguageTextSerializer)
    def get(self, request: Request, text_id: UUID) -> Response:
        """Read what is known of one text."""
        return Response(LanguageTextSerializer(text_of(request, text_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, text_id: UUID) -> Response:
        """Delete a text; models that learned from it stay."""
        language_text_delete(text=text_of(request, text_id))
        return Response(status=204)


def text_of(request: Request, text_id: UUID) -> LanguageText:
    """Return one of the caller's own texts, or answer 404."""
    return get_object_or_404(LanguageText.objects.visible_to(request.user), pk=text_id)
