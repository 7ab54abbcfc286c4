"""`/transcriptions/`: the history, and one recording with its text, its revisions and where the answer came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recognition.dispatch.transcriptions import retry_transcription
from recognition.engine.errors import EngineError
from recognition.exchange import SearchForm, audio_response, document_response, user_of
from recognition.models import Transcription
from recognition.services.corrections import correction_create
from recognition.services.exports import FORMATS
from recognition.services.finding import transcriptions_found, with_beginnings
from recognition.services.models import model_names
from recognition.services.review_queue import expected_text, review_queue
from recognition.services.revisions import history_of
from recognition.services.transcriptions import transcription_delete
from recognition.services.waves import MOST_SHOWN, window_peaks
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
LOG_ROWS = 8
QUEUE_ROWS = 5
SHORT_WORDS = 12
FIRST_LINES = 150
FRAGMENTS = {"result": "recognition/_result.html", "heard": "recognition/_heard.html"}


class CorrectionForm(forms.Form):
    """What was said."""

    text = forms.CharField(max_length=LONGEST_TEXT, strip=True)
    began_from = forms.IntegerField(min_value=0, required=False)


def own(request: HttpRequest, transcription_id: UUID, *, without: tuple[str, ...] = ()) -> Transcription:
    """Return the caller's own row, or 404; columns it is taken `without` are read when they are asked for."""
    rows = Transcription.objects.visible_to(request.user).select_related("model_version__recognizer")
    return get_object_or_404(rows.defer(*without), pk=transcription_id)


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
    row = own(request, transcription_id)
    context = _shown(row, CorrectionForm())
    is_cut = row.status == Transcription.Status.DONE and "all" not in request.GET
    if is_cut and len(context["segments"]) > FIRST_LINES:
        context |= {"segments": context["segments"][:FIRST_LINES], "has_more": True}
    return render(request, "recognition/transcription_detail.html", context)


@require_safe
def transcription_lines(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Answer the lines of one revision behind those that the page has: hours come in two parts, the first at once."""
    row = own(request, transcription_id)
    form = LinesForm(request.GET)
    known = form.cleaned_data if form.is_valid() else {"after": 0, "shown": row.revision}
    history = history_of(row)
    lines = history.at(known["shown"])[known["after"] :]
    context = {"row": row, "segments": lines, "is_looked_at": history.is_looked_at}
    return render(request, "recognition/_segments.html", context)


def _detail(request: HttpRequest, row: Transcription, form: CorrectionForm, *, status: int = 200) -> HttpResponse:
    return render(request, "recognition/transcription_detail.html", _shown(row, form), status=status)


def _shown(row: Transcription, form: CorrectionForm) -> dict[str, Any]:
    """Return what the page of a recording shows."""
    history = history_of(row)
    segments = history.now
    waiting = review_queue(owner=row.owner)
    return {
        "answer": Answer(row),
        "row": row,
        "form": form,
        "text_rows": min(ROWS[1], max(ROWS[0], len(row.text) // LINE_CHARACTERS + 1)),
        **log_of(row),
        "formats": list(FORMATS.values()),
        "segments": segments,
        "shown_count": len(row.segments),
        "is_looked_at": history.is_looked_at,
        "is_short": sum(len(segment["words"]) for segment in segments) <= SHORT_WORDS,
        "has_player": bool(row.peaks),
        "queue": [(waits, expected_text(waits.expected_errors or 0.0)) for waits in waiting[:QUEUE_ROWS]],
        "queue_count": waiting.count(),
    }


def log_of(row: Transcription) -> dict[str, Any]:
    """Return the newest revisions of a row, and how many there are."""
    revisions = row.corrections.select_related("by").defer("change")
    return {"revisions": list(revisions[:LOG_ROWS]), "revision_count": revisions.count()}


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
    # The player asks for a part at every press: it must not wait for the text of hours.
    return audio_response(request, own(request, transcription_id, without=("segments", "peaks", "text", "heard_text")))


class LinesForm(forms.Form):
    """How many lines the page has, and of which revision."""

    after = forms.IntegerField(min_value=0)
    shown = forms.IntegerField(min_value=0)


class WindowForm(forms.Form):
    """A part of a recording in seconds, and how many peaks to draw it with."""

    start = forms.FloatField(min_value=0)
    end = forms.FloatField(min_value=0)
    count = forms.IntegerField(min_value=1, max_value=MOST_SHOWN)


@require_safe
def transcription_peaks(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Answer the wave of a part of the recording, 0 to 100 each."""
    row = own(request, transcription_id, without=("segments",))
    form = WindowForm(request.GET)
    if not form.is_valid() or not row.peaks:
        return JsonResponse({"peaks": []})
    return JsonResponse({"peaks": window_peaks(row, **form.cleaned_data)})


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
            kept = correction_create(transcription=row, by=user_of(request), **form.cleaned_data)
        except EngineError as refused:
            form.add_error("text", refused.message)
    if request.POST.get("as") == "result":
        context = {"answer": Answer(row), "form": form}
        return render(request, "recognition/_result.html", context, status=422 if form.errors else 200)
    if form.errors:
        return _detail(request, row, form, status=422)
    if kept.kind == kept.Kind.ASIDE:
        message = _("Somebody changed the same words meanwhile. Your text is kept as revision {number}, beside theirs.")
        messages.warning(request, message.format(number=kept.number))
    else:
        shown = Truncator(row.text).chars(SAID_CHARACTERS)
        messages.success(request, _("The text is now “{text}”. What was heard is kept below.").format(text=shown))
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
    told = _("“{title}” is deleted, with its recording and its revisions.").format(title=title)
    messages.success(request, told)
    return redirect("recognition:transcription-list")
