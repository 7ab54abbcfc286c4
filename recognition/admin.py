"""Recognition in the admin: staff see everything and change nothing that the product's rules guard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from recognition.models import AliasChange, Correction, LiveStream, ModelAlias, ModelVersion, Recognizer, Transcription
from recognition.services.transcriptions import transcription_delete
from speechsite.lib.look_only_admin import LookOnlyAdmin

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


@admin.register(Recognizer)
class RecognizerAdmin(LookOnlyAdmin):
    list_display = ("name", "owner", "kind", "language", "created_at")
    list_select_related = ("owner",)
    list_filter = ("kind",)
    search_fields = ("name", "owner__username")


@admin.register(ModelVersion)
class ModelVersionAdmin(LookOnlyAdmin):
    list_display = ("__str__", "owner_name", "size_bytes", "created_at")
    list_select_related = ("recognizer__owner",)
    search_fields = ("recognizer__name", "recognizer__owner__username")

    @admin.display(description="owner", ordering="recognizer__owner__username")
    def owner_name(self, version: ModelVersion) -> str:
        """Return whose version it is."""
        return version.recognizer.owner.get_username()


@admin.register(ModelAlias)
class ModelAliasAdmin(LookOnlyAdmin):
    list_display = ("__str__", "version")
    list_select_related = ("recognizer", "version__recognizer")


@admin.register(AliasChange)
class AliasChangeAdmin(LookOnlyAdmin):
    list_display = ("recognizer", "alias", "from_version", "to_version", "by", "reason", "created_at")
    list_select_related = ("recognizer", "from_version__recognizer", "to_version__recognizer", "by")


@admin.register(Transcription)
class TranscriptionAdmin(LookOnlyAdmin):
    list_display = ("id", "owner", "model_version", "status", "answer", "failure_code", "created_at")
    list_select_related = ("owner", "model_version__recognizer")
    list_filter = ("status", "answer", "origin", "failure_code")
    search_fields = ("id", "owner__username")
    exclude = ("peaks",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let staff delete a recording that has to go; its file goes too."""
        return bool(request.user.is_superuser)

    def delete_model(self, request: HttpRequest, obj: Transcription) -> None:
        """Delete the row and its audio."""
        transcription_delete(transcription=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Transcription]) -> None:
        """Delete rows and their audio."""
        for row in queryset:
            transcription_delete(transcription=row)


@admin.register(LiveStream)
class LiveStreamAdmin(LookOnlyAdmin):
    list_display = ("id", "owner", "settled", "attempt", "created_at")
    list_select_related = ("owner",)
    search_fields = ("id", "owner__username")


@admin.register(Correction)
class CorrectionAdmin(LookOnlyAdmin):
    list_display = ("transcription", "number", "by", "created_at")
    list_select_related = ("transcription", "by")
