from __future__ import annotations


app_name = "training_jobs_api"
urlpatterns: list[object] = []
