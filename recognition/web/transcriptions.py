"""`/transcriptions/`: the history, and one recording with its text, its revisions and where the answer came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from recognition.dispatch.transcriptions import retry_transcription
from recognition.engine.errors import EngineError
from recognition.exchange import SearchForm, audio_response, document_response, user_of
from recognition.models import Transcription
from recognition.services.corrections import correction_create
from recognition.services.exports import FORMATS
from recognition.services.finding import transcriptions_found
from recognition.services.models import model_names
from recognition.services.transcriptions import transcription_delete
from recognition.web.answers import Answer, answers_of
from speechsite.lib.pagination import page_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

PAGE_SIZE = 25


class CorrectionForm(forms.Form):
    """What was said."""

    text = forms.CharField(max_length=10_000, strip=True)


def own(request: HttpRequest, transcription_id: UUID) -> Transcription:
    """Return the caller's own row, or 404."""
    rows = Transcription.objects.visible_to(request.user).select_related("model_version__recognizer")
    return get_object_or_404(rows, pk=transcription_id)


@require_safe
def transcription_list(request: HttpRequest) -> HttpResponse:
    """Search and filter one's transcriptions, newest first."""
    form = SearchForm(request.GET)
    search = form.search()
    page = page_of(request, transcriptions_found(owner=user_of(request), search=search), size=PAGE_SIZE)
    narrowed = request.GET.copy()
    narrowed.pop("page", None)
    context = {
        "form": form,
        "search": search,
        "page": page,
        "answers": answers_of(list(cast("Iterable[Transcription]", page.object_list))),
        "query": narrowed.urlencode(),
    }
    if request.htmx and request.htmx.target == "found":  # type: ignore[attr-defined] # set by the htmx middleware
        return render(request, "recognition/_found.html", context)
    context["models"] = model_names(owner=user_of(request))
    return render(request, "recognition/transcription_list.html", context)


@require_safe
def transcription_detail(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Show one recording with its text."""
    return _detail(request, own(request, transcription_id), CorrectionForm())


def _detail(request: HttpRequest, row: Transcription, form: CorrectionForm, *, status: int = 200) -> HttpResponse:
    context = {
        "answer": Answer(row),
        "row": row,
        "form": form,
        "revisions": list(row.corrections.select_related("by")),
        "formats": list(FORMATS.values()),
    }
    return render(request, "recognition/transcription_detail.html", context, status=status)


@require_safe
def transcription_status(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Return the fragment that follows a recording until it is done; then the page is loaded anew."""
    row = own(request, transcription_id)
    if request.GET.get("as") == "result":
        return render(request, "recognition/_result.html", {"answer": Answer(row)})
    response = render(request, "recognition/_progress.html", {"answer": Answer(row), "row": row})
    if row.status in Transcription.FINAL:
        response["HX-Refresh"] = "true"
    return response


@require_safe
def transcription_audio(request: HttpRequest, transcription_id: UUID) -> HttpResponseBase:
    """Answer the recording; Range gives a part."""
    return audio_response(request, own(request, transcription_id))


@require_safe
def transcription_export(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Answer the text as a file to save."""
    return document_response(own(request, transcription_id), layout=request.GET.get("format", "txt"))


@require_POST
def transcription_correct(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Add a revision; beside the microphone the answer is drawn anew, else the page is."""
    row = own(request, transcription_id)
    form = CorrectionForm(request.POST)
    if form.is_valid():
        try:
            correction_create(transcription=row, text=form.cleaned_data["text"], by=user_of(request))
        except EngineError as refused:
            form.add_error("text", refused.message)
    if request.POST.get("as") == "result":
        context = {"answer": Answer(row), "form": form}
        return render(request, "recognition/_result.html", context, status=422 if form.errors else 200)
    if form.errors:
        return _detail(request, row, form, status=422)
    messages.success(request, f"The text is now “{row.text}”. What was heard is kept below.")
    return redirect("recognition:transcription-detail", row.pk)


@require_POST
def transcription_retry(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Send a failed recording to a worker again."""
    row = retry_transcription(transcription=own(request, transcription_id))
    return redirect("recognition:transcription-detail", row.pk)


@require_POST
def transcription_forget(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Delete a recording with its text and revisions."""
    row = own(request, transcription_id)
    title = Answer(row).title
    transcription_delete(transcription=row)
    messages.success(request, f"“{title}” is deleted, with its recording and its revisions.")
    return redirect("recognition:transcription-list")
