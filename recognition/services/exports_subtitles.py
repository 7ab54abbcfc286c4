"""A transcription as subtitles: SubRip and WebVTT, with cues people can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognition.engine.subtitles import cues_of

if TYPE_CHECKING:
    from recognition.engine.subtitles import Cue
    from recognition.services.exports_document import SpokenDocument

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def as_srt(document: SpokenDocument) -> str:
    """Write SubRip: numbered cues with a comma before the milliseconds."""
    cues = [
        f"{number}\n{_times(cue, mark=',')}\n{_lines(cue)}\n" for number, cue in enumerate(_cues(document), start=1)
    ]
    return "\n".join(cues)


def as_vtt(document: SpokenDocument) -> str:
    """Write WebVTT (https://www.w3.org/TR/webvtt1/)."""
    cues = [f"{_times(cue, mark='.')}\n{_lines(cue).translate(_ESCAPES)}\n" for cue in _cues(document)]
    return "\n".join(["WEBVTT\n", *cues])


def _cues(document: SpokenDocument) -> list[Cue]:
    return cues_of(document.timed_words, duration_seconds=document.duration_ms / 1000)


def _lines(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _times(cue: Cue, *, mark: str) -> str:
    return f"{_clock(cue.start_ms, mark)} --> {_clock(cue.end_ms, mark)}"


def _clock(milliseconds: int, mark: str) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{mark}{milliseconds:03}"
