from __future__ import annotations

from django.urls import include, path

app_name = "training_jobs_api"
urlpatterns = [
    path("", include("training_jobs.api.datasets_urls")),
    path("", include("training_jobs.api.imports_urls")),
    path("", include("training_jobs.api.training_urls")),
]
