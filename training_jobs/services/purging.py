"""What jobs leave on the disk, and for how long."""

from __future__ import annotations

import shutil
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone

from training_jobs.models import TrainingJob
from training_jobs.services.corpus_folder import corpus_folder_clear

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG_KEPT: Final = timedelta(days=30)


def job_folders_purge() -> int:
    """Remove the folders of jobs that are gone or ended long ago, and the audio that ended ones left; count both."""
    removed = 0
    for folder, identity in list(_job_folders()):
        job = TrainingJob.objects.filter(pk=identity).only("status", "finished_at").first()
        if job is None or (job.finished_at and job.finished_at < timezone.now() - LOG_KEPT):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
        elif job.status in TrainingJob.FINAL:
            removed += corpus_folder_clear(folder)
    return removed


def _job_folders() -> Iterator[tuple[Path, uuid.UUID]]:
    for folder in (settings.PRIVATE_DIR / "jobs").glob("*/*"):
        try:
            yield folder, uuid.UUID(hex=folder.name)
        except ValueError:
            continue
