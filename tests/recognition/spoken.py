"""Transcriptions that were never heard: rows with the words and times a test asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from recognition.models import ModelVersion, Recognizer, Transcription

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CREATED = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
Said = tuple[str, float, float, float]
"""Text, start and end in seconds, confidence."""


def segment(*words: Said) -> dict[str, Any]:
    """Return a segment in the shape rows keep."""
    return {
        "start": words[0][1],
        "end": words[-1][2],
        "text": " ".join(text for text, *_ in words if text),
        "words": [
            {
                "word": text,
                "start": start,
                "end": end,
                "confidence": confidence,
                "answer": "word" if text else "none_of_these",
                "alternatives": [],
            }
            for text, start, end, confidence in words
        ],
    }


def transcription(
    *segments: dict[str, Any],
    duration_seconds: float = 10.0,
    source_name: str = "harbour.mp3",
    language: str = "en",
) -> Transcription:
    """Return a row that is done, not saved."""
    heard = " ".join(part["text"] for part in segments if part["text"])
    return Transcription(
        model_version=ModelVersion(
            recognizer=Recognizer(name="harbour", kind="sentences", language=language), number=2
        ),
        status="done",
        answer="words" if heard else "silence",
        source_name=source_name,
        segments=list(segments),
        text=heard,
        heard_text=heard,
        duration_seconds=duration_seconds,
        created_at=CREATED,
    )


def kept(owner: User, *segments: dict[str, Any], **fields: Any) -> Transcription:
    """Return such a row as the owner's, saved."""
    row = transcription(*segments, **fields)
    recognizer, _ = Recognizer.objects.get_or_create(
        owner=owner, name="harbour", defaults={"kind": "sentences", "language": fields.get("language", "en")}
    )
    row.model_version, _ = ModelVersion.objects.get_or_create(
        recognizer=recognizer,
        number=2,
        defaults={"bundle": "bundles/harbour", "bundle_sha256": "5f" * 32, "size_bytes": 1},
    )
    row.owner, row.origin, row.finished_at = owner, Transcription.Origin.UPLOAD, CREATED
    row.save()
    return row


HARBOUR = (
    segment(
        ("harbour", 0.6, 1.1, 0.97), ("control", 1.15, 1.7, 0.93), ("this", 1.72, 1.9, 0.8), ("is", 1.9, 2.0, 0.99)
    ),
    segment(("sea", 4.2, 4.5, 0.55), ("wolf", 4.52, 5.0, 0.91)),
)
