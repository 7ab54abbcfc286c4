"""`/api/v1/datasets/{id}/clips/` and `/api/v1/clips/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from speechsite.lib.media import ranged_response
from training_jobs.api.dataset_serializers import ClipChange, ClipInput, ClipSerializer, VoteInput
from training_jobs.api.datasets import dataset_of
from training_jobs.models import Clip
from training_jobs.services.clip_selection import ORDERINGS, ClipSelection, clips_selected
from training_jobs.services.clips import (
    clip_create,
    clip_delete,
    clip_reject,
    clip_relabel,
    clip_restore,
    recording_bytes,
)
from training_jobs.services.listening import clip_vote

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

FILTERS = [
    OpenApiParameter("label", description="Clips with this label only"),
    OpenApiParameter("speaker", description="Clips of this speaker only; - for those without one"),
    OpenApiParameter("status", description="Clips in this status only", enum=[*Clip.Status.values]),
    OpenApiParameter("origin", description="Clips that came this way only", enum=[*Clip.Origin.values]),
    OpenApiParameter("split", description="Clips of this split of the dataset only", enum=[*Clip.Split.values]),
    OpenApiParameter("search", description="Clips with this in their label or file name"),
    OpenApiParameter("ordering", description="The order of the list", enum=[*ORDERINGS]),
]


class ClipList(generics.ListAPIView[Clip]):
    queryset = Clip.objects.none()
    serializer_class = ClipSerializer
    parser_classes = (MultiPartParser,)

    def get_queryset(self) -> QuerySet[Clip]:
        """Return the clips of one of the caller's own datasets, narrowed as asked."""
        dataset = dataset_of(self.request, self.kwargs["dataset_id"])
        return clips_selected(dataset, ClipSelection.from_query(self.request.query_params))

    @extend_schema(parameters=FILTERS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a dataset's clips, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": ClipInput}, responses={201: ClipSerializer})
    def post(self, request: Request, dataset_id: UUID) -> Response:
        """Add one recording. Sound that cannot be used is stored as a rejected clip, so that it can be heard."""
        dataset = dataset_of(request, dataset_id)
        asked = ClipInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        clip = clip_create(
            dataset=dataset,
            audio=recording_bytes(values["audio"]),
            text=values["text"],
            speaker=values["speaker"],
            origin=values["origin"],
            identity=values.get("id"),
            source_name=values["audio"].name if values["origin"] == Clip.Origin.UPLOAD else "",
        )
        return Response(ClipSerializer(clip).data, status=201)


class ClipDetail(APIView):
    @extend_schema(responses=ClipSerializer)
    def get(self, request: Request, clip_id: UUID) -> Response:
        """Read one clip."""
        return Response(ClipSerializer(clip_of(request, clip_id)).data)

    @extend_schema(request=ClipChange, responses=ClipSerializer)
    def patch(self, request: Request, clip_id: UUID) -> Response:
        """Correct the label or the speaker, reject a clip or restore it."""
        clip = clip_of(request, clip_id)
        asked = ClipChange(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        clip = clip_relabel(clip=clip, text=values.get("text"), speaker=values.get("speaker"))
        wanted = values.get("status", clip.status)
        if wanted != clip.status:
            clip = clip_reject(clip=clip) if wanted == Clip.Status.REJECTED else clip_restore(clip=clip)
        return Response(ClipSerializer(clip).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, clip_id: UUID) -> Response:
        """Delete a clip with its audio."""
        clip_delete(clip=clip_of(request, clip_id))
        return Response(status=204)


class ClipVotes(APIView):
    @extend_schema(request=VoteInput, responses=ClipSerializer)
    def post(self, request: Request, clip_id: UUID) -> Response:
        """Say that a recorded clip is good or bad, as somebody who did not speak it."""
        clip = clip_of(request, clip_id)
        asked = VoteInput(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(ClipSerializer(clip_vote(clip=clip, **asked.validated_data)).data)


class SoundNegotiation(DefaultContentNegotiation):
    """The sound is FLAC whatever a player asks for; failures are JSON, as everywhere."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the first renderer, whatever was asked for."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type or ""


class ClipAudio(APIView):
    content_negotiation_class = SoundNegotiation

    @extend_schema(responses={(200, "audio/flac"): OpenApiTypes.BINARY, (206, "audio/flac"): OpenApiTypes.BINARY})
    def get(self, request: Request, clip_id: UUID) -> HttpResponseBase:
        """Hear a clip: 16 kHz mono FLAC; Range is answered."""
        clip = clip_of(request, clip_id)
        # DRF's request wraps Django's, and the responder reads headers alone.
        return ranged_response(request._request, clip.audio_path, content_type="audio/flac", filename=f"{clip.pk}.flac")  # noqa: SLF001


def clip_of(request: Request, clip_id: UUID) -> Clip:
    """Return one of the caller's own clips, or answer 404."""
    return get_object_or_404(Clip.objects.visible_to(request.user), pk=clip_id)
