"""Clips on the dataset's page: the list, hearing one, correcting one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from recognition.engine.errors import EngineError
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.media import ranged_response
from speechsite.lib.pagination import page_of
from training_jobs.forms.datasets import ClipForm, first_problem
from training_jobs.models import Clip, Dataset
from training_jobs.services.clip_selection import ALL, NOBODY, ClipSelection, clips_selected
from training_jobs.services.clips import (
    clip_delete,
    clip_reject,
    clip_relabel,
    clip_restore,
    labels_of,
    speakers_of,
    verdict_of,
)

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

CLIPS_SHOWN = 25
CHOICES_SHOWN = 500
LONGEST_SAID = 80


@require_GET
def clip_list(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Return the table of clips that the filters ask for; without htmx the dataset's page shows it."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.user), pk=dataset_id)
    if not getattr(request, "htmx", False):
        query = request.GET.urlencode()
        address = redirect("training_jobs:dataset-detail", dataset_id)
        address["Location"] += f"?{query}#clips" if query else "#clips"
        return address
    return render(request, "datasets/_clips.html", {"dataset": dataset, **clips_context(request, dataset)})


def clips_context(request: HttpRequest, dataset: Dataset) -> dict[str, Any]:
    """Return the page of clips that the query string asks for, and what can be asked for."""
    asked = request.GET.dict()
    selection = ClipSelection.from_query(asked, status=Clip.Status.READY)
    if asked.get("status") == ALL:
        selection = ClipSelection.from_query(asked)
    clips = clips_selected(dataset, selection)
    query = request.GET.copy()
    query.pop("page", None)
    return {
        "clips": page_of(request, clips, size=CLIPS_SHOWN),
        "selection": selection,
        "status_asked": selection.status or ALL,
        # Sentences have no labels to choose from: each text is one of its own.
        "label_choices": [] if dataset.kind == Kind.SENTENCES else labels_of(dataset)[:CHOICES_SHOWN],
        "speaker_choices": speakers_of(dataset)[:CHOICES_SHOWN],
        "nobody": NOBODY,
        "query": query.urlencode(),
    }


@require_GET
def clip_audio(request: HttpRequest, clip_id: UUID) -> HttpResponseBase:
    """Play a clip; Range is answered."""
    clip = clip_of(request, clip_id)
    return ranged_response(request, clip.audio_path, content_type="audio/flac", filename=f"{clip.pk}.flac")


@require_GET
def clip_edit(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """Return the row of a clip as a form; without htmx, a page of its own."""
    clip = clip_of(request, clip_id)
    form = ClipForm(initial={"text": clip.text, "speaker": clip.speaker})
    template = "datasets/_clip_edit.html" if getattr(request, "htmx", False) else "datasets/clip.html"
    return render(request, template, {"clip": clip, "dataset": clip.dataset, "form": form, "verdict": verdict_of(clip)})


@require_GET
def clip_row(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """Return the row of a clip as it is."""
    return answer(request, clip_of(request, clip_id))


@require_POST
def relabel(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """Correct what a clip says and who says it."""
    clip = clip_of(request, clip_id)
    form = ClipForm(request.POST)
    try:
        if form.is_valid():
            clip = clip_relabel(clip=clip, **form.cleaned_data)
    except (EngineError, ServiceError) as failure:
        form.add_error("text", failure.message)
    if form.errors and getattr(request, "htmx", False):
        return render(
            request, "datasets/_clip_edit.html", {"clip": clip, "dataset": clip.dataset, "form": form}, status=422
        )
    if form.errors:
        messages.error(request, first_problem(form))
    return answer(request, clip)


@require_POST
def reject(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """Leave a clip out of training."""
    return answer(request, clip_reject(clip=clip_of(request, clip_id)))


@require_POST
def restore(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """Take a rejected clip back in."""
    return answer(request, clip_restore(clip=clip_of(request, clip_id)))


@require_POST
def remove(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """Delete a clip."""
    clip = clip_of(request, clip_id)
    clip_delete(clip=clip)
    if getattr(request, "htmx", False):
        return HttpResponse()
    messages.success(
        request, _("A clip of “{text}” was deleted.").format(text=Truncator(clip.text).chars(LONGEST_SAID))
    )
    return redirect("training_jobs:dataset-detail", clip.dataset_id)


def answer(request: HttpRequest, clip: Clip) -> HttpResponse:
    """Show the clip's row again, or the page it is on."""
    if getattr(request, "htmx", False):
        return render(request, "datasets/_clip.html", {"clip": clip, "dataset": clip.dataset})
    return redirect("training_jobs:dataset-detail", clip.dataset_id)


def clip_of(request: HttpRequest, clip_id: UUID) -> Clip:
    """Return one of this user's clips, or answer 404."""
    return get_object_or_404(Clip.objects.visible_to(request.user).select_related("dataset"), pk=clip_id)
