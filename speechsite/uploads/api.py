"""`/api/v1/uploads/`: resumable uploads by the tus protocol, version 1.0.0, with JSON for whoever wants to look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from speechsite.lib.errors import ServiceError
from speechsite.uploads.models import Upload
from speechsite.uploads.protocol import (
    ALGORITHMS,
    EXTENSIONS,
    PIECE_TYPE,
    VERSION,
    checksum_of,
    metadata_of,
    number_of,
)
from speechsite.uploads.services.uploads import upload_append, upload_create, upload_remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from rest_framework.request import Request

BLOCK_BYTES: Final = 1024**2
LENGTH = OpenApiParameter("Upload-Length", OpenApiTypes.INT, "header", description="Bytes of the whole file")
METADATA = OpenApiParameter("Upload-Metadata", str, "header", description="filename BASE64, as tus has it")
OFFSET = OpenApiParameter("Upload-Offset", OpenApiTypes.INT, "header", description="Where this piece begins")
CHECKSUM = OpenApiParameter("Upload-Checksum", str, "header", description="sha256, sha1 or md5, then BASE64")


class UploadSerializer(serializers.ModelSerializer[Upload]):
    class Meta:
        model = Upload
        fields = ("id", "status", "name", "size_bytes", "offset_bytes", "created_at", "expires_at")
        read_only_fields = fields


class TusView(APIView):
    """What all addresses of the protocol have in common: the version is asked for and told."""

    def check_permissions(self, request: Request) -> None:
        """Let anybody ask what the site can do."""
        if request.method != "OPTIONS":
            super().check_permissions(request)

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Tell which version and extensions are spoken, and how large a file may be."""
        return Response(
            status=204,
            headers={
                "Tus-Version": VERSION,
                "Tus-Extension": EXTENSIONS,
                "Tus-Max-Size": str(settings.MAX_UPLOAD_BYTES),
                "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
            },
        )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Name the version in every answer, refusals too."""
        done = super().finalize_response(request, response, *args, **kwargs)
        done["Tus-Resumable"] = VERSION
        return done


class UploadList(TusView, generics.ListAPIView[Upload]):
    serializer_class = UploadSerializer

    def get_queryset(self) -> QuerySet[Upload]:
        """Return the caller's own uploads."""
        return Upload.objects.visible_to(self.request.user)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the uploads under way, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(parameters=[LENGTH, METADATA], request=None, responses={201: None})
    def post(self, request: Request) -> Response:
        """Begin an upload; send its pieces to the address in Location."""
        check_version(request)
        metadata = request.headers.get("Upload-Metadata", "")
        named = metadata_of(metadata)
        upload = upload_create(
            owner=cast("User", request.user),
            size_bytes=number_of(request.headers, "Upload-Length"),
            name=named.get("filename") or named.get("name", ""),
            metadata=metadata,
        )
        return Response(
            status=201, headers={"Location": reverse("uploads_api:detail", args=[upload.pk]), **standing(upload)}
        )


class UploadDetail(TusView):
    throttle_classes = ()  # a piece is no question: what a fast line sends in a minute are hundreds

    @extend_schema(responses=UploadSerializer)
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Read how much of an upload has arrived."""
        return Response(UploadSerializer(upload_of(request, upload_id)).data)

    @extend_schema(request=None, responses={200: None})
    def head(self, request: Request, upload_id: UUID) -> Response:
        """Tell where an upload goes on."""
        upload = upload_of(request, upload_id)
        told = {"Upload-Length": str(upload.size_bytes), "Cache-Control": "no-store", **standing(upload)}
        if upload.metadata:
            told["Upload-Metadata"] = upload.metadata
        return Response(headers=told)

    @extend_schema(
        parameters=[OFFSET, CHECKSUM],
        request={PIECE_TYPE: OpenApiTypes.BINARY},
        responses={204: None},
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        """Send the next piece."""
        check_version(request)
        if request.content_type != PIECE_TYPE:
            raise ServiceError(
                "unsupported_media_type", _("A piece is sent as {kind}.").format(kind=PIECE_TYPE), status=415
            )
        upload = upload_append(
            upload=upload_of(request, upload_id),
            offset=number_of(request.headers, "Upload-Offset"),
            blocks=blocks_of(request),
            checksum=checksum_of(request.headers.get("Upload-Checksum", "")),
        )
        return Response(status=204, headers=standing(upload))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Give an upload up, with what has arrived."""
        upload_remove(upload=upload_of(request, upload_id))
        return Response(status=204)


def check_version(request: Request) -> None:
    """Refuse another version of the protocol. Raises ServiceError tus_version (412)."""
    asked = request.headers.get("Tus-Resumable", "")
    if asked != VERSION:
        message = _("This site speaks version {version} of the tus protocol; send it as Tus-Resumable.")
        raise ServiceError("tus_version", message.format(version=VERSION), status=412)


def standing(upload: Upload) -> dict[str, str]:
    """Return the headers that say where an upload stands and how long it waits."""
    return {"Upload-Offset": str(upload.offset_bytes), "Upload-Expires": http_date(upload.expires_at.timestamp())}


def blocks_of(request: Request) -> Iterator[bytes]:
    """Yield the body, a megabyte at a time."""
    stream = request.stream
    while stream is not None and (block := stream.read(BLOCK_BYTES)):
        yield block


def upload_of(request: Request, upload_id: UUID) -> Upload:
    """Return one of the caller's own uploads, or answer 404."""
    return get_object_or_404(Upload.objects.visible_to(request.user), pk=upload_id)
