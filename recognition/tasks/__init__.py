from __future__ import annotations

from recognition.tasks.reaper import purge, reap
from recognition.tasks.transcriptions import run_transcription

__all__ = ["purge", "reap", "run_transcription"]
