from __future__ import annotations

from django.urls import path

from training_jobs.api.evaluations import EvaluationClips, EvaluationDetail, EvaluationList
from training_jobs.api.sweeps import SweepCancel, SweepDetail, SweepList
from training_jobs.api.training import (
    SnapshotDetail,
    SnapshotList,
    TrainingJobCancel,
    TrainingJobDetail,
    TrainingJobEvents,
    TrainingJobList,
    TrainingJobRetry,
)

urlpatterns = [
    path("training-jobs/", TrainingJobList.as_view(), name="training-job-list"),
    path("training-jobs/<uuid:job_id>/", TrainingJobDetail.as_view(), name="training-job-detail"),
    path("training-jobs/<uuid:job_id>/cancel/", TrainingJobCancel.as_view(), name="training-job-cancel"),
    path("training-jobs/<uuid:job_id>/retry/", TrainingJobRetry.as_view(), name="training-job-retry"),
    path("training-jobs/<uuid:job_id>/events/", TrainingJobEvents.as_view(), name="training-job-events"),
    path("evaluations/", EvaluationList.as_view(), name="evaluation-list"),
    path("evaluations/<uuid:evaluation_id>/", EvaluationDetail.as_view(), name="evaluation-detail"),
    path("evaluations/<uuid:evaluation_id>/clips/", EvaluationClips.as_view(), name="evaluation-clips"),
    path("sweeps/", SweepList.as_view(), name="sweep-list"),
    path("sweeps/<uuid:sweep_id>/", SweepDetail.as_view(), name="sweep-detail"),
    path("sweeps/<uuid:sweep_id>/cancel/", SweepCancel.as_view(), name="sweep-cancel"),
    path("snapshots/", SnapshotList.as_view(), name="snapshot-list"),
    path("snapshots/<uuid:snapshot_id>/", SnapshotDetail.as_view(), name="snapshot-detail"),
]
