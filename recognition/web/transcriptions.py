"""`/transcriptions/`: the history, and one recording with its text, its revisions and where the answer came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import Truncator
from django.views.decorators.http import require_POST, require_safe

from recognition.dispatch.transcriptions import retry_transcription
from recognition.engine.errors import EngineError
from recognition.exchange import SearchForm, audio_response, document_response, user_of
from recognition.models import Transcription
from recognition.services.corrections import correction_create
from recognition.services.exports import FORMATS
from recognition.services.finding import transcriptions_found, with_beginnings
from recognition.services.models import model_names
from recognition.services.transcriptions import transcription_delete
from recognition.web.answers import Answer, answers_of
from speechsite.lib.pagination import page_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

PAGE_SIZE = 25
LONGEST_TEXT = 500_000
LINE_CHARACTERS = 70
ROWS = (2, 16)
SAID_CHARACTERS = 120
FRAGMENTS = {"result": "recognition/_result.html", "heard": "recognition/_heard.html"}


class CorrectionForm(forms.Form):
    """What was said."""

    text = forms.CharField(max_length=LONGEST_TEXT, strip=True)


def own(request: HttpRequest, transcription_id: UUID) -> Transcription:
    """Return the caller's own row, or 404."""
    rows = Transcription.objects.visible_to(request.user).select_related("model_version__recognizer")
    return get_object_or_404(rows, pk=transcription_id)


@dataclass(frozen=True)
class Known:
    """What the page that asks shows already."""

    after: int = 0
    progress: float = 0.0
    stage: str = ""
    player: bool = False


class KnownForm(forms.Form):
    """What a page says of itself; what cannot be read is taken for nothing."""

    after = forms.IntegerField(required=False, min_value=0)
    progress = forms.FloatField(required=False, min_value=0, max_value=1)
    stage = forms.CharField(required=False)
    player = forms.BooleanField(required=False)

    def known(self) -> Known:
        """Return what the page shows."""
        self.is_valid()
        return Known(**{name: value for name, value in self.cleaned_data.items() if value})


@require_safe
def transcription_list(request: HttpRequest) -> HttpResponse:
    """Search and filter one's transcriptions, newest first."""
    form = SearchForm(request.GET)
    search = form.search()
    found = with_beginnings(transcriptions_found(owner=user_of(request), search=search))
    page = page_of(request, found, size=PAGE_SIZE)
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
    return render(request, "recognition/transcription_detail.html", _shown(row, form), status=status)


def _shown(row: Transcription, form: CorrectionForm) -> dict[str, Any]:
    """Return what the page of a recording shows."""
    return {
        "answer": Answer(row),
        "row": row,
        "form": form,
        "text_rows": min(ROWS[1], max(ROWS[0], len(row.text) // LINE_CHARACTERS + 1)),
        "revisions": list(row.corrections.select_related("by")),
        "formats": list(FORMATS.values()),
        "segments": row.segments,
        "shown_count": len(row.segments),
        "has_player": bool(row.peaks),
    }


@require_safe
def transcription_status(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Return the fragment that follows a recording until it is done: how far it is, and what came since."""
    rows = Transcription.objects.visible_to(request.user).select_related("model_version__recognizer")
    row = get_object_or_404(rows.defer("segments"), pk=transcription_id)
    template = FRAGMENTS.get(request.GET.get("as", ""))
    if template is not None:
        return render(request, template, {"answer": Answer(row)})
    known = KnownForm(request.GET).known()
    if row.progress < known.progress:  # It began anew: what the page shows is not true any more.
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "recognition/_live.html", _news(row, known))


def _news(row: Transcription, known: Known) -> dict[str, Any]:
    """Return what a page does not show yet; the segments are read only where there are new ones."""
    is_final = row.status in Transcription.FINAL
    news = row.segments[known.after :] if is_final or row.progress > known.progress else []
    answer = Answer(row)
    context = {
        "answer": answer,
        "row": row,
        "segments": news,
        "shown_count": known.after + len(news),
        "is_live": True,
        "has_new_stage": answer.stage != known.stage,
        "has_new_player": bool(row.peaks) and not known.player,
        "has_player": bool(row.peaks),
    }
    return {**_shown(row, CorrectionForm()), **context} if is_final else context


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
    shown = Truncator(row.text).chars(SAID_CHARACTERS)
    messages.success(request, f"The text is now “{shown}”. What was heard is kept below.")
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
    title = Truncator(Answer(row).title).chars(SAID_CHARACTERS)
    transcription_delete(transcription=row)
    messages.success(request, f"“{title}” is deleted, with its recording and its revisions.")
    return redirect("recognition:transcription-list")
