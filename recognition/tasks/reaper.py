"""What beat calls: work nobody does goes back on the queue, files nobody owns go away."""

from __future__ import annotations

from celery import shared_task

from recognition.services.purging import live_streams_remove, orphans_remove
from recognition.services.reaping import transcriptions_reap
from recognition.tasks.transcriptions import run_transcription


@shared_task(name="recognition.reap")
def reap() -> None:
    """Send queued transcriptions that nobody took, and take back those of lost workers."""
    for transcription_id in transcriptions_reap():
        run_transcription.delay(str(transcription_id))


@shared_task(name="recognition.purge")
def purge() -> None:
    """Remove files that belong to no row, and live streams nobody will go on with."""
    orphans_remove()
    live_streams_remove()
