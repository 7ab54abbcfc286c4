"""`/datasets/ID/texts/`: words and sentences for the language model, added and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import thousands_text
from training_jobs.forms.language_texts import LanguageTextForm
from training_jobs.models import Dataset, LanguageText
from training_jobs.services.language_texts import language_text_create, language_text_delete

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
def dataset_texts(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Show the texts of a dataset and add one; what cannot be used is said beside the field."""
    dataset = get_object_or_404(Dataset.objects.visible_to(request.user), pk=dataset_id)
    form = LanguageTextForm(request.POST, request.FILES) if request.method == "POST" else LanguageTextForm()
    if request.method == "POST" and form.is_valid():
        added = _added(dataset, form)
        if added:
            sentence = _("“{name}” was added: {words} words in {lines} lines. The next training learns from it.")
            words, lines = thousands_text(added.words), thousands_text(added.lines)
            messages.success(request, sentence.format(name=added.name, words=words, lines=lines))
            return redirect("training_jobs:dataset-texts", dataset.pk)
    context = {"dataset": dataset, **texts_context(dataset, form)}
    return render(request, "datasets/texts.html", context, status=422 if form.errors else 200)


@require_POST
def text_remove(request: HttpRequest, text_id: UUID) -> HttpResponse:
    """Delete a text."""
    text = get_object_or_404(LanguageText.objects.visible_to(request.user), pk=text_id)
    language_text_delete(text=text)
    gone = _("“{name}” was deleted. Models that learned from it stay as they are.").format(name=text.name)
    messages.success(request, gone)
    return redirect("training_jobs:dataset-texts", text.dataset_id)


def texts_context(dataset: Dataset, form: LanguageTextForm | None = None) -> dict[str, Any]:
    """Return the texts of a dataset, and the form for one more."""
    texts = list(LanguageText.objects.filter(dataset=dataset))
    return {
        "language_texts": texts,
        "language_words": sum(text.words for text in texts),
        "text_form": form or LanguageTextForm(),
        "text_limit_bytes": settings.MAX_TEXT_BYTES,
    }


def _added(dataset: Dataset, form: LanguageTextForm) -> LanguageText | None:
    try:
        return language_text_create(dataset=dataset, name=form.given_name(), content=form.content())
    except ServiceError as refused:
        form.add_error("file" if form.cleaned_data["file"] else "text", refused.message)
        return None
