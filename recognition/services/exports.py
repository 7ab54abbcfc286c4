"""A transcription as a document: plain text, JSON, or subtitles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from recognition.models import Transcription

CONTENT_TYPES = {
    "txt": "text/plain; charset=utf-8",
    "json": "application/json",
    "verbose_json": "application/json",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
EXTENSIONS = {name: "json" if "json" in name else name for name in CONTENT_TYPES}


def transcription_export(*, transcription: Transcription, layout: str) -> str:
    """Return the document in one of the layouts of `CONTENT_TYPES`. Raises KeyError for another."""
    return WRITERS[layout](transcription)


def as_text(row: Transcription) -> str:
    """Write the newest text and a line end."""
    return f"{row.text}\n"


def as_json(row: Transcription) -> str:
    """Write the text alone, as `{"text": ...}`."""
    return json.dumps({"text": row.text}, ensure_ascii=False) + "\n"


def as_verbose_json(row: Transcription) -> str:
    """Write everything the API gives about what was heard."""
    return json.dumps(verbose(row), ensure_ascii=False, indent=2) + "\n"


def verbose(row: Transcription) -> dict[str, Any]:
    """Return the text with answer, model, times and confidence of each word."""
    return {
        "text": row.text,
        "answer": row.answer,
        "model": str(row.model_version),
        "duration_seconds": row.duration_seconds,
        "processing_seconds": row.processing_seconds,
        "confidence": row.confidence,
        "alternatives": row.alternatives,
        "segments": plain_segments(row),
    }


def plain_segments(row: Transcription) -> list[dict[str, Any]]:
    """Return the segments in the shape of the API: words with times and confidence."""
    keys = ("word", "start", "end", "confidence")
    return [
        {**segment, "words": [{key: word[key] for key in keys} for word in segment["words"]]}
        for segment in row.segments
    ]


def as_srt(row: Transcription) -> str:
    """Write SubRip: numbered cues with a comma before the milliseconds."""
    cues = [
        f"{number}\n{_clock(start, mark=',')} --> {_clock(end, mark=',')}\n{text}\n"
        for number, (start, end, text) in enumerate(_cues(row), start=1)
    ]
    return "\n".join(cues)


def as_vtt(row: Transcription) -> str:
    """Write WebVTT."""
    cues = [f"{_clock(start, mark='.')} --> {_clock(end, mark='.')}\n{text}\n" for start, end, text in _cues(row)]
    return "\n".join(["WEBVTT\n", *cues])


def _cues(row: Transcription) -> list[tuple[float, float, str]]:
    """Return start, end and text per segment; a corrected text has no times of its own and spans what was heard."""
    heard = [segment for segment in row.segments if segment["text"]]
    if row.text != row.heard_text or (row.text and not heard):
        start = heard[0]["start"] if heard else 0.0
        return [(start, heard[-1]["end"] if heard else row.duration_seconds, row.text)]
    return [(segment["start"], segment["end"], segment["text"]) for segment in heard]


def _clock(seconds: float, *, mark: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{mark}{milliseconds % 1000:03}"


WRITERS: dict[str, Callable[[Transcription], str]] = {
    "txt": as_text,
    "json": as_json,
    "verbose_json": as_verbose_json,
    "srt": as_srt,
    "vtt": as_vtt,
}
