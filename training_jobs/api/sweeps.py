"""`/api/v1/sweeps/`: bounded searches over a recipe's values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from speechsite.lib.serializers import FailureSerializer
from training_jobs.api.training import dataset_of
from training_jobs.api.training_serializers import SplitField, split_settings
from training_jobs.dispatch.sweeps import cancel_sweep, submit_sweep
from training_jobs.models import Sweep, TrainingJob
from training_jobs.services.sweeps import USUAL_TRIALS, best_trial, trials_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from rest_framework.request import Request


class SweepInput(serializers.Serializer[Any]):
    """A search to make; all but the dataset may be left out."""

    dataset = serializers.CharField(help_text="Id or name of the dataset")
    recipe = serializers.CharField(required=False, default="")
    space = serializers.DictField(
        required=False,
        default=dict,
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="{value: [lowest, highest]}; else the usual one of the recipe",
    )
    options = serializers.DictField(required=False, default=dict, help_text="Values that stay as they are")
    trials = serializers.IntegerField(required=False, default=USUAL_TRIALS)
    split = SplitField(required=False)
    seed = serializers.IntegerField(required=False, default=1, min_value=0, max_value=2**31 - 1)


class TrialSerializer(serializers.ModelSerializer[TrainingJob]):
    """One try: the values that differ from the recipe's, and what they gave on validation."""

    options = serializers.DictField(read_only=True)
    metrics = serializers.DictField(read_only=True)

    class Meta:
        model = TrainingJob
        fields = ("id", "trial", "status", "progress", "options", "metrics", "failure_code", "finished_at")
        read_only_fields = fields


class SweepSerializer(serializers.ModelSerializer[Sweep]):
    """A search as it stands now."""

    space = serializers.DictField(read_only=True)
    options = serializers.DictField(read_only=True)
    trials = serializers.SerializerMethodField()
    best = serializers.SerializerMethodField(help_text="Number of the try that did best on validation")
    failure = serializers.SerializerMethodField()

    class Meta:
        model = Sweep
        fields = (
            "id", "status", "dataset", "dataset_name", "recipe", "space", "options", "seed", "trials_total", "trials",
            "best", "failure", "created_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TrialSerializer(many=True))
    def get_trials(self, sweep: Sweep) -> list[dict[str, Any]]:
        """Return the tries in their order."""
        return [dict(row) for row in TrialSerializer(trials_of(sweep), many=True).data]

    def get_best(self, sweep: Sweep) -> int | None:
        """Return the number of the best try so far."""
        best = best_trial(list(trials_of(sweep)))
        return best.trial if best else None

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, sweep: Sweep) -> dict[str, str] | None:
        """Return code and sentence of one that failed."""
        return {"code": sweep.failure_code, "message": sweep.failure_message} if sweep.failure_code else None


class SweepList(generics.ListAPIView[Sweep]):
    queryset = Sweep.objects.none()
    serializer_class = SweepSerializer

    def get_queryset(self) -> QuerySet[Sweep]:
        """Return the caller's own searches."""
        return Sweep.objects.visible_to(self.request.user)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List one's searches, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=SweepInput, responses={202: SweepSerializer})
    def post(self, request: Request) -> Response:
        """Start a search; watch it at the address in Location."""
        asked = SweepInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values, owner = asked.validated_data, cast("User", request.user)
        sweep = submit_sweep(
            owner=owner,
            dataset=dataset_of(owner, values["dataset"]),
            recipe=values["recipe"],
            space=values["space"],
            options=values["options"],
            trials=values["trials"],
            **split_settings(values),
            seed=values["seed"],
        )
        return accepted(request, sweep)


class SweepDetail(generics.RetrieveAPIView[Sweep]):
    queryset = Sweep.objects.none()
    serializer_class = SweepSerializer
    lookup_url_kwarg = "sweep_id"

    def get_queryset(self) -> QuerySet[Sweep]:
        """Return the caller's own searches."""
        return Sweep.objects.visible_to(self.request.user)


class SweepCancel(APIView):
    @extend_schema(request=None, responses={202: SweepSerializer})
    def post(self, request: Request, sweep_id: UUID) -> Response:
        """Stop a search; what was tried stays."""
        sweep = get_object_or_404(Sweep.objects.visible_to(request.user), pk=sweep_id)
        return accepted(request, cancel_sweep(sweep=sweep))


def accepted(request: Request, sweep: Sweep) -> Response:
    """Answer 202 with the row that tracks the work."""
    address = request.build_absolute_uri(reverse("training_jobs_api:sweep-detail", args=[sweep.pk]))
    return Response(SweepSerializer(sweep).data, status=202, headers={"Location": address})
