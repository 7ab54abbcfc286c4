"""`/api/v1/evaluations/`: a version, or two that are compared, on the clips of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.response import Response

from recognition.services.models import model_resolve
from speechsite.lib.serializers import FailureSerializer
from training_jobs.api.training import dataset_of
from training_jobs.dispatch.evaluations import submit_evaluation
from training_jobs.models import EvaluatedClip, Evaluation

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from rest_framework.request import Request

CHANGE = OpenApiParameter(
    "change", description="Clips that changed in this way only", enum=[*EvaluatedClip.Change.values]
)


class EvaluationInput(serializers.Serializer[Any]):
    """Which versions are to hear what."""

    model = serializers.CharField(help_text="digits (in production), digits@v3")
    against = serializers.CharField(required=False, default="", help_text="A version to compare it with")
    dataset = serializers.CharField(help_text="Id or name of the dataset")
    split = serializers.ChoiceField(choices=Evaluation.Split.choices, default=Evaluation.Split.TEST)


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    """An evaluation as it stands now; the figures come with its end."""

    model = serializers.CharField(source="version", read_only=True)
    against = serializers.CharField(read_only=True, allow_null=True)
    dataset_name = serializers.CharField(source="dataset.name", read_only=True)
    versions = serializers.SerializerMethodField(help_text="Figures by version, as the command evaluate prints them")
    comparison = serializers.SerializerMethodField(help_text="Difference with its 95 % interval, and a sentence")
    failure = serializers.SerializerMethodField()

    class Meta:
        model = Evaluation
        fields = (
            "id", "status", "progress", "model", "against", "dataset", "dataset_name", "split", "versions",
            "comparison", "failure", "created_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.DictField())
    def get_versions(self, row: Evaluation) -> dict[str, Any]:
        """Return the figures of each version."""
        versions: dict[str, Any] = row.document.get("versions", {})
        return versions

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_comparison(self, row: Evaluation) -> dict[str, Any] | None:
        """Return how the two compare."""
        comparison: dict[str, Any] | None = row.document.get("comparison")
        return comparison

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, row: Evaluation) -> dict[str, str] | None:
        """Return code and sentence of one that failed."""
        return {"code": row.failure_code, "message": row.failure_message} if row.failure_code else None


class EvaluatedClipSerializer(serializers.ModelSerializer[EvaluatedClip]):
    """What was heard in one clip."""

    class Meta:
        model = EvaluatedClip
        fields = (
            "clip", "speaker", "said", "heard", "answer", "confidence", "words", "word_errors", "against_heard",
            "against_confidence", "against_word_errors", "change",
        )  # fmt: skip
        read_only_fields = fields


class EvaluationList(generics.ListAPIView[Evaluation]):
    queryset = Evaluation.objects.none()
    serializer_class = EvaluationSerializer

    def get_queryset(self) -> QuerySet[Evaluation]:
        """Return the caller's own evaluations."""
        return evaluations_of(self.request)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List one's evaluations, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=EvaluationInput, responses={202: EvaluationSerializer})
    def post(self, request: Request) -> Response:
        """Let a version, or two, hear a dataset; watch it at the address in Location."""
        asked = EvaluationInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values, owner = asked.validated_data, cast("User", request.user)
        row = submit_evaluation(
            owner=owner,
            version=model_resolve(owner=owner, model=values["model"]),
            against=model_resolve(owner=owner, model=values["against"]) if values["against"] else None,
            dataset=dataset_of(owner, values["dataset"]),
            split=values["split"],
        )
        address = request.build_absolute_uri(reverse("training_jobs_api:evaluation-detail", args=[row.pk]))
        return Response(EvaluationSerializer(row).data, status=202, headers={"Location": address})


class EvaluationDetail(generics.RetrieveDestroyAPIView[Evaluation]):
    queryset = Evaluation.objects.none()
    serializer_class = EvaluationSerializer
    lookup_url_kwarg = "evaluation_id"

    def get_queryset(self) -> QuerySet[Evaluation]:
        """Return the caller's own evaluations."""
        return evaluations_of(self.request)


class EvaluationClips(generics.ListAPIView[EvaluatedClip]):
    queryset = EvaluatedClip.objects.none()
    serializer_class = EvaluatedClipSerializer

    def get_queryset(self) -> QuerySet[EvaluatedClip]:
        """Return what was heard in each clip, most errors first."""
        row = get_object_or_404(evaluations_of(self.request), pk=self.kwargs["evaluation_id"])
        change = self.request.query_params.get("change")
        return row.clips.filter(change=change) if change else row.clips.all()

    @extend_schema(parameters=[CHANGE])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List what was heard in each clip."""
        return super().get(request, *args, **kwargs)


def evaluations_of(request: Request) -> QuerySet[Evaluation]:
    """Return the caller's own evaluations with what a serializer reads of other tables."""
    rows = Evaluation.objects.visible_to(request.user)
    return rows.select_related("version__recognizer", "against__recognizer", "dataset")
