"""A transcription as a document to take away: for reading, for subtitles, for tables, for linguists, for programs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy

from recognition.services.exports_document import document_of
from recognition.services.exports_docx import as_docx
from recognition.services.exports_elan import as_eaf
from recognition.services.exports_subtitles import as_srt, as_vtt
from recognition.services.exports_tables import as_segment_table, as_word_table
from recognition.services.exports_textgrid import as_textgrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_stubs_ext import StrOrPromise

    from recognition.models import Transcription


@dataclass(frozen=True)
class ExportFormat:
    """One way to write a transcription down; `words` is what the menu says, `ending` what its file is called."""

    name: str
    words: StrOrPromise
    content_type: str
    ending: str
    write: Callable[[Transcription], str | bytes]
    is_text: bool = True


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
        "heard_text": row.heard_text,
        "answer": row.answer,
        "model": str(row.model_version),
        "language": row.model_version.recognizer.language,
        "duration_seconds": row.duration_seconds,
        "processing_seconds": row.processing_seconds,
        "confidence": row.confidence,
        "hotwords": row.hotwords,
        "alternatives": row.alternatives,
        "segments": plain_segments(row.segments),
    }


def plain_segments(segments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return segments in the shape of the API: words with times and confidence."""
    keys = ("word", "start", "end", "confidence")
    return [
        {**segment, "words": [{key: word[key] for key in keys} for word in segment["words"]]} for segment in segments
    ]


_FORMATS = (
    ExportFormat("txt", gettext_lazy("Text"), "text/plain; charset=utf-8", "txt", as_text),
    ExportFormat(
        "docx",
        gettext_lazy("Word document"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
        lambda row: as_docx(document_of(row)),
        is_text=False,
    ),
    ExportFormat(
        "srt",
        gettext_lazy("Subtitles, SubRip"),
        "application/x-subrip; charset=utf-8",
        "srt",
        lambda row: as_srt(document_of(row)),
    ),
    ExportFormat(
        "vtt", gettext_lazy("Subtitles, WebVTT"), "text/vtt; charset=utf-8", "vtt", lambda row: as_vtt(document_of(row))
    ),
    ExportFormat(
        "csv",
        gettext_lazy("Table of segments"),
        "text/csv; charset=utf-8",
        "csv",
        lambda row: as_segment_table(document_of(row)),
    ),
    ExportFormat(
        "words_csv",
        gettext_lazy("Table of words"),
        "text/csv; charset=utf-8",
        "words.csv",
        lambda row: as_word_table(document_of(row)),
    ),
    ExportFormat("eaf", "ELAN", "application/xml; charset=utf-8", "eaf", lambda row: as_eaf(document_of(row))),
    ExportFormat(
        "textgrid",
        "Praat TextGrid",
        "text/plain; charset=utf-8",
        "TextGrid",
        lambda row: as_textgrid(document_of(row)),
    ),
    ExportFormat("json", gettext_lazy("JSON, text alone"), "application/json", "json", as_json),
    ExportFormat("verbose_json", gettext_lazy("JSON with times"), "application/json", "json", as_verbose_json),
)
FORMATS = {layout.name: layout for layout in _FORMATS}


def transcription_export(*, transcription: Transcription, layout: str) -> bytes:
    """Return the file in one of the layouts of `FORMATS`, text in UTF-8. Raises KeyError for another."""
    written = FORMATS[layout].write(transcription)
    return written.encode() if isinstance(written, str) else written


def export_name(*, source_name: str, layout: str) -> str:
    """Return what the file is called: `meeting.srt` for the subtitles of `meeting.mp3`."""
    return f"{PurePath(source_name).stem or 'transcription'}.{FORMATS[layout].ending}"
