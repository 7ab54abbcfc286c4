"""Tokens in the admin: to be seen and revoked, never made or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from speechsite.accounts.models import ApiToken, SetupLink

if TYPE_CHECKING:
    from django.http import HttpRequest


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic only in the stubs
    """List and delete; making a secret needs the page or the command that shows it once."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a secret made here could not be shown."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: there is nothing to change."""
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "user", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")


@admin.register(SetupLink)
class SetupLinkAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "used_at")
