from __future__ import annotations

from django.urls import path

from speechsite.uploads.api import UploadDetail, UploadList

app_name = "uploads_api"
urlpatterns = [
    path("uploads/", UploadList.as_view(), name="list"),
    path("uploads/<uuid:upload_id>/", UploadDetail.as_view(), name="detail"),
]
