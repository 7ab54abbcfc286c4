"""Sweep the private folder: files whose row never came to be, or is gone, after a day of grace."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from recognition.models import LiveStream, ModelVersion, Transcription

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

GRACE = timedelta(days=1)


def orphans_remove(*, now: datetime | None = None) -> int:
    """Remove what no transcription and no model version owns, and half-written files; return how many went."""
    before = ((now or timezone.now()) - GRACE).timestamp()
    removed = 0
    for model, kind in ((Transcription, "transcriptions"), (ModelVersion, "bundles")):
        for folder in _folders(settings.PRIVATE_DIR / kind):
            old = [path for path in folder.iterdir() if path.stat().st_mtime < before]
            ids = {identity for path in old if (identity := _identity(path))}
            kept = set(model._default_manager.filter(pk__in=ids).values_list("pk", flat=True))  # noqa: SLF001 - Django's documented name
            removed += sum(_remove(path) for path in old if _identity(path) not in kept)
    return removed


def live_streams_remove(*, now: datetime | None = None) -> int:
    """Remove what is known of streams nobody will go on with; their transcriptions stay. Return how many went."""
    old = LiveStream.objects.filter(created_at__lt=(now or timezone.now()) - GRACE)
    return old.delete()[1].get(LiveStream._meta.label, 0)  # noqa: SLF001 - Django's documented name


def _folders(root: Path) -> Iterator[Path]:
    """Yield the folders the files are spread over, 256 at most."""
    return (path for path in sorted(root.iterdir()) if path.is_dir()) if root.is_dir() else iter(())


def _identity(path: Path) -> UUID | None:
    """Return the id of the row a file belongs to, None for a half-written one."""
    try:
        return UUID(hex=path.stem)
    except ValueError:
        return None


def _remove(path: Path) -> int:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return 1
