from __future__ import annotations

from django.urls import path

from training_jobs.api.imports import ImportAccept, ImportDetail, ImportDiscard, ImportExample, ImportProblems

urlpatterns = [
    path("imports/<uuid:import_id>/", ImportDetail.as_view(), name="import-detail"),
    path("imports/<uuid:import_id>/accept/", ImportAccept.as_view(), name="import-accept"),
    path("imports/<uuid:import_id>/discard/", ImportDiscard.as_view(), name="import-discard"),
    path("imports/<uuid:import_id>/problems/", ImportProblems.as_view(), name="import-problems"),
    path("imports/<uuid:import_id>/examples/<int:number>/", ImportExample.as_view(), name="import-example"),
]
