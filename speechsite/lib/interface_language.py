"""In which language a worker writes down what people will read: in that of whoever asked for the work.

The row keeps it, so that it is the same whoever sends the work to a worker: the page, the reaper, a sweep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import translation

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet


def current_language() -> str:
    """Return the language that is spoken right now, such as de."""
    return translation.get_language() or settings.LANGUAGE_CODE


class AskedWork(models.Model):
    """Work for a worker; knows the interface language of whoever asked for it."""

    interface_language = models.CharField(max_length=35, default=current_language, editable=False)

    class Meta:
        abstract = True


def language_of(row: AskedWork) -> translation.override:
    """Speak the language of whoever asked for this work, inside a `with`."""
    return translation.override(row.interface_language)


def language_of_row(rows: QuerySet[Any], row_id: UUID | str) -> translation.override:
    """Speak the language of whoever asked for the work of this row, inside a `with`; the site's where it is gone."""
    found = rows.filter(pk=row_id).values_list("interface_language", flat=True).first()
    return translation.override(found or settings.LANGUAGE_CODE)
