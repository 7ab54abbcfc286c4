"""Pages of datasets: the list, a new one, one with its composition, upload."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError, wants_json
from speechsite.lib.pagination import page_of
from speechsite.uploads.services.uploads import check_size, uploads_waiting
from training_jobs.dispatch.imports import submit_import, submit_sample_import, submit_uploaded_import
from training_jobs.forms.datasets import NewDatasetForm, RenameForm, UploadForm, first_problem
from training_jobs.models import Dataset, DatasetImport
from training_jobs.services.composition import composition
from training_jobs.services.dataset_figures import datasets_with_figures
from training_jobs.services.datasets import (
    dataset_create,
    dataset_delete,
    dataset_describe,
    dataset_free_name,
)
from training_jobs.services.findings import findings
from training_jobs.services.listening import waiting
from training_jobs.services.sentence_composition import characters_of, sentence_composition
from training_jobs.services.sentence_findings import sentence_findings
from training_jobs.services.text_rules import text_rules_of
from training_jobs.web.clips import clips_context
from training_jobs.web.imports import problems_of
from training_jobs.web.language_texts import texts_context

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

    from training_jobs.services.composition import Composition

ARCHIVE_ENDINGS = (".tar.gz", ".tgz", ".tar", ".zip")


@require_GET
def dataset_list(request: HttpRequest) -> HttpResponse:
    """Show this user's datasets, newest first."""
    return render(
        request,
        "datasets/list.html",
        {"page": page_of(request, datasets_with_figures(request.user)), **_upload_context(request)},
    )


@require_http_methods(["GET", "POST"])
def dataset_new(request: HttpRequest) -> HttpResponse:
    """Make a dataset: of words or sentences to record, or out of an archive."""
    if request.method == "POST" and (request.FILES or "upload" in request.POST):
        return _taken(request, _new_from_archive(request))
    form = NewDatasetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            dataset = dataset_create(
                owner=owner_of(request),
                name=values["name"],
                kind=values["kind"],
                language=values["language"],
                prompts=values["words"],
            )
        except ServiceError as failure:
            form.add_error("words" if failure.code == "prompts" else "name", failure.message)
        else:
            return redirect("training_jobs:dataset-record", dataset.pk)
    context = {"form": form, **_upload_context(request)}
    return render(request, "datasets/new.html", context, status=422 if form.errors else 200)


@require_POST
def dataset_sample(request: HttpRequest) -> HttpResponse:
    """Add the sample dataset."""
    return redirect("training_jobs:import-detail", submit_sample_import(owner=owner_of(request)).pk)


