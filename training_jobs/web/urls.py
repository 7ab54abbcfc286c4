from __future__ import annotations


app_name = "training_jobs"
urlpatterns: list[object] = []
