from __future__ import annotations

from django.urls import path

from training_jobs.web import clips, corrections, datasets, exports, language_texts, listening, recording, review

urlpatterns = [
    path("datasets/", datasets.dataset_list, name="dataset-list"),
    path("datasets/new/", datasets.dataset_new, name="dataset-new"),
    path("datasets/sample/", datasets.dataset_sample, name="dataset-sample"),
    path("datasets/<uuid:dataset_id>/", datasets.dataset_detail, name="dataset-detail"),
    path("datasets/<uuid:dataset_id>/upload/", datasets.dataset_upload, name="dataset-upload"),
    path("datasets/<uuid:dataset_id>/rename/", datasets.dataset_rename, name="dataset-rename"),
    path("datasets/<uuid:dataset_id>/delete/", datasets.dataset_remove, name="dataset-delete"),
    path("datasets/<uuid:dataset_id>/record/", recording.dataset_record, name="dataset-record"),
    path("datasets/<uuid:dataset_id>/corrections/", corrections.dataset_corrections, name="dataset-corrections"),
    path("transcriptions/<uuid:transcription_id>/dataset/", review.transcription_use, name="transcription-use"),
    path("datasets/<uuid:dataset_id>/words/", recording.dataset_prompts, name="dataset-words"),
    path("datasets/<uuid:dataset_id>/words/from-text/", recording.dataset_prompts_taken, name="words-from-text"),
    path("datasets/<uuid:dataset_id>/listen/", listening.dataset_listen, name="dataset-listen"),
    path("datasets/<uuid:dataset_id>/listening/", listening.dataset_listening, name="dataset-listening"),
    path("datasets/<uuid:dataset_id>/texts/", language_texts.dataset_texts, name="dataset-texts"),
    path("texts/<uuid:text_id>/delete/", language_texts.text_remove, name="text-delete"),
    path("datasets/<uuid:dataset_id>/characters/", datasets.dataset_characters, name="dataset-characters"),
    path("datasets/<uuid:dataset_id>/clips/", clips.clip_list, name="clip-list"),
    path("datasets/<uuid:dataset_id>/export/", exports.dataset_export, name="dataset-export"),
    path("exports/<uuid:export_id>/", exports.export_detail, name="export-detail"),
    path("exports/<uuid:export_id>/status/", exports.export_status, name="export-status"),
    path("exports/<uuid:export_id>/file/", exports.export_file, name="export-file"),
    path("clips/<uuid:clip_id>/audio/", clips.clip_audio, name="clip-audio"),
    path("clips/<uuid:clip_id>/", clips.clip_row, name="clip-row"),
    path("clips/<uuid:clip_id>/edit/", clips.clip_edit, name="clip-edit"),
    path("clips/<uuid:clip_id>/relabel/", clips.relabel, name="clip-relabel"),
    path("clips/<uuid:clip_id>/reject/", clips.reject, name="clip-reject"),
    path("clips/<uuid:clip_id>/restore/", clips.restore, name="clip-restore"),
    path("clips/<uuid:clip_id>/delete/", clips.remove, name="clip-delete"),
]
