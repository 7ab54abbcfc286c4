"""The record page: words one after the other, straight into a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from training_jobs.forms.datasets import WordsForm
from training_jobs.models import Clip, Dataset
from training_jobs.services.clips import labels_of
from training_jobs.services.datasets import dataset_prompts_set
from training_jobs.services.findings import WORTH_TRAINING_CLIPS
from training_jobs.web.datasets import dataset_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

TAKES_GOAL = 20


@require_GET
def dataset_record(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Show the studio, or ask for words where there are none yet."""
    dataset = dataset_of(request, dataset_id)
    words = words_of(dataset)
    if not words or "words" in request.GET:
        form = WordsForm(initial={"words": "\n".join(word["word"] for word in words)})
        return render(request, "datasets/words.html", {"dataset": dataset, "form": form})
    chosen = request.GET.get("label", "")
    context = {
        "dataset": dataset,
        "words": words,
        "studio": {
            "words": words,
            "goal": TAKES_GOAL,
            "enough": WORTH_TRAINING_CLIPS,
            "start": chosen if any(word["word"] == chosen for word in words) else "",
        },
        "enough": WORTH_TRAINING_CLIPS,
        "goal": TAKES_GOAL,
    }
    return render(request, "datasets/record.html", context)


@require_POST
def dataset_prompts(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Set the words to record."""
    dataset = dataset_of(request, dataset_id)
    form = WordsForm(request.POST)
    if form.is_valid() and form.cleaned_data["words"]:
        dataset_prompts_set(dataset=dataset, prompts=form.cleaned_data["words"])
    else:
        messages.warning(request, "There are no words yet. Type at least one.")
    return redirect("training_jobs:dataset-record", dataset_id)


def words_of(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the words to record with the takes there are: the dataset's list, or the labels it has."""
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).order_by()
    takes = dict(ready.values_list("text").annotate(count=Count("pk")))
    return [{"word": word, "takes": takes.get(word, 0)} for word in dataset.prompts or labels_of(dataset)]
