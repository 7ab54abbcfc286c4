"""Transcripts in the JSON of Whisper and of OpenAI's API (`verbose_json`), as labels."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.aligned import AlignedFiles, Annotation
from training_jobs.readers.lines import head_lines
from training_jobs.readers.rows import Problem
from training_jobs.readers.spans import Span
from training_jobs.readers.text import ANNOTATION_BYTES
from training_jobs.readers.word_times import TimedWord, pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source
    from training_jobs.readers.options import Options


class WhisperJson(AlignedFiles):
    """`talk.json` beside `talk.mp3`: {"segments": [{"start", "end", "text"}]}; "words" where there are none."""

    name = "verbose_json"
    title = to_be_said("Whisper verbose JSON")
    grammar = '{"segments": [{"start": 0.0, "end": 2.5, "text": "…"}]}'
    extensions = frozenset({"json"})

    def looks_right(self, source: Source, name: str) -> bool:
        head = "\n".join(head_lines(source, name))
        if not head.lstrip().startswith("{") or '"start"' not in head:
            return '"segments"' in head and head.lstrip().startswith("{")
        return '"segments"' in head or '"words"' in head

    def is_ours(self, source: Source, name: str) -> bool:
        # Other JSON files of an upload are settings and cards.
        return self.looks_right(source, name)

    def annotation(self, source: Source, name: str, options: Options) -> Annotation:
        content = _loaded(source.read(name, limit=ANNOTATION_BYTES))
        segments, words = content.get("segments"), content.get("words")
        if isinstance(segments, list) and (segments or not isinstance(words, list)):
            return Annotation(_spans(name, segments))
        if isinstance(words, list):
            return Annotation(_grouped(name, words))
        message = said("Has neither “segments” nor “words” with times. Ask for verbose_json when you transcribe.")
        raise MemberError("file_unreadable", message)


def _loaded(content: bytes) -> dict[str, Any]:
    try:
        loaded = json.loads(content)
    except (ValueError, RecursionError) as failure:
        line = getattr(failure, "lineno", None)
        if line:
            message = said("Is not JSON that can be read. It breaks in line {line}.", line=line)
        else:
            message = said("Is not JSON that can be read.")
        raise MemberError("file_unreadable", message) from failure
    if not isinstance(loaded, dict):
        raise MemberError("file_unreadable", said("Is JSON, but no object with “segments”."))
    return loaded


def _spans(file: str, segments: list[Any]) -> Iterator[Span | Problem]:
    for number, segment in enumerate(segments, start=1):
        yield _span(file, segment, "text", said("Segment {number}", number=number))


def _grouped(file: str, words: list[Any]) -> Iterator[Span | Problem]:
    timed = []
    for number, word in enumerate(words, start=1):
        span = _span(file, word, "word", said("Word {number}", number=number))
        if isinstance(span, Problem):
            yield span
        else:
            timed.append(TimedWord(span.text, span.start, span.end, what=span.what))
    yield from pieces_of(timed)


def _span(file: str, entry: Any, key: str, what: str) -> Span | Problem:
    if not isinstance(entry, dict) or not isinstance(entry.get(key), str):
        message = said("{what} is no object with “start”, “end” and “{key}”.", what=what, key=key)
        return Problem(file, "row_unreadable", message)
    start, end = _seconds(entry.get("start")), _seconds(entry.get("end"))
    if start is None or end is None:
        message = said(
            "{what} has the times {start!r:.40} and {end!r:.40}; seconds are expected.",
            what=what,
            start=entry.get("start"),
            end=entry.get("end"),
        )
        return Problem(file, "times_unreadable", message)
    speaker = entry.get("speaker")
    return Span(entry[key], start, end, speaker=speaker if isinstance(speaker, str) else "", what=what)


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
