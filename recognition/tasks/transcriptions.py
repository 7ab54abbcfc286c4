"""Long audio, in a worker of the default queue."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from recognition.models import Transcription
from recognition.services.transcriptions import transcription_run
from speechsite.lib.interface_language import language_of_row


@shared_task(name="recognition.run_transcription")
def run_transcription(transcription_id: str) -> None:
    """Recognise one queued transcription; sent twice, it runs once."""
    with language_of_row(Transcription.objects.all(), transcription_id):
        transcription_run(transcription_id=UUID(transcription_id))
