from __future__ import annotations

from django.urls import include, path

app_name = "training_jobs"
urlpatterns = [
    path("", include("training_jobs.web.datasets_urls")),
    path("", include("training_jobs.web.imports_urls")),
    path("", include("training_jobs.web.training_urls")),
]
