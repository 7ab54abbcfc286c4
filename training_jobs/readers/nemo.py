"""NeMo manifests: one JSON object a line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.json_values import first_text, object_of, text_of
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines, lines_of, whole_text
from training_jobs.readers.members import MemberIndex
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, extension_of, not_an_object
from training_jobs.readers.splits import split_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

EXTENSIONS: Final = frozenset({"json", "jsonl", "ndjson", "manifest"})
AUDIO: Final = "audio_filepath"
SPELLED_OUT: Final = ("text", "command", "label")
TEXT_FILE: Final = "text_filepath"
SURE: Final = 0.97
WITHOUT_DURATION: Final = 0.8


class NeMo:
    """`audio_filepath`, `duration` and `text` (or `text_filepath`, `command`, `label`); `offset` cuts a piece out.

    A manifest named after a split gives its rows that split.
    """

    name = "nemo"
    title = to_be_said("NeMo manifest")
    grammar = to_be_said('{"audio_filepath": "a.wav", "duration": 2.1, "text": "..."} a line')

    def recognise(self, source: Source) -> Match | None:
        manifests = _manifests(source)
        if not manifests:
            return None
        found = {"file": manifests[0], "key": AUDIO}
        if any("duration" in one for one in _head(source, manifests[0])):
            return Match(SURE, said("{file} holds JSON objects with {key} a line, as NeMo's manifests do.", **found))
        reason = said(
            "{file} holds JSON objects with {key} a line, as NeMo's manifests do, without durations.", **found
        )
        return Match(WITHOUT_DURATION, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        texts = _Texts(source)
        for name in _manifests(source):
            split = split_of_file(name)
            for item in lines_of(source, name):
                entry = item if isinstance(item, Problem) else _entry(name, split, item, texts)
                yield from [entry] if isinstance(entry, Problem) else ledger.judge(entry)
        yield from ledger.rest()


class _Texts:
    """The text of an object, from itself or from the file it names."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._members = MemberIndex(source)

    def of(self, item: dict[str, Any], *, name: str, line: int) -> str | Problem:
        spelled_out = first_text(item, SPELLED_OUT)
        if spelled_out or not text_of(item.get(TEXT_FILE)):
            return spelled_out
        try:
            member = self._members.find(text_of(item[TEXT_FILE]), beside=name)
        except MemberError as failure:
            return Problem(name, failure.code, failure.message, line=line)
        return whole_text(self._source, member)


def _entry(name: str, split: str, numbered: tuple[int, str], texts: _Texts) -> Row | Problem:
    line, raw = numbered
    item = object_of(raw)
    if item is None:
        return not_an_object(name, line=line)
    text = texts.of(item, name=name, line=line)
    if isinstance(text, Problem):
        return text
    start = end = None
    if item.get("offset") is not None:
        start, duration = _number(item["offset"]), _number(item.get("duration"))
        if start is None or (duration is None and item.get("duration") is not None):
            message = said(
                "Expected offset and duration in seconds. Received: {offset!s}, {duration!s}.",
                offset=item["offset"],
                duration=item.get("duration"),
            )
            return Problem(name, "times_unreadable", message, line=line)
        end = None if duration is None else start + duration
    speaker = text_of(item.get("speaker"))
    return Row(text_of(item.get(AUDIO)), text, speaker, split, name, line, start, end)


def _manifests(source: Source) -> list[str]:
    names = (name for name in source.names if extension_of(name) in EXTENSIONS)
    return [name for name in names if any(AUDIO in item for item in _head(source, name))]


def _head(source: Source, name: str) -> list[dict[str, Any]]:
    objects = map(object_of, head_lines(source, name))
    return [item for item in objects if item is not None]


def _number(value: Any) -> float | None:
    try:
        number = float(text_of(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
