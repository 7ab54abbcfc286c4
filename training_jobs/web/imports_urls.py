from __future__ import annotations

from django.urls import path

from training_jobs.web import import_decision, imports

urlpatterns = [
    path("imports/<uuid:import_id>/", imports.import_detail, name="import-detail"),
    path("imports/<uuid:import_id>/status/", imports.import_status, name="import-status"),
    path("imports/<uuid:import_id>/report.csv", imports.import_report, name="import-report"),
    path("imports/<uuid:import_id>/answers/", import_decision.import_answers, name="import-answers"),
    path("imports/<uuid:import_id>/discard/", import_decision.import_throw_away, name="import-discard"),
    path("imports/<uuid:import_id>/examples/<int:number>/", import_decision.example, name="import-example"),
]
