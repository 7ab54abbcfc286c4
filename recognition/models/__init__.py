from __future__ import annotations

from recognition.models.recognizers import AliasChange, ModelAlias, ModelVersion, Recognizer
from recognition.models.transcriptions import Correction, LiveStream, Transcription

__all__ = ["AliasChange", "Correction", "LiveStream", "ModelAlias", "ModelVersion", "Recognizer", "Transcription"]
