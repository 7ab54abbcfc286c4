"""Uploads in the admin: to be seen."""

from __future__ import annotations

from django.contrib import admin

from speechsite.lib.look_only_admin import LookOnlyAdmin
from speechsite.uploads.models import Upload


@admin.register(Upload)
class UploadAdmin(LookOnlyAdmin):
    list_display = ("name", "owner", "status", "offset_bytes", "size_bytes", "expires_at")
    list_filter = ("status",)
    list_select_related = ("owner",)
    search_fields = ("id", "name")
