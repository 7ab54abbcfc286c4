"""What the API takes and says about training jobs and snapshots."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from speechsite.lib.serializers import FailureSerializer
from training_jobs.models import JobEvent, Snapshot, TrainingJob

SPLIT_SCHEMA = {
    "oneOf": [
        {"type": "string", "enum": ["column", "speaker", "random"]},
        {
            "type": "object",
            "properties": {
                "method": {"type": "string", "enum": ["column", "speaker", "random"]},
                "test_speakers": {"type": "array", "items": {"type": "string"}},
                "validation_speakers": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["method"],
        },
    ]
}


class SplitOptionsInput(serializers.Serializer[Any]):
    method = serializers.CharField()
    test_speakers = serializers.ListField(child=serializers.CharField(), required=False)
    validation_speakers = serializers.ListField(child=serializers.CharField(), required=False)


@extend_schema_field(SPLIT_SCHEMA)
class SplitField(serializers.Field[Any, Any, Any, Any]):
    """`"speaker"`, or `{"method": "speaker", "test_speakers": ["theo"]}`."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return method and options."""
        asked = SplitOptionsInput(data={"method": data} if isinstance(data, str) else data)
        asked.is_valid(raise_exception=True)
        return {key: list(value) if key != "method" else value for key, value in asked.validated_data.items()}

    def to_representation(self, value: Any) -> Any:
        """Return the method's name."""
        return value


def split_settings(values: dict[str, Any]) -> dict[str, Any]:
    """Return what a validated request says about the split, as services take it."""
    split = values.get("split", {})
    options = {key: names for key, names in split.items() if key != "method"}
    return {"split_method": split.get("method", ""), "split_options": options}


class TrainingJobInput(serializers.Serializer[Any]):
    """A training to start; all but the dataset may be left out."""

    dataset = serializers.CharField(help_text="Id or name of the dataset")
    preset = serializers.CharField(required=False, default="", help_text="fast, balanced or accurate")
    recipe = serializers.CharField(
        required=False, default="", help_text="conv2d, conv or lstm; for sentences ctc-conv or ctc-lstm"
    )
    recognizer = serializers.CharField(required=False, default="", help_text="The name the version gets")
    split = SplitField(required=False)
    options = serializers.DictField(required=False, default=dict, help_text="Values of the recipe")
    seed = serializers.IntegerField(required=False, default=1, min_value=0, max_value=2**31 - 1)
    other_words = serializers.CharField(
        required=False, default="", help_text="Id or name of another dataset, whose words are learned to be turned away"
    )

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which no attribute of a Python class can be called."""
        start = serializers.CharField(
            required=False, default="", help_text="A version to go on from, e.g. digits@v2; else it begins anew"
        )
        return {**super().get_fields(), "from": start}


class TrainingJobSerializer(serializers.ModelSerializer[TrainingJob]):
    """A training job as it stands now."""

    queue_position = serializers.SerializerMethodField(help_text="Place among the jobs that wait, 1 being the next")
    metrics = serializers.DictField(read_only=True)
    failure = serializers.SerializerMethodField()
    model = serializers.SerializerMethodField(help_text="`digits@v3`, once it succeeded")
    recognizer = serializers.CharField(source="recognizer_name", read_only=True)
    split = serializers.CharField(source="split_method", read_only=True)
    split_options = serializers.DictField(read_only=True)
    options = serializers.DictField(read_only=True)
    other_words = serializers.CharField(
        source="other_words_name", read_only=True, help_text="The dataset whose words it learns to turn away"
    )

    def get_fields(self) -> dict[str, Any]:
        """Add `from`, which no attribute of a Python class can be called."""
        start = serializers.CharField(source="start_name", read_only=True, help_text="The version it goes on from")
        return {**super().get_fields(), "from": start}

    class Meta:
        model = TrainingJob
        fields: tuple[str, ...] = (
            "id",
            "status",
            "stage",
            "attempt",
            "progress",
            "epoch",
            "epochs",
            "queue_position",
            "eta_seconds",
            "metrics",
            "model_version",
            "failure",
            "model",
            "dataset",
            "dataset_name",
            "snapshot",
            "recognizer",
            "recipe",
            "preset",
            "options",
            "split",
            "split_options",
            "other_words",
            "seed",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    def get_queue_position(self, job: TrainingJob) -> int | None:
        """Return the job's place in the queue, looked up once for a whole list."""
        places: dict[Any, int] = self.context.get("places", {})
        return places.get(job.pk)

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, job: TrainingJob) -> dict[str, str] | None:
        """Return code and sentence of a failed job."""
        return {"code": job.failure_code, "message": job.failure_message} if job.failure_code else None

    def get_model(self, job: TrainingJob) -> str | None:
        """Return the version's name."""
        return str(job.model_version) if job.model_version else None


class TrainingJobDetailSerializer(TrainingJobSerializer):
    """A training job with what its test gave, per word and per speaker."""

    evaluation = serializers.DictField(read_only=True)

    class Meta(TrainingJobSerializer.Meta):
        fields = (*TrainingJobSerializer.Meta.fields, "evaluation")
        read_only_fields = fields


class JobEventSerializer(serializers.ModelSerializer[JobEvent]):
    """One line of a job's history."""

    class Meta:
        model = JobEvent
        fields = ("id", "attempt", "kind", "stage", "message", "data", "created_at")
        read_only_fields = fields


class SnapshotSerializer(serializers.ModelSerializer[Snapshot]):
    """A frozen list of clips."""

    labels = serializers.ListField(child=serializers.CharField(), read_only=True)
    counts = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    speakers = serializers.DictField(read_only=True)
    split_options = serializers.DictField(read_only=True)

    class Meta:
        model = Snapshot
        fields = (
            "id",
            "dataset",
            "dataset_name",
            "kind",
            "status",
            "split_method",
            "split_options",
            "fingerprint",
            "labels",
            "counts",
            "speakers",
            "lowest_source_rate_hz",
            "band_limit_hz",
            "window_seconds",
            "created_at",
        )
        read_only_fields = fields
