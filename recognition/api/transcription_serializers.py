"""What the API says about transcriptions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.models import Correction, Transcription
from recognition.services.exports import plain_segments
from recognition.services.hotwords import LONGEST_HOTWORD, MOST_HOTWORDS
from recognition.services.revisions import segments_of
from recognition.services.transcriptions import seconds_left
from speechsite.lib.serializers import FailureSerializer


class WordSerializer(serializers.Serializer[Any]):
    word = serializers.CharField()
    start = serializers.FloatField(help_text="Seconds from the start of the recording")
    end = serializers.FloatField()
    confidence = serializers.FloatField(
        min_value=0, max_value=1, allow_null=True, help_text="null: a person wrote or confirmed it"
    )


class SegmentSerializer(serializers.Serializer[Any]):
    start = serializers.FloatField()
    end = serializers.FloatField()
    text = serializers.CharField()
    words = WordSerializer(many=True)


class AlternativeSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    confidence = serializers.FloatField(min_value=0, max_value=1)


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    text = serializers.CharField()
    began_from = serializers.IntegerField(
        min_value=0,
        required=False,
        help_text="The revision the text was written from, 0 for what was heard; without it the newest",
    )
    by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Correction
        fields: tuple[str, ...] = ("number", "text", "by", "created_at", "kind", "began_from")
        read_only_fields = ("number", "created_at", "kind")


class TranscriptionSerializer(serializers.ModelSerializer[Transcription]):
    """One transcription; `text` is the newest correction, else what was heard."""

    model = serializers.CharField(source="model_version", read_only=True, help_text="`digits@v3`")
    segments = serializers.SerializerMethodField()
    alternatives = AlternativeSerializer(many=True, read_only=True)
    hotwords = serializers.ListField(child=serializers.CharField(), read_only=True)
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)
    eta_seconds = serializers.SerializerMethodField(help_text="While it runs: about how long it will still take")
    failure = serializers.SerializerMethodField()

    class Meta:
        model = Transcription
        fields: tuple[str, ...] = (
            "id",
            "status",
            "text",
            "model",
            "duration_seconds",
            "processing_seconds",
            "confidence",
            "segments",
            "answer",
            "alternatives",
            "heard_text",
            "revision",
            "warnings",
            "progress",
            "eta_seconds",
            "hotwords",
            "failure",
            "origin",
            "source_name",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(SegmentSerializer(many=True))
    def get_segments(self, row: Transcription) -> list[dict[str, Any]]:
        """Return segments with their words, without what only the pages need."""
        return plain_segments(row.segments)

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_eta_seconds(self, row: Transcription) -> float | None:
        """Return the time left."""
        return seconds_left(row)

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, row: Transcription) -> dict[str, str] | None:
        """Return code and sentence of a failed row."""
        if not row.failure_code:
            return None
        return {"code": row.failure_code, "message": row.failure_message}


class TranscriptionDetailSerializer(TranscriptionSerializer):
    """One transcription with its revisions, newest first."""

    corrections = CorrectionSerializer(many=True, read_only=True)
    newest_segments = serializers.SerializerMethodField()

    class Meta(TranscriptionSerializer.Meta):
        fields: tuple[str, ...] = (*TranscriptionSerializer.Meta.fields, "newest_segments", "corrections")
        read_only_fields = fields

    @extend_schema_field(SegmentSerializer(many=True))
    def get_newest_segments(self, row: Transcription) -> list[dict[str, Any]]:
        """Return the segments of the newest text, as people wrote, cut and joined them."""
        return plain_segments(segments_of(row))


class TranscriptionInput(serializers.Serializer[Any]):
    """The recording, or an upload that is one, and the model that hears it."""

    audio = serializers.FileField(
        required=False,
        allow_empty_file=True,
        help_text=f"Up to {settings.MAX_RECORDING_SECONDS} s; wav, flac, mp3, m4a, ogg, webm",
    )
    upload = serializers.UUIDField(required=False, help_text="Instead of audio: a resumable upload that is whole")
    sha256 = serializers.RegexField(
        r"^[0-9a-fA-F]{64}$", default="", help_text="Of the whole upload; it is refused where that does not fit"
    )
    model = serializers.CharField(help_text="`digits`, `digits@production` or `digits@v3`")
    hotwords = serializers.ListField(
        child=serializers.CharField(allow_blank=True),
        default=list,
        help_text="Words likely to be said, for models of sentences: repeated, or with commas between; "
        f"at most {MOST_HOTWORDS} of {LONGEST_HOTWORD} characters",
    )

    def get_fields(self) -> dict[str, Any]:
        """Ask for audio where no upload is named."""
        fields = super().get_fields()
        sent = getattr(self, "initial_data", {"upload": ""})  # there is none where the schema is drawn up
        fields["audio"].required = "upload" not in sent
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take one of both."""
        if "audio" in attrs and "upload" in attrs:
            raise serializers.ValidationError({"audio": ["Send a recording, or name an upload: one of both."]})
        return attrs
