"""Shapes of datasets, imports and clips."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.models.recognizers import Kind
from training_jobs.labels import LONGEST_LABEL
from training_jobs.models import Clip, Dataset, DatasetImport, ImportProblem
from training_jobs.services.datasets import (
    LONGEST_LANGUAGE,
    LONGEST_NAME,
    LONGEST_TRANSCRIPT,
)
from training_jobs.services.import_decision import report_now
from training_jobs.services.imports import layouts
from training_jobs.services.sentences import rejection_sentence

LAYOUT_CHOICES = list(layouts().items())
PROMPTS_HELP = "Words the record page asks for"


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    clips = serializers.IntegerField(source="clip_count", read_only=True, help_text="Clips in use")
    rejected = serializers.IntegerField(source="rejected_count", read_only=True)
    duration_seconds = serializers.FloatField(source="seconds", read_only=True)
    labels = serializers.IntegerField(source="label_count", read_only=True)
    speakers = serializers.IntegerField(source="speaker_count", read_only=True)

    class Meta:
        model = Dataset
        fields = (
            "id", "name", "kind", "language", "is_sample", "prompts", "clips", "rejected", "duration_seconds",
            "labels", "speakers", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class DatasetInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST_NAME)
    kind = serializers.ChoiceField(choices=Kind.choices, default=Kind.WORDS)
    language = serializers.CharField(max_length=LONGEST_LANGUAGE, required=False, default="", allow_blank=True)
    prompts = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_LABEL), required=False, default=list, help_text=PROMPTS_HELP
    )


class DatasetChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    language = serializers.CharField(max_length=LONGEST_LANGUAGE, required=False, allow_blank=True)
    prompts = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_LABEL), required=False, help_text=PROMPTS_HELP
    )


class ImportSerializer(serializers.ModelSerializer[DatasetImport]):
    dataset = serializers.UUIDField(source="dataset_id", read_only=True)
    clips = serializers.IntegerField(source="clips_kept", read_only=True, help_text="Clips kept for use")
    rejected = serializers.IntegerField(source="clips_rejected", read_only=True)
    dry_run = serializers.BooleanField(
        source="is_check_wanted", read_only=True, help_text="Nothing is kept until the import is accepted"
    )
    failure = serializers.SerializerMethodField()

    class Meta:
        model = DatasetImport
        fields = (
            "id", "dataset", "status", "source_name", "layout", "layout_reason", "rows_total", "rows_done", "clips",
            "rejected", "duplicates", "progress", "attempt", "failure", "dry_run", "options", "created_at",
            "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_failure(self, row: DatasetImport) -> dict[str, str] | None:
        """Return code and sentence of a failed import, else nothing."""
        return {"code": row.failure_code, "message": row.failure_message} if row.failure_code else None


class ImportDetailSerializer(ImportSerializer):
    report = serializers.SerializerMethodField()

    class Meta:
        model = DatasetImport
        fields = (*ImportSerializer.Meta.fields, "report")
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(help_text="What the dry run found; empty before and without one"))
    def get_report(self, row: DatasetImport) -> dict[str, Any]:
        """Return the report with the answers given since."""
        return report_now(row)


OPTIONS_HELP = (
    "columns (an object: audio, text, speaker, split, start, end, duration to the names of columns), tier, pieces, "
    "kind (words or sentences, for an empty dataset), rules (case, punctuation, digits, vowel_marks)"
)


@extend_schema_field(OpenApiTypes.OBJECT)
class OptionsField(serializers.JSONField):
    """An object; in a multipart form it is written as JSON."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the object. Anything else is refused."""
        value = super().to_internal_value(data)
        if not isinstance(value, dict):
            raise serializers.ValidationError(_("Write options as one JSON object."))
        return value


