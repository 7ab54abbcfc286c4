"""The page of the second listening: one clip after the other, good or bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from training_jobs.services.listening import clips_to_hear, listening_set, waiting
from training_jobs.web.datasets import dataset_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_GET
def dataset_listen(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Show the clips that wait for a listener, or ask who listens."""
    dataset = dataset_of(request, dataset_id)
    listener = request.GET.get("listener", "").strip()
    clips = clips_to_hear(dataset=dataset, listener=listener) if listener else []
    context = {
        "dataset": dataset,
        "listener": listener,
        "waiting": waiting(dataset).count(),
        "clips": [
            {
                "text": clip.text,
                "audio": reverse("training_jobs:clip-audio", args=[clip.pk]),
                "votes": reverse("training_jobs_api:clip-votes", args=[clip.pk]),
            }
            for clip in clips
        ],
    }
    return render(request, "datasets/listen.html", context)


@require_POST
def dataset_listening(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Want a second listening, or no longer."""
    dataset = dataset_of(request, dataset_id)
    is_wanted = request.POST.get("is_wanted") == "yes"
    listening_set(dataset=dataset, is_wanted=is_wanted)
    messages.success(
        request,
        _("New takes wait until somebody else has listened.") if is_wanted else _("New takes are used at once again."),
    )
    return redirect("training_jobs:dataset-detail", dataset_id)
