"""Shapes of exports."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from speechsite.lib.serializers import FailureSerializer
from training_jobs.exporters import DEFAULT, LAYOUTS
from training_jobs.models import DatasetExport


class LeftOutSerializer(serializers.Serializer[Any]):
    clip = serializers.UUIDField()
    text = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ExportInput(serializers.Serializer[Any]):
    layout = serializers.ChoiceField(choices=[(one.name, one.title) for one in LAYOUTS], default=DEFAULT)


class ExportSerializer(serializers.ModelSerializer[DatasetExport]):
    dataset = serializers.UUIDField(source="dataset_id", read_only=True)
    clips = serializers.IntegerField(source="clips_done", read_only=True, help_text="Clips written so far")
    bytes = serializers.IntegerField(source="size_bytes", read_only=True)
    left_out = LeftOutSerializer(many=True, read_only=True, help_text="At most the first 500")
    file = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()

    class Meta:
        model = DatasetExport
        fields = (
            "id", "dataset", "layout", "status", "progress", "attempt", "clips", "clips_total", "clips_left_out",
            "left_out", "bytes", "file", "failure", "created_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_file(self, row: DatasetExport) -> str | None:
        """Return the address of the zip; nothing before it is done, and after a day."""
        return reverse("training_jobs_api:export-file", args=[row.pk]) if row.file else None

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, row: DatasetExport) -> dict[str, str] | None:
        """Return code and sentence of a failed export, else nothing."""
        return {"code": row.failure_code, "message": row.failure_message} if row.failure_code else None
