"""`/transcribe/`: say a word or drop a file, see what was heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.conf import settings
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recognition.dispatch.transcriptions import (
    submit_rest_of_stream,
    submit_transcription,
    submit_uploaded_transcription,
)
from recognition.exchange import audio_of, user_of
from recognition.models import ModelAlias, Transcription
from recognition.models.recognizers import PRODUCTION
from recognition.services.finding import Search, transcriptions_found, with_beginnings
from recognition.services.hotwords import MOST_HOTWORDS
from recognition.services.models import model_resolve
from recognition.services.recognizing import takes_hotwords
from recognition.web.answers import Answer, answers_of
from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import DOUBTFUL_BELOW, SPACE, SURE_FROM, duration_text
from speechsite.lib.scores import score_of
from speechsite.uploads.services.uploads import uploads_waiting

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest, HttpResponse

    from recognition.models import ModelVersion

RECENT = 6
NOBODY = UUID(int=0)
HOUR = 3600


@dataclass(frozen=True)
class Choice:
    """One line of the model selector."""

    value: str
    text: str
    version: ModelVersion


class RecordingForm(forms.Form):
    """A recording or a file, and the model that hears it."""

    audio = forms.FileField(allow_empty_file=True, required=False)
    upload = forms.UUIDField(required=False)
    sha256 = forms.RegexField(r"^[0-9a-fA-F]{64}$", required=False)
    model = forms.CharField(max_length=130)
    origin = forms.ChoiceField(required=False, choices=Transcription.Origin.choices)
    hotwords = forms.CharField(required=False)
    stream = forms.UUIDField(required=False)
    position = forms.IntegerField(required=False, min_value=0)


@require_safe
def transcribe(request: HttpRequest) -> HttpResponse:
    """Show the microphone, the models to choose from, and the last answers."""
    user = user_of(request)
    choices = _choices(user, wanted=request.GET.get("model", ""))
    chosen = request.GET.get("model") or (choices[0].value if choices else "")
    context = {
        "choices": choices,
        "chosen": chosen,
        "chosen_takes_hotwords": any(takes_hotwords(c.version) for c in choices if c.value == chosen),
        "answers": answers_of(list(with_beginnings(transcriptions_found(owner=user, search=Search()))[:RECENT])),
        "takes_hotwords": any(takes_hotwords(choice.version) for choice in choices),
        "most_hotwords": MOST_HOTWORDS,
        "waiting_uploads": uploads_waiting(user, purpose="recording"),
        "longest_text": _hours_text(settings.MAX_RECORDING_SECONDS),
        "short_seconds": settings.SHORT_AUDIO_SECONDS,
        "nobody": NOBODY,
        "sure_from": SURE_FROM,
        "doubtful_below": DOUBTFUL_BELOW,
    }
    return render(request, "recognition/transcribe.html", context)


def _hours_text(seconds: float) -> str:
    return f"{number_format(f'{seconds / HOUR:g}')}{SPACE}h" if seconds >= HOUR else duration_text(seconds)


def _choices(user: User, *, wanted: str) -> list[Choice]:
    """Return production of each recogniser, and the version the address asks for."""
    aliases = ModelAlias.objects.filter(recognizer__owner=user, name=PRODUCTION)
    versions = [alias.version for alias in aliases.select_related("version__recognizer").order_by("recognizer__name")]
    choices = [Choice(f"{version.recognizer.name}@{PRODUCTION}", _text(version), version) for version in versions]
    if wanted and wanted not in {choice.value for choice in choices}:
        try:
            version = model_resolve(owner=user, model=wanted)
        except ServiceError:
            return choices
        choices.insert(0, Choice(wanted, _scored(f"{version.recognizer.name} v{version.number}", version), version))
    return choices


def _text(version: ModelVersion) -> str:
    name = _("{name}, production (v{number})").format(name=version.recognizer.name, number=version.number)
    return _scored(name, version)


def _scored(name: str, version: ModelVersion) -> str:
    score = score_of(version.metrics)
    if score is None:
        return name
    return f"{name}, {_('{share} wrong').format(share=score.text) if score.is_error else score.text}"


@require_POST
def transcription_create(request: HttpRequest) -> HttpResponse:
    """Recognise a recording. The page's script gets the answer as a fragment, a plain form is led to its page."""
    form = RecordingForm(request.POST, request.FILES)
    if not form.is_valid() or not (form.cleaned_data["audio"] or form.cleaned_data["upload"]):
        message = _("There was no recording in the request. Nothing was kept; record it again.")
        raise ServiceError("recording_missing", message, status=422)
    row = _submitted(user_of(request), **form.cleaned_data)
    if "fragment" not in request.POST:
        return redirect("recognition:transcription-detail", row.pk)
    return render(request, "recognition/_heard.html", {"answer": Answer(row)})


def _submitted(
    owner: User,
    *,
    audio: UploadedFile[bytes],
    upload: UUID | None,
    sha256: str,
    model: str,
    origin: str,
    hotwords: str,
    stream: UUID | None,
    position: int | None,
) -> Transcription:
    if upload is not None:
        return submit_uploaded_transcription(
            owner=owner,
            upload_id=upload,
            sha256=sha256,
            model=model,
            origin=Transcription.Origin.UPLOAD,
            hotwords=[hotwords],
        )
    if stream is not None:
        return submit_rest_of_stream(
            owner=owner,
            model=model,
            audio=audio_of(audio),
            stream_id=stream,
            position=position or 0,
            hotwords=[hotwords],
        )
    return submit_transcription(
        owner=owner,
        model=model,
        audio=audio_of(audio),
        origin=origin or Transcription.Origin.UPLOAD,
        source_name="" if origin == Transcription.Origin.MICROPHONE else audio.name or "",
        hotwords=[hotwords],
    )
