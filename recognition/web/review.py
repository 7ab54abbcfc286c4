"""The review desk's acts on `/transcriptions/{id}/`: saves, undo, revisions, approval, and the wave from near."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from recognition.exchange import user_of
from recognition.services import segment_edits as edits
from recognition.services.differences import ChangedLine, changed_lines
from recognition.services.review_queue import review_queue
from recognition.services.revisions import (
    History,
    Saved,
    history_of,
    revision_restore,
    revision_save,
    revision_undo,
    transcript_approve,
)
from recognition.services.splices import Splice, changes
from recognition.web.answers import Answer
from recognition.web.transcriptions import LONGEST_TEXT, log_of, own
from speechsite.lib.errors import ServiceError
from speechsite.lib.pagination import page_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from recognition.models import Transcription
    from recognition.services.segment_edits import Segment

SAID_CHARACTERS = 60
LOG_PAGE = 50
UNREADABLE = gettext_lazy("The change could not be read. Nothing was changed; reload the page and make it again.")


class ReviseForm(forms.Form):
    """One act on the segments. `began_from` is the revision it was made on, `shown` the one the page shows."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("line", "word", "split", "join", "nudge", "undo")])
    began_from = forms.IntegerField(min_value=0)
    shown = forms.IntegerField(min_value=0)
    at = forms.IntegerField(min_value=0, required=False)
    place = forms.IntegerField(min_value=0, required=False)
    text = forms.CharField(max_length=LONGEST_TEXT, required=False, strip=False)
    edge = forms.ChoiceField(choices=[("start", "start"), ("end", "end")], required=False)
    seconds = forms.FloatField(min_value=-60, max_value=60, required=False)
    number = forms.IntegerField(min_value=1, required=False)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Return what the page asks for. Raises ServiceError revision_unreadable."""
    try:
        sent = json.loads(request.body)
    except ValueError as refused:
        raise ServiceError("revision_unreadable", str(UNREADABLE)) from refused
    form = ReviseForm(sent if isinstance(sent, dict) else {})
    if not form.is_valid():
        raise ServiceError("revision_unreadable", str(UNREADABLE), detail=form.errors.as_json())
    asked: dict[str, Any] = form.cleaned_data
    return asked


def _edited(segments: Sequence[Segment], *, asked: dict[str, Any], duration: float) -> list[Segment]:
    """Do one act on the segments. Raises ServiceError line_unknown where the line is not there."""
    at, place = asked["at"] or 0, asked["place"] or 0
    if at >= len(segments):
        raise ServiceError("line_unknown", _("There is no such line any more. Nothing was changed; reload the page."))
    if asked["act"] == "line":
        return edits.line_rewritten(segments, at, asked["text"], duration=duration)
    if asked["act"] == "word":
        return edits.word_rewritten(segments, at, place, asked["text"], duration=duration)
    if asked["act"] == "split":
        return edits.split(segments, at, place)
    if asked["act"] == "join":
        return edits.joined(segments, at)
    return edits.nudged(segments, at, asked["edge"] or "start", asked["seconds"] or 0.0, duration=duration)


def transcription_revise(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """POST one act and get what changed on the page since it was drawn; GET tells what others changed since."""
    if request.method == "POST":
        return _revise(request, own(request, transcription_id, without=("segments", "peaks")))
    row = own(request, transcription_id)
    shown = request.GET.get("shown", "")
    return JsonResponse(_news(history_of(row), int(shown) if shown.isdecimal() else 0))


def _revise(request: HttpRequest, row: Transcription) -> HttpResponse:
    asked, by = _asked(request), user_of(request)
    if asked["act"] == "undo":
        saved = revision_undo(transcription=row, by=by, number=asked["number"] or 0)
    else:
        edit = partial(_edited, asked=asked, duration=row.duration_seconds)
        saved = revision_save(transcription=row, by=by, began_from=asked["began_from"], edit=edit)
    told = {
        **_news(saved.history, asked["shown"]),
        "number": saved.correction.number if saved.correction else None,
        "aside": _aside(saved) if saved.is_aside else None,
    }
    return JsonResponse(told, status=409 if saved.is_aside else 200)


def _news(history: History, shown: int) -> dict[str, Any]:
    """Return the newest revision's number, and what of the page is not true any more."""
    row = history.row
    found = changes(history.at(shown), history.now)
    return {
        "revision": history.newest,
        "changes": [
            {"at": splice.at, "count": splice.count, "html": _drawn(row, splice.segments, history)} for splice in found
        ],
        "log": render_to_string("recognition/_log.html", {"row": row, "answer": Answer(row), **log_of(row)}),
    }


