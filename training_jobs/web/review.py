"""What the review desk gives to datasets: a recording or a line as clips, and the training that learns from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.models import Transcription
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import thousands_text
from training_jobs.models import Clip, Dataset
from training_jobs.services.corrections import corrections_waiting
from training_jobs.services.overview import CORRECTIONS_WORTH_TRAINING
from training_jobs.services.transcript_clips import clips_of, pieces_of, transcript_take

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from training_jobs.services.transcript_clips import Taken


class UseForm(forms.Form):
    """Where to, and which line; without one the whole recording."""

    dataset = forms.UUIDField()
    line = forms.IntegerField(min_value=0, required=False)


@dataclass(frozen=True)
class Said:
    """What came of a press: the look of its notice, and the sentence."""

    look: str
    sentence: str


def transcription_use(request: HttpRequest, transcription_id: UUID) -> HttpResponse:
    """Show where a recording may go and what waits; POST adds it, or one of its lines."""
    user = cast("User", request.user)
    rows = Transcription.objects.visible_to(user).select_related("model_version__recognizer")
    row = get_object_or_404(rows, pk=transcription_id)
    if request.method != "POST":
        return render(request, "datasets/_use.html", _shown(user, row, _usual_dataset(user, row), None))
    form = UseForm(request.POST)
    if not form.is_valid():
        said = Said("warn", _("No dataset was named. Nothing was added; choose one."))
        return render(request, "datasets/_use.html", _shown(user, row, _usual_dataset(user, row), said), status=422)
    dataset = get_object_or_404(Dataset.objects.visible_to(user), pk=form.cleaned_data["dataset"])
    said = _taken(user, row, dataset, form.cleaned_data["line"])
    if request.htmx:  # type: ignore[attr-defined] # set by the htmx middleware
        return render(request, "datasets/_use.html", _shown(user, row, dataset, said))
    messages.add_message(request, messages.SUCCESS if said.look == "good" else messages.WARNING, said.sentence)
    return redirect("recognition:transcription-detail", row.pk)


def _taken(user: User, row: Transcription, dataset: Dataset, line: int | None) -> Said:
    try:
        taken = transcript_take(transcription=row, dataset=dataset, by=user, line=line)
    except ServiceError as refused:
        return Said("warn", refused.message)
    return _told(taken, dataset)


def _told(taken: Taken, dataset: Dataset) -> Said:
    parts = []
    if taken.added:
        went = ngettext("{count} clip went into {dataset}.", "{count} clips went into {dataset}.", taken.added)
        parts.append(went.format(count=thousands_text(taken.added), dataset=dataset.name))
    if taken.unchanged:
        there = ngettext("{count} clip was there already.", "{count} clips were there already.", taken.unchanged)
        parts.append(there.format(count=thousands_text(taken.unchanged)))
    if taken.left_out:
        count = len(taken.left_out)
        stayed = ngettext("{count} piece stayed out: {reason}", "{count} pieces stayed out: {reason}", count)
        parts.append(stayed.format(count=thousands_text(count), reason=taken.left_out[0]))
    return Said("warn" if taken.left_out else "good", " ".join(parts))


def _usual_dataset(user: User, row: Transcription) -> Dataset | None:
    """Return the dataset the recording went to last, else the one its model learned from, else the newest that fits."""
    last = clips_of(row).select_related("dataset").order_by("-created_at").first()
    if last:
        return last.dataset
    fitting = Dataset.objects.visible_to(user).filter(kind=row.model_version.recognizer.kind)
    learned_from = fitting.filter(name=row.model_version.lineage.get("dataset_name", "")).first()
    return learned_from or fitting.order_by("-created_at", "-id").first()


def _shown(user: User, row: Transcription, dataset: Dataset | None, said: Said | None) -> dict[str, Any]:
    name = row.model_version.recognizer.name
    used = Clip.objects.filter(transcription=row).values("dataset_id", "dataset__name")
    context: dict[str, Any] = {
        "row": row,
        "dataset": dataset,
        "datasets": Dataset.objects.visible_to(user).order_by("name"),
        "recognizer": name,
        "used": list(used.annotate(clips=Count("pk")).order_by("dataset__name")),
        "said": said,
        "worth_training": CORRECTIONS_WORTH_TRAINING,
    }
    if dataset:
        context["waiting"] = _waiting(user, name, dataset)
        context["pieces"] = _pieces(row, dataset)
    return context


def _waiting(user: User, name: str, dataset: Dataset) -> int:
    """Return how many corrections a training could learn from that no version has learned yet."""
    last = dataset.training_jobs.filter(recognizer_name=name, status="succeeded").order_by("-created_at").first()
    clips = dataset.clips.filter(origin=Clip.Origin.CORRECTION, status=Clip.Status.READY)
    new = clips.filter(created_at__gt=last.created_at) if last else clips
    return new.count() + corrections_waiting(user=user, recognizer_name=name, dataset=dataset).count()


def _pieces(row: Transcription, dataset: Dataset) -> str:
    """Say how many clips the whole recording would be."""
    pieces = pieces_of(row, kind=dataset.kind)
    if len(pieces) == 1 and pieces[0].place is None:
        return _("1 clip, the whole recording")
    count = len(pieces)
    many = (
        ngettext("{count} word", "{count} words", count)
        if dataset.kind == Kind.WORDS
        else ngettext("{count} line", "{count} lines", count)
    )
    return many.format(count=thousands_text(count))
