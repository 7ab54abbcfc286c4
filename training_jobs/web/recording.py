"""The record page: words one after the other, straight into a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from recognition.models.recognizers import Kind
from training_jobs.forms.datasets import PromptTextForm, SentencesForm, WordsForm
from training_jobs.labels import NO_WORDS
from training_jobs.models import Clip, Dataset, Speaker
from training_jobs.services.clips import labels_of
from training_jobs.services.datasets import dataset_prompts_set
from training_jobs.services.findings import WORTH_TRAINING_CLIPS
from training_jobs.services.listening import WAITS
from training_jobs.services.overview import SECONDS_WORTH_TRAINING
from training_jobs.services.prompts import prompts_from_text
from training_jobs.services.speakers import CONSENT_TEXT
from training_jobs.web.datasets import dataset_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

TAKES_GOAL = 20


@require_GET
def dataset_record(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Show the studio, or ask for words where there are none yet."""
    dataset = dataset_of(request, dataset_id)
    words = words_of(dataset)
    if not words or "words" in request.GET:
        return prompts_page(request, dataset, [word["word"] for word in words])
    chosen = request.GET.get("label", "")
    is_sentences = dataset.kind == Kind.SENTENCES
    context = {
        "dataset": dataset,
        "words": words,
        "consent_text": CONSENT_TEXT,
        "studio": {
            "speakers": list(Speaker.objects.visible_to(request.user).values_list("name", flat=True)),
            "words": words,
            "kind": dataset.kind,
            "goal": 1 if is_sentences else TAKES_GOAL,
            "enough": 1 if is_sentences else WORTH_TRAINING_CLIPS,
            "isWorth": has_speech_worth_training(dataset) if is_sentences else None,
            "start": chosen if any(word["word"] == chosen for word in words) else "",
        },
    }
    return render(request, "datasets/record.html", context)


@require_POST
def dataset_prompts(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Set the words, or the sentences, to record."""
    dataset = dataset_of(request, dataset_id)
    form = form_for(dataset)(request.POST)
    if form.is_valid() and form.cleaned_data["words"]:
        dataset_prompts_set(dataset=dataset, prompts=form.cleaned_data["words"])
    else:
        messages.warning(
            request,
            _("There are no sentences yet. Type at least one.")
            if dataset.kind == Kind.SENTENCES
            else _("There are no words yet. Type at least one."),
        )
    return redirect("training_jobs:dataset-record", dataset_id)


@require_POST
def dataset_prompts_taken(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Take words or sentences from running text, and show them to be looked through before they are kept."""
    dataset = dataset_of(request, dataset_id)
    form = PromptTextForm(request.POST, request.FILES)
    if not form.is_valid():
        return prompts_page(request, dataset, dataset.prompts, text_form=form)
    found = prompts_from_text(form.cleaned_data["all"], kind=dataset.kind)
    new = [prompt for prompt in found if prompt not in dataset.prompts]
    messages.info(request, taken_sentence(len(new), is_sentences=dataset.kind == Kind.SENTENCES))
    return prompts_page(request, dataset, [*dataset.prompts, *new])


def taken_sentence(count: int, *, is_sentences: bool) -> str:
    """Say how many words or sentences were taken from a text."""
    if not count:
        return (
            _("No new sentences were found in the text. Nothing was changed.")
            if is_sentences
            else _("No new words were found in the text. Nothing was changed.")
        )
    if is_sentences:
        sentence = ngettext(
            "{count} sentences were taken from the text. Nothing is kept yet; look through the list, then record.",
            "{count} sentences were taken from the text. Nothing is kept yet; look through the list, then record.",
            count,
        )
    else:
        sentence = ngettext(
            "{count} words were taken from the text. Nothing is kept yet; look through the list, then record.",
            "{count} words were taken from the text. Nothing is kept yet; look through the list, then record.",
            count,
        )
    return sentence.format(count=count)


def prompts_page(
    request: HttpRequest, dataset: Dataset, prompts: Sequence[str], *, text_form: PromptTextForm | None = None
) -> HttpResponse:
    """Show the list of what to record, to be changed, and a place for text to take more from."""
    context = {
        "dataset": dataset,
        "form": form_for(dataset)(initial={"words": "\n".join(prompts)}),
        "text_form": text_form or PromptTextForm(),
    }
    return render(request, "datasets/words.html", context, status=422 if text_form else 200)


def form_for(dataset: Dataset) -> type[WordsForm | SentencesForm]:
    """Return the form that asks what to record."""
    return SentencesForm if dataset.kind == Kind.SENTENCES else WordsForm


def has_speech_worth_training(dataset: Dataset) -> bool:
    """Say whether there is enough speech for a first recogniser of sentences."""
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY)
    seconds: float = ready.aggregate(seconds=Sum("duration_seconds", default=0.0))["seconds"]
    return seconds >= SECONDS_WORTH_TRAINING


def words_of(dataset: Dataset) -> list[dict[str, Any]]:
    """Return the words to record with the takes there are: the dataset's list, or the labels it has.

    Sentences are those of the list alone: the transcripts there are have been read already.
    """
    is_sentences = dataset.kind == Kind.SENTENCES
    labels = [] if is_sentences else [label for label in labels_of(dataset) if label not in NO_WORDS]
    wanted = dataset.prompts or labels
    in_use = Q(status=Clip.Status.READY) | Q(status=Clip.Status.REJECTED, rejection_code=WAITS)
    ready = Clip.objects.filter(in_use, dataset=dataset).order_by()
    ready = ready.filter(text__in=wanted) if is_sentences else ready.labelled()
    takes = dict(ready.values_list("text").annotate(count=Count("status")))
    return [{"word": word, "takes": takes.get(word, 0)} for word in wanted]
