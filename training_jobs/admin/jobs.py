"""Training in the admin: staff look at everything, and may cancel; states move through the services alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages

from speechsite.lib.look_only_admin import LookOnlyAdmin
from training_jobs.dispatch.training import cancel_training_job
from training_jobs.models import (
    EvaluatedClip,
    Evaluation,
    JobEvent,
    Snapshot,
    SnapshotClip,
    Sweep,
    TestResult,
    TrainingJob,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(TrainingJob)
class TrainingJobAdmin(LookOnlyAdmin):
    list_display = (
        "recognizer_name",
        "owner",
        "dataset_name",
        "recipe",
        "status",
        "stage",
        "failure_code",
        "created_at",
    )
    list_select_related = ("owner",)
    list_filter = ("status", "recipe", "failure_code")
    search_fields = ("id", "recognizer_name", "dataset_name", "owner__username")
    actions = ("cancel",)

    @admin.action(description="Cancel the chosen trainings", permissions=["view"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[TrainingJob]) -> None:
        """Cancel jobs that have not ended."""
        for job in jobs:
            cancel_training_job(job=job)
        messages.success(request, "The chosen trainings are cancelled, or will be within seconds.")


@admin.register(JobEvent)
class JobEventAdmin(LookOnlyAdmin):
    list_display = ("created_at", "job", "attempt", "kind", "stage", "message")
    list_select_related = ("job",)
    list_filter = ("kind", "stage")
    search_fields = ("job__id", "message")


@admin.register(TestResult)
class TestResultAdmin(LookOnlyAdmin):
    list_display = ("job", "said", "heard", "answer", "confidence")
    list_select_related = ("job",)
    list_filter = ("answer",)
    search_fields = ("job__id", "said", "heard")


@admin.register(Snapshot)
class SnapshotAdmin(LookOnlyAdmin):
    list_display = ("dataset_name", "owner", "fingerprint", "split_method", "status", "created_at")
    list_select_related = ("owner",)
    list_filter = ("status", "split_method")
    search_fields = ("id", "dataset_name", "fingerprint", "owner__username")


@admin.register(SnapshotClip)
class SnapshotClipAdmin(LookOnlyAdmin):
    list_display = ("snapshot", "text", "speaker", "split", "duration_seconds")
    list_select_related = ("snapshot",)
    list_filter = ("split",)
    search_fields = ("snapshot__id", "text", "speaker")


@admin.register(Evaluation)
class EvaluationAdmin(LookOnlyAdmin):
    list_display = ("version", "against", "dataset", "owner", "split", "status", "failure_code", "created_at")
    list_select_related = ("version__recognizer", "against__recognizer", "dataset", "owner")
    list_filter = ("status", "split", "failure_code")
    search_fields = ("id", "dataset__name", "owner__username")


@admin.register(EvaluatedClip)
class EvaluatedClipAdmin(LookOnlyAdmin):
    list_display = ("said", "heard", "against_heard", "speaker", "change", "evaluation")
    list_select_related = ("evaluation__version__recognizer", "evaluation__against__recognizer")
    list_filter = ("change",)
    search_fields = ("said", "heard", "evaluation__id")


@admin.register(Sweep)
class SweepAdmin(LookOnlyAdmin):
    list_display = ("recipe", "dataset_name", "owner", "trials_total", "status", "failure_code", "created_at")
    list_select_related = ("owner",)
    list_filter = ("status", "recipe")
    search_fields = ("id", "dataset_name", "owner__username")
