"""`/api/v1/training-jobs/` and `/api/v1/snapshots/`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.filters import OrderingFilter
from rest_framework.response import Response
from rest_framework.views import APIView

from recognition.services.models import model_resolve
from speechsite.lib.errors import ServiceError
from training_jobs.api.training_serializers import (
    JobEventSerializer,
    SnapshotSerializer,
    TrainingJobDetailSerializer,
    TrainingJobInput,
    TrainingJobSerializer,
    split_settings,
)
from training_jobs.dispatch.training import cancel_training_job, retry_training_job, submit_training_job
from training_jobs.models import Dataset, JobEvent, Snapshot, TrainingJob
from training_jobs.services.estimates import queue_places

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import AnonymousUser, User
    from django.db.models import QuerySet
    from rest_framework.request import Request

STATUS = OpenApiParameter("status", description="Jobs in this status only", enum=[*TrainingJob.Status.values])
DATASET = OpenApiParameter("dataset", type=uuid.UUID, description="Of this dataset only")
RECOGNIZER = OpenApiParameter("recognizer", description="Jobs of this recognizer only")
KIND = OpenApiParameter("kind", description="Events of this kind only", enum=[*JobEvent.Kind.values])


class TrainingJobList(generics.ListAPIView[TrainingJob]):
    queryset = TrainingJob.objects.none()
    serializer_class = TrainingJobSerializer
    filter_backends = (OrderingFilter,)
    ordering_fields = ("created_at", "finished_at", "status")
    ordering = ("-created_at", "-id")

    def get_queryset(self) -> QuerySet[TrainingJob]:
        """Return the caller's own jobs, narrowed as asked."""
        asked = self.request.query_params
        wanted = {"status": asked.get("status"), "recognizer_name": asked.get("recognizer")}
        rows = (
            jobs_of(self.request.user)
            .filter(sweep=None)
            .filter(**{field: value for field, value in wanted.items() if value})
        )
        return of_dataset(rows, asked.get("dataset", ""))

    def get_serializer_context(self) -> dict[str, Any]:
        """Look the queue up once for all rows."""
        return {**super().get_serializer_context(), "places": queue_places()}

    @extend_schema(parameters=[STATUS, DATASET, RECOGNIZER])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List one's training jobs, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=TrainingJobInput, responses={202: TrainingJobSerializer})
    def post(self, request: Request) -> Response:
        """Start a training; watch it at the address in Location."""
        asked = TrainingJobInput(data=request.data)
        asked.is_valid(raise_exception=True)
        values = asked.validated_data
        job = submit_training_job(
            owner=cast("User", request.user),
            dataset=dataset_of(request.user, values["dataset"]),
            preset=values["preset"],
            recipe=values["recipe"],
            recognizer=values["recognizer"],
            options=values["options"],
            **split_settings(values),
            seed=values["seed"],
            start=model_resolve(owner=cast("User", request.user), model=values["from"]) if values["from"] else None,
            other_words=dataset_of(request.user, values["other_words"]) if values["other_words"] else None,
        )
        return accepted(request, job)


class TrainingJobDetail(APIView):
    @extend_schema(responses=TrainingJobDetailSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Read how a training job stands."""
        job = get_object_or_404(jobs_of(request.user), pk=job_id)
        return Response(TrainingJobDetailSerializer(job, context={"places": queue_places()}).data)


class TrainingJobCancel(APIView):
    @extend_schema(request=None, responses={202: TrainingJobSerializer})
    def post(self, request: Request, job_id: UUID) -> Response:
        """Cancel a job: at once while it waits, within seconds while it runs."""
        return accepted(request, cancel_training_job(job=get_object_or_404(jobs_of(request.user), pk=job_id)))


class TrainingJobRetry(APIView):
    @extend_schema(request=None, responses={202: TrainingJobSerializer})
    def post(self, request: Request, job_id: UUID) -> Response:
        """Start a new job with the settings of one that has ended."""
        return accepted(request, retry_training_job(job=get_object_or_404(jobs_of(request.user), pk=job_id)))


class TrainingJobEvents(generics.ListAPIView[JobEvent]):
    queryset = JobEvent.objects.none()
    serializer_class = JobEventSerializer

    def get_queryset(self) -> QuerySet[JobEvent]:
        """Return the history of one of the caller's own jobs, oldest first."""
        job = get_object_or_404(TrainingJob.objects.visible_to(self.request.user), pk=self.kwargs["job_id"])
        kind = self.request.query_params.get("kind")
        return job.events.filter(kind=kind) if kind else job.events.all()

    @extend_schema(parameters=[KIND])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read a job's history: stages, epochs with their metrics, what it hears, messages."""
        return super().get(request, *args, **kwargs)


class SnapshotList(generics.ListAPIView[Snapshot]):
    queryset = Snapshot.objects.none()
    serializer_class = SnapshotSerializer

    def get_queryset(self) -> QuerySet[Snapshot]:
        """Return the caller's own snapshots, of one dataset where asked."""
        return of_dataset(Snapshot.objects.visible_to(self.request.user), self.request.query_params.get("dataset", ""))

    @extend_schema(parameters=[DATASET])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List one's snapshots, newest first."""
        return super().get(request, *args, **kwargs)


class SnapshotDetail(generics.RetrieveAPIView[Snapshot]):
    queryset = Snapshot.objects.none()
    serializer_class = SnapshotSerializer
    lookup_url_kwarg = "snapshot_id"

    def get_queryset(self) -> QuerySet[Snapshot]:
        """Return the caller's own snapshots."""
        return Snapshot.objects.visible_to(self.request.user)


def jobs_of(user: User | AnonymousUser) -> QuerySet[TrainingJob]:
    """Return a user's jobs with what a serializer reads of other tables."""
    return TrainingJob.objects.visible_to(user).select_related("model_version__recognizer", "owner", "dataset")


def of_dataset(rows: QuerySet[Any], dataset: str) -> QuerySet[Any]:
    """Narrow rows to a dataset's id; what is no id names no dataset."""
    if not dataset:
        return rows
    identity = as_uuid(dataset)
    return rows.filter(dataset=identity) if identity else rows.none()


def as_uuid(text: str) -> UUID | None:
    """Return the id a text holds, or None."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def dataset_of(user: User | AnonymousUser, name: str) -> Dataset:
    """Return the user's dataset of that id or name; raises ServiceError dataset_not_found."""
    mine = Dataset.objects.visible_to(user)
    identity = as_uuid(name)
    found = mine.filter(pk=identity).first() if identity else mine.filter(name=name).first()
    if found is None:
        message = _("There is no dataset “{name}” that you may see. Nothing was started.").format(name=name[:120])
        raise ServiceError("dataset_not_found", message, status=404)
    return found


def accepted(request: Request, job: TrainingJob) -> Response:
    """Answer 202 with the job that tracks the work."""
    address = request.build_absolute_uri(f"/api/v1/training-jobs/{job.pk}/")
    body = TrainingJobSerializer(job, context={"places": queue_places()}).data
    return Response(body, status=202, headers={"Location": address})
