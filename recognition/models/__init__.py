from __future__ import annotations

from recognition.models.recognizers import AliasChange, ModelAlias, ModelVersion, Recognizer
from recognition.models.transcriptions import Correction, Transcription

__all__ = ["AliasChange", "Correction", "ModelAlias", "ModelVersion", "Recognizer", "Transcription"]