class ImportInput(serializers.Serializer[Any]):
    file = serializers.FileField(required=False, help_text="A zip, tar or tar.gz archive")
    upload = serializers.UUIDField(required=False, help_text="Instead of a file: a resumable upload that is whole")
    sha256 = serializers.RegexField(
        r"^[0-9a-fA-F]{64}$", required=False, help_text="Of the whole upload; it is refused where that does not fit"
    )
    layout = serializers.ChoiceField(choices=LAYOUT_CHOICES, default="auto")
    dry_run = serializers.BooleanField(
        default=False, help_text="Look at all of it, keep nothing, and wait for accept or discard"
    )
    options = OptionsField(required=False, default=dict, help_text=OPTIONS_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of both."""
        if ("file" in attrs) == ("upload" in attrs):
            raise serializers.ValidationError({"file": [_("Send a file, or name an upload: one of both.")]})
        return attrs


class ImportAnswers(serializers.Serializer[Any]):
    layout = serializers.ChoiceField(choices=LAYOUT_CHOICES, required=False)
    options = OptionsField(required=False, help_text=OPTIONS_HELP)


class ImportProblemSerializer(serializers.ModelSerializer[ImportProblem]):
    clip = serializers.UUIDField(source="clip_id", read_only=True, allow_null=True)

    class Meta:
        model = ImportProblem
        fields = ("file", "line", "code", "message", "is_kept", "clip")
        read_only_fields = fields


class ClipSerializer(serializers.ModelSerializer[Clip]):
    dataset = serializers.UUIDField(source="dataset_id", read_only=True)
    rejection = serializers.SerializerMethodField()
    audio = serializers.SerializerMethodField()

    class Meta:
        model = Clip
        fields = (
            "id", "dataset", "text", "speaker", "split", "origin", "status", "rejection", "warnings", "source_name",
            "source_sample_rate_hz", "duration_seconds", "rms_dbfs", "peak_dbfs", "clipped_fraction",
            "silence_fraction", "bandwidth_hz", "sha256", "peaks", "audio", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ReasonSerializer(allow_null=True))
    def get_rejection(self, clip: Clip) -> dict[str, str] | None:
        """Return code and sentence of a rejected clip, else nothing."""
        if not clip.rejection_code:
            return None
        return {"code": clip.rejection_code, "message": rejection_sentence(clip.rejection_code)}

    def get_audio(self, clip: Clip) -> str:
        """Return the address of the sound: 16 kHz mono FLAC, with Range."""
        return reverse("training_jobs_api:clip-audio", args=[clip.pk])


class ClipInput(serializers.Serializer[Any]):
    audio = serializers.FileField(help_text="One recording of at least 0.1 s, in any common format")
    text = serializers.CharField(max_length=LONGEST_TRANSCRIPT, required=False, help_text="What is said in it")
    label = serializers.CharField(  # type: ignore[assignment]  # a field may be called as DRF calls one of its own
        max_length=LONGEST_TRANSCRIPT, required=False, help_text="Another name for text"
    )
    speaker = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    id = serializers.UUIDField(
        required=False, help_text="Chosen by the sender: sent again, it is stored once and answered alike"
    )
    origin = serializers.ChoiceField(choices=[Clip.Origin.UPLOAD, Clip.Origin.RECORDING], default=Clip.Origin.UPLOAD)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take the label from either name."""
        attrs["text"] = attrs.pop("label", "") if not attrs.get("text") else attrs["text"]
        if not attrs["text"]:
            raise serializers.ValidationError({"text": _("Say what is said in the recording.")})
        return attrs


class VoteInput(serializers.Serializer[Any]):
    listener = serializers.CharField(max_length=120, help_text="Who listened; not the clip's own speaker")
    is_good = serializers.BooleanField()


class ClipChange(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST_TRANSCRIPT, required=False)
    speaker = serializers.CharField(max_length=120, required=False, allow_blank=True)
    status = serializers.ChoiceField(choices=[Clip.Status.READY, Clip.Status.REJECTED], required=False)
