from __future__ import annotations

from django.urls import path

from recognition.api import model_versions, recognizers, transcriptions

app_name = "recognition_api"
urlpatterns = [
    path("recognizers/", recognizers.RecognizerList.as_view(), name="recognizer-list"),
    path("recognizers/<slug:name>/", recognizers.RecognizerDetail.as_view(), name="recognizer-detail"),
    path("recognizers/<slug:name>/promote/", recognizers.RecognizerPromote.as_view(), name="recognizer-promote"),
    path("recognizers/<slug:name>/rollback/", recognizers.RecognizerRollback.as_view(), name="recognizer-rollback"),
    path("model-versions/", model_versions.ModelVersionList.as_view(), name="version-list"),
    path("model-versions/<uuid:version_id>/", model_versions.ModelVersionDetail.as_view(), name="version-detail"),
    path(
        "model-versions/<uuid:version_id>/bundle/", model_versions.ModelVersionBundle.as_view(), name="version-bundle"
    ),
    path("transcriptions/", transcriptions.TranscriptionList.as_view(), name="transcription-list"),
    path(
        "transcriptions/<uuid:transcription_id>/",
        transcriptions.TranscriptionDetail.as_view(),
        name="transcription-detail",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/corrections/",
        transcriptions.TranscriptionCorrections.as_view(),
        name="transcription-corrections",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/audio/",
        transcriptions.TranscriptionAudio.as_view(),
        name="transcription-audio",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/export/",
        transcriptions.TranscriptionExport.as_view(),
        name="transcription-export",
    ),
]
