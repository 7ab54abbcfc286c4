"""The admin of rows that services make and move: staff look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


class LookOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic only in the stubs
    """Rows are made and moved by the services; here they are looked at."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a row made here would have nothing behind it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: what is frozen stays frozen, and states move through the services."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: history is append-only, and what a model learned from stays on record."""
        return False
