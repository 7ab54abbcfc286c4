"""What pages and the API both take from requests and give back: recordings, searches, audio, documents."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.models import Transcription
from recognition.services.bundles import version_export
from recognition.services.exports import FORMATS, export_name, transcription_export
from recognition.services.finding import CORRECTED, WAITING, Search
from recognition.services.long_audio import UNDECODED
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from speechsite.lib.media import ranged_response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django_stubs_ext import StrOrPromise
    from rest_framework.request import Request

    from recognition.models import ModelVersion

    Choices = list[tuple[str, StrOrPromise]]

ANSWERS: Choices = [
    ("", gettext_lazy("any answer")),
    *Transcription.Answer.choices,
    (CORRECTED, gettext_lazy("corrected by you")),
    (WAITING, gettext_lazy("waiting for a look")),
]

CONFIDENCES: Choices = [
    ("", gettext_lazy("any confidence")),
    ("unsure", gettext_lazy("unsure, not looked at")),
    ("doubtful", gettext_lazy("doubtful, not looked at")),
]


def user_of(request: HttpRequest | Request) -> User:
    """Return who asks: the login middleware and the API's permissions let nobody else through."""
    return cast("User", request.user)


def audio_of(uploaded: UploadedFile[bytes]) -> bytes | Path:
    """Return an upload as the services take it: small ones as bytes, large ones as the path of Django's own copy."""
    if isinstance(uploaded, TemporaryUploadedFile):
        return Path(uploaded.temporary_file_path())
    content: bytes = uploaded.read()
    return content


@contextmanager
def kept_upload(uploaded: UploadedFile[bytes]) -> Iterator[Path]:
    """Give an upload as a path for as long as the block lasts."""
    if isinstance(uploaded, TemporaryUploadedFile):
        yield Path(uploaded.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile() as file:
        shutil.copyfileobj(uploaded, file)
        file.flush()
        yield Path(file.name)


def bundle_response(request: HttpRequest, version: ModelVersion) -> HttpResponseBase:
    """Answer a version's bundle as a zip to save."""
    return ranged_response(
        request,
        version_export(version=version),
        content_type="application/zip",
        filename=f"{version.recognizer.name}-v{version.number}.zip",
        as_attachment=True,
    )


def audio_response(request: HttpRequest, row: Transcription) -> HttpResponseBase:
    """Answer the FLAC of a transcription, whole or the part that Range asks for. Raises Http404 until it is decoded."""
    if not row.audio or row.audio.endswith(UNDECODED):
        raise Http404
    return ranged_response(request, absolute(row.audio), content_type="audio/flac", filename=f"{row.pk}.flac")


def document_response(row: Transcription, *, layout: str) -> HttpResponse:
    """Answer a transcription as a file to save. Raises ServiceError format_unknown or not_done."""
    if layout not in FORMATS:
        known = ", ".join(FORMATS)
        message = _("There is no format “{layout}”. The formats there are: {known}.")
        raise ServiceError("format_unknown", message.format(layout=layout, known=known))
    if row.status != Transcription.Status.DONE:
        raise ServiceError("not_done", _("This recording has no text yet. Ask again when it is done."), status=409)
    name = export_name(source_name=row.source_name, layout=layout)
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    body = transcription_export(transcription=row, layout=layout)
    return HttpResponse(body, content_type=FORMATS[layout].content_type, headers={"Content-Disposition": disposition})


class SearchForm(forms.Form):
    """What a list of transcriptions is narrowed by; a field that cannot be read does not narrow."""

    q = forms.CharField(required=False, max_length=200)
    model = forms.CharField(required=False, max_length=130)
    answer = forms.ChoiceField(required=False, choices=ANSWERS)
    status = forms.ChoiceField(required=False, choices=[("", gettext_lazy("any")), *Transcription.Status.choices])
    confidence = forms.ChoiceField(required=False, choices=CONFIDENCES)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def search(self) -> Search:
        """Return what the request asks for."""
        self.is_valid()
        asked: dict[str, Any] = self.cleaned_data
        return Search(
            text=asked.get("q") or "",
            model=asked.get("model") or "",
            answer=asked.get("answer") or "",
            status=asked.get("status") or "",
            confidence=asked.get("confidence") or "",
            since=asked.get("since"),
            until=asked.get("until"),
        )
