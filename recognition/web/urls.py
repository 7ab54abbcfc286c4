from __future__ import annotations

from django.urls import path

from recognition.web import models, review, transcribe, transcriptions

app_name = "recognition"
urlpatterns = [
    path("models/", models.recognizer_list, name="recognizer-list"),
    path("models/<slug:name>/", models.recognizer_detail, name="recognizer-detail"),
    path("models/<slug:name>/rollback/", models.rollback, name="recognizer-rollback"),
    path("models/<slug:name>/v<int:number>/", models.version_detail, name="version-detail"),
    path("models/<slug:name>/v<int:number>/promote/", models.version_put_in_production, name="version-promote"),
    path("models/<slug:name>/v<int:number>/bundle/", models.version_bundle, name="version-bundle"),
    path("model-bundles/", models.bundle_import, name="bundle-import"),
    path("transcribe/", transcribe.transcribe, name="transcribe"),
    path("transcriptions/", transcriptions.transcription_list, name="transcription-list"),
    path("transcriptions/new/", transcribe.transcription_create, name="transcription-create"),
    path("transcriptions/<uuid:transcription_id>/", transcriptions.transcription_detail, name="transcription-detail"),
    path(
        "transcriptions/<uuid:transcription_id>/status/",
        transcriptions.transcription_status,
        name="transcription-status",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/audio/",
        transcriptions.transcription_audio,
        name="transcription-audio",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/export/",
        transcriptions.transcription_export,
        name="transcription-export",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/correct/",
        transcriptions.transcription_correct,
        name="transcription-correct",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/peaks/", transcriptions.transcription_peaks, name="transcription-peaks"
    ),
    path(
        "transcriptions/<uuid:transcription_id>/lines/", transcriptions.transcription_lines, name="transcription-lines"
    ),
    path("transcriptions/<uuid:transcription_id>/revise/", review.transcription_revise, name="transcription-revise"),
    path("transcriptions/<uuid:transcription_id>/approve/", review.transcription_approve, name="transcription-approve"),
    path("transcriptions/<uuid:transcription_id>/revisions/", review.revision_list, name="revision-list"),
    path(
        "transcriptions/<uuid:transcription_id>/revisions/<int:number>/", review.revision_detail, name="revision-detail"
    ),
    path(
        "transcriptions/<uuid:transcription_id>/revisions/<int:number>/restore/",
        review.revision_bring_back,
        name="revision-restore",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/retry/",
        transcriptions.transcription_retry,
        name="transcription-retry",
    ),
    path(
        "transcriptions/<uuid:transcription_id>/delete/",
        transcriptions.transcription_forget,
        name="transcription-delete",
    ),
]
