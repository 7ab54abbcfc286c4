"""`/api/v1/speakers/`: who is recorded, and since when they have agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.response import Response

from training_jobs.models import Speaker
from training_jobs.services.speakers import LONGEST_SPEAKER, speaker_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from rest_framework.request import Request


class SpeakerSerializer(serializers.ModelSerializer[Speaker]):
    class Meta:
        model = Speaker
        fields = ("id", "name", "consent_text", "consented_at")
        read_only_fields = fields


class SpeakerInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST_SPEAKER)
    has_agreed = serializers.BooleanField(help_text="That the person agreed to consent_text")

    def validate_has_agreed(self, value: object) -> bool:
        """Make nobody a speaker who did not agree."""
        if value is not True:
            raise serializers.ValidationError(_("Nobody is recorded who did not agree."))
        return True


class SpeakerList(generics.ListAPIView[Speaker]):
    serializer_class = SpeakerSerializer

    def get_queryset(self) -> QuerySet[Speaker]:
        """Return the caller's own speakers."""
        return Speaker.objects.visible_to(self.request.user)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List who is recorded, by name."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=SpeakerInput, responses={201: SpeakerSerializer})
    def post(self, request: Request) -> Response:
        """Note a speaker who agreed; one who is known already is the answer."""
        asked = SpeakerInput(data=request.data)
        asked.is_valid(raise_exception=True)
        speaker = speaker_create(owner=cast("User", request.user), name=asked.validated_data["name"])
        return Response(SpeakerSerializer(speaker).data, status=201)
