from __future__ import annotations

from django.urls import path

from training_jobs.web.evaluations import evaluation_detail, evaluation_list, evaluation_status
from training_jobs.web.sweeps import sweep_detail, sweep_new, sweep_stop
from training_jobs.web.training_new import job_new
from training_jobs.web.training_pages import (
    job_cancel,
    job_cell,
    job_clips,
    job_detail,
    job_learning,
    job_list,
    job_log,
    job_retry,
    job_status,
)

urlpatterns = [
    path("sweeps/new/", sweep_new, name="sweep-new"),
    path("sweeps/<uuid:sweep_id>/", sweep_detail, name="sweep-detail"),
    path("sweeps/<uuid:sweep_id>/stop/", sweep_stop, name="sweep-stop"),
    path("evaluations/", evaluation_list, name="evaluation-list"),
    path("evaluations/<uuid:evaluation_id>/", evaluation_detail, name="evaluation-detail"),
    path("evaluations/<uuid:evaluation_id>/status/", evaluation_status, name="evaluation-status"),
    path("training/", job_list, name="job-list"),
    path("training/new/", job_new, name="job-new"),
    path("training/<uuid:job_id>/", job_detail, name="job-detail"),
    path("training/<uuid:job_id>/status/", job_status, name="job-status"),
    path("training/<uuid:job_id>/learning/", job_learning, name="job-learning"),
    path("training/<uuid:job_id>/cancel/", job_cancel, name="job-cancel"),
    path("training/<uuid:job_id>/retry/", job_retry, name="job-retry"),
    path("training/<uuid:job_id>/cell/", job_cell, name="job-cell"),
    path("training/<uuid:job_id>/clips/", job_clips, name="job-clips"),
    path("training/<uuid:job_id>/log/", job_log, name="job-log"),
]
