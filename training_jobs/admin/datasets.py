"""Datasets in the admin: staff look at everything; rows are made and changed on the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from speechsite.lib.look_only_admin import LookOnlyAdmin
from training_jobs.models import (
    Clip,
    ClipVote,
    CorrectionUse,
    Dataset,
    DatasetExport,
    DatasetImport,
    ImportProblem,
    LanguageText,
    Speaker,
)
from training_jobs.services.datasets import dataset_delete

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


@admin.register(Dataset)
class DatasetAdmin(LookOnlyAdmin):
    list_display = ("name", "owner", "kind", "language", "is_sample", "created_at")
    list_select_related = ("owner",)
    list_filter = ("kind", "is_sample")
    search_fields = ("id", "name", "owner__username")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Allow what Django's own permission allows: somebody may ask for their recordings to be deleted."""
        return bool(request.user.has_perm("training_jobs.delete_dataset"))

    def delete_model(self, request: HttpRequest, obj: Dataset) -> None:
        """Delete by the service, so that the sound goes too."""
        dataset_delete(dataset=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        """Delete each by the service, so that the sound goes too."""
        for dataset in queryset:
            dataset_delete(dataset=dataset)


@admin.register(Clip)
class ClipAdmin(LookOnlyAdmin):
    list_display = (
        "text",
        "speaker",
        "dataset",
        "status",
        "rejection_code",
        "origin",
        "duration_seconds",
        "created_at",
    )
    list_select_related = ("dataset",)
    list_filter = ("status", "rejection_code", "origin")
    search_fields = ("id", "dataset__id", "dataset__name", "sha256")


@admin.register(DatasetImport)
class DatasetImportAdmin(LookOnlyAdmin):
    list_display = ("source_name", "owner", "dataset", "status", "layout", "clips_kept", "failure_code", "created_at")
    list_select_related = ("owner", "dataset")
    list_filter = ("status", "layout", "failure_code")
    search_fields = ("id", "source_name", "owner__username")


@admin.register(DatasetExport)
class DatasetExportAdmin(LookOnlyAdmin):
    list_display = ("dataset", "owner", "layout", "status", "clips_done", "size_bytes", "failure_code", "created_at")
    list_select_related = ("owner", "dataset")
    list_filter = ("status", "layout", "failure_code")
    search_fields = ("id", "dataset__name", "owner__username")


@admin.register(ImportProblem)
class ImportProblemAdmin(LookOnlyAdmin):
    list_display = ("file", "line", "code", "message", "is_kept")
    list_filter = ("code", "is_kept")
    search_fields = ("dataset_import__id", "file")


@admin.register(CorrectionUse)
class CorrectionUseAdmin(LookOnlyAdmin):
    list_display = ("correction", "dataset", "left_out_code", "created_at")
    list_select_related = ("correction", "dataset")
    list_filter = ("left_out_code",)


@admin.register(LanguageText)
class LanguageTextAdmin(LookOnlyAdmin):
    list_display = ("name", "dataset", "lines", "words", "created_at")
    list_select_related = ("dataset",)
    search_fields = ("id", "name")


@admin.register(ClipVote)
class ClipVoteAdmin(LookOnlyAdmin):
    list_display = ("clip", "listener", "is_good", "made_at")
    list_select_related = ("clip",)
    search_fields = ("listener", "clip__id")


@admin.register(Speaker)
class SpeakerAdmin(LookOnlyAdmin):
    list_display = ("name", "owner", "consented_at")
    list_select_related = ("owner",)
    search_fields = ("id", "name")