def _drawn(row: Transcription, segments: Sequence[Segment], history: History) -> str:
    context = {"row": row, "segments": segments, "is_looked_at": history.is_looked_at}
    return render_to_string("recognition/_segments.html", context)


def _aside(saved: Saved) -> dict[str, Any]:
    """Return both texts where a save was set aside: what was written, what stands there now, and in which line."""
    assert saved.correction is not None  # noqa: S101 - only a save that was kept is set aside
    splice = Splice(**(saved.correction.change or {}))
    mine = splice.segments or saved.history.at(saved.correction.began_from)[splice.at : splice.at + splice.count]
    start, end = mine[0]["start"], mine[-1]["end"]
    now = saved.history.now
    touched = [at for at, segment in enumerate(now) if segment["start"] < end and start < segment["end"]]
    return {
        "number": saved.correction.number,
        "mine": edits.text_of(splice.segments),
        "theirs": edits.text_of(now[at] for at in touched),
        "at": touched[0] if touched else 0,
        "is_one_line": len(touched) == 1,
    }


@require_POST
def transcription_approve(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Approve the text and open the next one that waits."""
    row = own(request, transcription_id)
    transcript_approve(transcription=row, by=user_of(request))
    title = Truncator(row.source_name or row.text or Answer(row).title).chars(SAID_CHARACTERS)
    following = review_queue(owner=user_of(request)).first()
    if following is None:
        messages.success(request, _("“{title}” is approved. Nothing else waits for a look.").format(title=title))
        return redirect("recognition:transcription-list")
    messages.success(request, _("“{title}” is approved. This is the next one.").format(title=title))
    return redirect("recognition:transcription-detail", following.pk)


@require_safe
def revision_list(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """List all revisions, the newest first."""
    row = own(request, transcription_id)
    page = page_of(request, row.corrections.select_related("by").defer("change"), size=LOG_PAGE)
    revisions = list(page.object_list)
    context = {"row": row, "page": page, "revisions": revisions, "revision_count": len(revisions)}
    return render(request, "recognition/revision_list.html", {**context, "answer": Answer(row)})


@require_safe
def revision_detail(request: HttpRequest, transcription_id: UUID, number: int) -> HttpResponse:
    """Show what one revision changed; 0 is what was heard, against the newest text."""
    row = own(request, transcription_id)
    history = history_of(row)
    if not number:
        return _revision(request, row, number, changed_lines(history.now, history.at(0)))
    revision = get_object_or_404(row.corrections, number=number)
    if revision.kind == revision.Kind.ASIDE:
        base = history.at(revision.began_from)
        lines = changed_lines(base, Splice(**(revision.change or {})).applied(base))
        return _revision(request, row, number, lines, is_aside=True)
    before = max((known.number for known in history.revisions if known.number < number), default=0)
    return _revision(request, row, number, changed_lines(history.at(before), history.at(number)))


def _revision(
    request: HttpRequest, row: Transcription, number: int, lines: list[ChangedLine], *, is_aside: bool = False
) -> HttpResponse:
    context = {"row": row, "number": number, "lines": lines, "is_aside": is_aside}
    return render(request, "recognition/_revision.html", context)


@require_POST
def revision_bring_back(request: HttpRequest, transcription_id: UUID, number: int) -> HttpResponse:
    """Bring the text of a revision back."""
    row = own(request, transcription_id)
    saved = revision_restore(transcription=row, by=user_of(request), number=number)
    what = _("The text is revision {number} again.") if number else _("The text is what was heard again.")
    kept = _("The texts in between stay in the history.") if saved.correction else _("It was there already.")
    messages.success(request, f"{what.format(number=number)} {kept}")
    return redirect("recognition:transcription-detail", row.pk)
