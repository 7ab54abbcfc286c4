"""Long audio, in a worker of the default queue."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from recognition.services.transcriptions import transcription_run


@shared_task(name="recognition.run_transcription")
def run_transcription(transcription_id: str) -> None:
    """Recognise one queued transcription; sent twice, it runs once."""
    transcription_run(transcription_id=UUID(transcription_id))