@require_GET
def dataset_detail(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Show what a dataset is made of, what its last import found, and its clips."""
    dataset = dataset_of(request, dataset_id)
    made_of = composition(dataset)
    last_import = dataset.imports.exclude(status=DatasetImport.Status.DISCARDED).first()
    is_last_settled = last_import and last_import.status in DatasetImport.FINAL
    context = {
        "dataset": dataset,
        "made_of": made_of,
        **kind_context(dataset, made_of),
        "last_import": last_import,
        "open_imports": [
            *dataset.imports.exclude(status__in=DatasetImport.FINAL),
            *([last_import] if is_last_settled else []),
        ],
        "problems": problems_of(last_import) if last_import and is_last_settled else None,
        "waiting_for_listener": waiting(dataset).count(),
        "snapshot": dataset.snapshots.filter(status="ready").first(),
        "rename_form": RenameForm(initial={"name": dataset.name, "language": dataset.language}),
        **clips_context(request, dataset),
    }
    return render(request, "datasets/detail.html", context)


def kind_context(dataset: Dataset, made_of: Composition) -> dict[str, Any]:
    """Return what only one kind of dataset shows: its findings; for sentences their charts and texts as well."""
    if dataset.kind != Kind.SENTENCES:
        return {"findings": findings(dataset, made_of)}
    shown = {"findings": sentence_findings(dataset, made_of), "sentences": sentence_composition(dataset)}
    return {**shown, **texts_context(dataset)}


@require_GET
def dataset_characters(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Count the characters of the transcripts; without htmx the dataset's page shows the rest."""
    dataset = dataset_of(request, dataset_id)
    if not getattr(request, "htmx", False):
        return redirect("training_jobs:dataset-detail", dataset_id)
    context = {"dataset": dataset, "characters": characters_of(dataset), "rules": text_rules_of(dataset)}
    return render(request, "datasets/_characters.html", context)


@require_POST
def dataset_rename(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Change a dataset's name and language."""
    dataset = dataset_of(request, dataset_id)
    form = RenameForm(request.POST)
    if form.is_valid():
        dataset_describe(dataset=dataset, **form.cleaned_data)
        messages.success(request, _("It is called “{name}” now.").format(name=dataset.name))
    else:
        messages.error(request, _("{problem} The old name stays.").format(problem=first_problem(form)))
    return redirect("training_jobs:dataset-detail", dataset_id)


@require_POST
def dataset_remove(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Delete a dataset with its clips."""
    dataset = dataset_of(request, dataset_id)
    dataset_delete(dataset=dataset)
    gone = _("“{name}” and its clips were deleted. Models trained on it stay.").format(name=dataset.name)
    messages.success(request, gone)
    return redirect("training_jobs:dataset-list")


@require_http_methods(["GET", "POST"])
def dataset_upload(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Take an archive into a dataset, then show its import."""
    dataset = dataset_of(request, dataset_id)
    if request.method == "POST":
        return _taken(request, _received(request, lambda _: dataset))
    context = {"dataset": dataset, "form": UploadForm(), **_upload_context(request)}
    return render(request, "datasets/upload.html", context)


def _new_from_archive(request: HttpRequest) -> DatasetImport:
    """Make a dataset named after the archive, unless a name is given."""
    owner = owner_of(request)

    def made(archive: str) -> Dataset:
        name = request.POST.get("name", "").strip() or archive_stem(archive)
        return dataset_create(owner=owner, name=dataset_free_name(owner=owner, wanted=name))

    return _received(request, made, is_new=True)


def _received(request: HttpRequest, dataset: Callable[[str], Dataset], *, is_new: bool = False) -> DatasetImport:
    """Take an upload that is looked at first, and kept when its owner says so; `dataset` is told the archive's name."""
    check_size(int(request.META.get("CONTENT_LENGTH") or 0))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        missing = _("{problem} Nothing was kept; choose a zip, tar or tar.gz.").format(problem=first_problem(form))
        raise ServiceError("upload_missing", missing)
    values: dict[str, Any] = form.cleaned_data
    owner = owner_of(request)
    wanted = {"layout": values["layout"], "is_check_wanted": True, "is_dataset_made_for_it": is_new}
    if values["upload"]:
        return submit_uploaded_import(
            owner=owner, upload_id=values["upload"], sha256=values["sha256"], dataset=dataset, **wanted
        )
    file = values["file"]
    # Without its archive a new dataset would be nothing anybody asked for: both, or neither.
    with transaction.atomic():
        return submit_import(dataset=dataset(file.name), owner=owner, file=file, **wanted)


def _taken(request: HttpRequest, row: DatasetImport) -> HttpResponse:
    """Lead to the import; a script is told where it is, where the dataset is, and where more for it may go."""
    page = reverse("training_jobs:import-detail", args=[row.pk])
    if not wants_json(request):
        return redirect(page)
    dataset = reverse("training_jobs:dataset-detail", args=[row.dataset_id])
    more = reverse("training_jobs:dataset-upload", args=[row.dataset_id])
    return JsonResponse({"import": page, "dataset": dataset, "upload_more": more})


def _upload_context(request: HttpRequest) -> dict[str, Any]:
    """Return what a place to drop files on shows."""
    return {"limit_bytes": settings.MAX_UPLOAD_BYTES, "waiting_uploads": uploads_waiting(owner_of(request))}


def archive_stem(name: str) -> str:
    """Return `field march` for `field_march.tar.gz`."""
    plain = PurePath(name).name
    ending = next((ending for ending in ARCHIVE_ENDINGS if plain.lower().endswith(ending)), "")
    return plain.removesuffix(plain[len(plain) - len(ending) :] if ending else "").replace("_", " ").strip()


def dataset_of(request: HttpRequest, dataset_id: UUID) -> Dataset:
    """Return one of this user's datasets, or answer 404."""
    return get_object_or_404(Dataset.objects.visible_to(request.user), pk=dataset_id)


def owner_of(request: HttpRequest) -> User:
    """Return who is logged in; the login middleware lets nobody else through."""
    return cast("User", request.user)
