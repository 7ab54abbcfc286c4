from __future__ import annotations

from django.urls import path

from training_jobs.api.clips import ClipAudio, ClipDetail, ClipList, ClipVotes
from training_jobs.api.datasets import DatasetDetail, DatasetList
from training_jobs.api.exports import DatasetExportList, DatasetExportNow, ExportDetail, ExportFile
from training_jobs.api.imports import DatasetImportList
from training_jobs.api.language_texts import LanguageTextDetail, LanguageTextList
from training_jobs.api.speakers import SpeakerList

urlpatterns = [
    path("speakers/", SpeakerList.as_view(), name="speaker-list"),
    path("datasets/", DatasetList.as_view(), name="dataset-list"),
    path("datasets/<uuid:dataset_id>/", DatasetDetail.as_view(), name="dataset-detail"),
    path("datasets/<uuid:dataset_id>/imports/", DatasetImportList.as_view(), name="dataset-imports"),
    path("datasets/<uuid:dataset_id>/clips/", ClipList.as_view(), name="clip-list"),
    path("datasets/<uuid:dataset_id>/texts/", LanguageTextList.as_view(), name="dataset-texts"),
    path("texts/<uuid:text_id>/", LanguageTextDetail.as_view(), name="text-detail"),
    path("datasets/<uuid:dataset_id>/export/", DatasetExportNow.as_view(), name="dataset-export"),
    path("datasets/<uuid:dataset_id>/exports/", DatasetExportList.as_view(), name="dataset-exports"),
    path("exports/<uuid:export_id>/", ExportDetail.as_view(), name="export-detail"),
    path("exports/<uuid:export_id>/file/", ExportFile.as_view(), name="export-file"),
    path("clips/<uuid:clip_id>/", ClipDetail.as_view(), name="clip-detail"),
    path("clips/<uuid:clip_id>/votes/", ClipVotes.as_view(), name="clip-votes"),
    path("clips/<uuid:clip_id>/audio/", ClipAudio.as_view(), name="clip-audio"),
]
