"""Housekeeping, once an hour."""

from __future__ import annotations

from celery import shared_task

from speechsite.uploads.services.uploads import uploads_purge


@shared_task(name="uploads.purge")
def purge() -> None:
    """Forget uploads that nobody went on with."""
    uploads_purge()
