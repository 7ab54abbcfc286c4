"""`/api/v1/transcriptions/`: audio in, text out; revisions, audio and documents of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.filters import OrderingFilter
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from recognition.api.files import FileNegotiation
from recognition.api.transcription_serializers import (
    CorrectionSerializer,
    TranscriptionDetailSerializer,
    TranscriptionInput,
    TranscriptionSerializer,
)
from recognition.dispatch.transcriptions import submit_transcription, submit_uploaded_transcription
from recognition.exchange import SearchForm, audio_of, audio_response, document_response, user_of
from recognition.models import Transcription
from recognition.services.corrections import correction_create
from recognition.services.exports import FORMATS
from recognition.services.finding import transcriptions_found
from recognition.services.transcriptions import transcription_delete

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile
    from django.db.models import QuerySet
    from django.http import HttpResponse
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

FILTERS = [
    OpenApiParameter("q", description="Words in the text, in what was heard, or in the file's name"),
    OpenApiParameter("model", description="`digits`, `digits@production` or `digits@v3`"),
    OpenApiParameter("answer", enum=["words", "none_of_these", "silence", "corrected", "waiting"]),
    OpenApiParameter("status", enum=["queued", "running", "done", "failed"]),
    OpenApiParameter("confidence", enum=["unsure", "doubtful"], description="Of answers nobody looked at yet"),
    OpenApiParameter("since", OpenApiTypes.DATE, description="First day"),
    OpenApiParameter("until", OpenApiTypes.DATE, description="Last day"),
]
FORMAT = OpenApiParameter("format", enum=list(FORMATS), default="txt")
DOCUMENT_TYPES = sorted({layout.content_type.partition(";")[0] for layout in FORMATS.values()})


class OwnTranscriptions(generics.GenericAPIView[Any]):
    """The transcriptions this user may see."""

    queryset = Transcription.objects.none()
    lookup_url_kwarg = "transcription_id"

    def get_queryset(self) -> QuerySet[Transcription]:
        """Return the caller's own rows, with what their serializers show."""
        rows = Transcription.objects.visible_to(self.request.user)
        return rows.select_related("model_version__recognizer").prefetch_related("corrections__by")


class TranscriptionList(generics.ListAPIView[Transcription]):
    queryset = Transcription.objects.none()
    serializer_class = TranscriptionSerializer
    parser_classes = (MultiPartParser, FormParser, JSONParser)
    filter_backends = (OrderingFilter,)
    ordering_fields = ("created_at", "confidence", "duration_seconds", "text")
    ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[Transcription]:
        """Return the caller's own rows that the query parameters ask for."""
        if not self.request.user.is_authenticated:
            return Transcription.objects.none()
        return transcriptions_found(owner=self.request.user, search=SearchForm(self.request.query_params).search())

    @extend_schema(parameters=FILTERS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List one's transcriptions, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": TranscriptionInput, "application/json": TranscriptionInput},
        responses={200: TranscriptionSerializer, 202: TranscriptionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Recognise a recording or an upload: short audio is answered 200, long audio 202 with the row."""
        asked = TranscriptionInput(data=request.data)
        asked.is_valid(raise_exception=True)
        row = self._submitted(user_of(request), **asked.validated_data)
        return Response(TranscriptionSerializer(row).data, status=200 if row.status in row.FINAL else 202)

    def _submitted(
        self,
        owner: User,
        *,
        audio: UploadedFile[bytes] | None = None,
        upload: UUID | None = None,
        sha256: str,
        **asked: Any,
    ) -> Transcription:
        if audio is None and upload is not None:
            return submit_uploaded_transcription(
                owner=owner, upload_id=upload, sha256=sha256, origin=Transcription.Origin.API, **asked
            )
        sent = cast("UploadedFile[bytes]", audio)
        return submit_transcription(
            owner=owner, audio=audio_of(sent), origin=Transcription.Origin.API, source_name=sent.name or "", **asked
        )


class TranscriptionDetail(OwnTranscriptions):
    serializer_class = TranscriptionDetailSerializer

    def get(self, request: Request, transcription_id: UUID) -> Response:
        """Return one transcription with its revisions."""
        return Response(TranscriptionDetailSerializer(self.get_object()).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, transcription_id: UUID) -> Response:
        """Delete a transcription, its revisions and its audio."""
        transcription_delete(transcription=self.get_object())
        return Response(status=204)


class TranscriptionCorrections(OwnTranscriptions):
    serializer_class = CorrectionSerializer

    @extend_schema(request=CorrectionSerializer, responses={201: CorrectionSerializer})
    def post(self, request: Request, transcription_id: UUID) -> Response:
        """Add a revision of the text; earlier ones stay as they are.

        With `began_from`, what others changed since is put together with it. Where both changed the same words it is
        kept as a revision of kind `aside`, and the text stays.
        """
        row = self.get_object()
        asked = CorrectionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        correction = correction_create(transcription=row, by=user_of(request), **asked.validated_data)
        return Response(CorrectionSerializer(correction).data, status=201)


class FileView(APIView):
    """A file that belongs to one transcription."""

    content_negotiation_class = FileNegotiation

    def transcription(self, transcription_id: UUID, *, without: tuple[str, ...] = ()) -> Transcription:
        """Return the caller's own row, or 404; columns it is taken `without` are read when they are asked for."""
        rows = Transcription.objects.visible_to(self.request.user).select_related("model_version__recognizer")
        return get_object_or_404(rows.defer(*without), pk=transcription_id)


class TranscriptionAudio(FileView):
    @extend_schema(responses={(200, "audio/flac"): OpenApiTypes.BINARY, (206, "audio/flac"): OpenApiTypes.BINARY})
    def get(self, request: Request, transcription_id: UUID) -> HttpResponseBase:
        """Return the audio as FLAC, 16 kHz mono; Range gives a part."""
        row = self.transcription(transcription_id, without=("segments", "peaks", "text", "heard_text"))
        return audio_response(request._request, row)  # noqa: SLF001 - DRF has no other name for Django's request


class TranscriptionExport(FileView):
    @extend_schema(parameters=[FORMAT], responses={(200, kind): OpenApiTypes.BINARY for kind in DOCUMENT_TYPES})
    def get(self, request: Request, transcription_id: UUID) -> HttpResponse:
        """Return the transcription as a document."""
        return document_response(self.transcription(transcription_id), layout=request.query_params.get("format", "txt"))
