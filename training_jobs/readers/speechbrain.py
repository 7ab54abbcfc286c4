"""SpeechBrain manifests: one JSON object, an entry for each id. (Its CSV files are tables.)"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.json_values import first_text, text_of
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, extension_of, not_utf8
from training_jobs.readers.splits import split_of_file
from training_jobs.readers.text import raw_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

BEGINNING: Final = re.compile(r'^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{')
AUDIO_KEY: Final = re.compile(r'"(?:wav|audio|path|file_path)"\s*:')
AUDIO: Final = ("wav", "audio", "path", "file_path")
TEXT: Final = ("wrd", "words", "transcript", "transcription", "text", "sentence", "char", "command", "label")
SPEAKER: Final = ("spk_id", "speaker", "speaker_id")
NO_SPACE: Final = re.compile(r"[^ \t\n\r]")
SURROGATE: Final = re.compile("[\ud800-\udfff]")
PLACEHOLDER: Final = re.compile(r"^(\{\w+\}|\$\w+)/")
LINES_LOOKED_AT: Final = 60
SURE: Final = 0.96


class SpeechBrain:
    """`{"id": {"wav": "{data_root}/a.wav", "words": "...", "spk_id": "..."}}`; the name of the file gives the split."""

    name = "speechbrain"
    title = to_be_said("SpeechBrain manifest")
    grammar = 'train.json: {"id": {"wav": "{data_root}/a.wav", "length": 2.1, "words": "..."}}'

    def recognise(self, source: Source) -> Match | None:
        manifests = _manifests(source)
        if not manifests:
            return None
        reason = said("{file} holds a recording for each id, as SpeechBrain's manifests do.", file=manifests[0])
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _manifests(source):
            for entry in _entries(source, name):
                yield from [entry] if isinstance(entry, Problem) else ledger.judge(entry)
        yield from ledger.rest()


def _entries(source: Source, name: str) -> Iterator[Row | Problem]:
    split = split_of_file(name)
    try:
        # A byte that is not UTF-8 comes through as a lone surrogate and costs only the entry it stands in.
        text = b"\n".join(raw_lines(source, name)).decode("utf-8", errors="surrogateescape")
    except MemberError as failure:
        yield Problem(name, failure.code, failure.message)
        return
    try:
        for member in _members(text):
            yield _entry(name, split, member)
    except json.JSONDecodeError as failure:
        message = said(
            "Is not JSON from here on: {reason}. Mend this line; nothing behind it was read.", reason=failure.msg
        )
        yield Problem(name, "row_unreadable", message, line=failure.lineno)
    except RecursionError:
        message = said("Is nested too deeply to be read. Expected one object for each id.")
        yield Problem(name, "row_unreadable", message)


class Member(NamedTuple):
    """One id with what the object says about it, and the line its key stands in."""

    key: str
    value: Any
    line: int


def _members(text: str) -> Iterator[Member]:
    """Yield the members of the object one by one, those before damage and those with the same key included."""
    decoder, line, counted = json.JSONDecoder(), 1, 0
    at = _expect(text, 0, "{")
    at = _behind(text, at)
    while text[at : at + 1] != "}":
        line, counted = line + text.count("\n", counted, at), at
        key, at = decoder.raw_decode(text, at)
        value, at = decoder.raw_decode(text, _behind(text, _expect(text, at, ":")))
        yield Member(str(key), value, line)
        at = _behind(text, at)
        if text[at : at + 1] != "}":
            at = _behind(text, _expect(text, at, ","))


def _behind(text: str, at: int) -> int:
    """Return the place behind white space."""
    found = NO_SPACE.search(text, at)
    return found.start() if found else len(text)


def _expect(text: str, at: int, sign: str) -> int:
    place = _behind(text, at)
    if text[place : place + 1] != sign:
        raise json.JSONDecodeError(said("expected “{sign}”", sign=sign), text, place)
    return place + 1


def _entry(name: str, split: str, member: Member) -> Row | Problem:
    key, value, line = member
    if not isinstance(value, dict):
        message = said("Expected an object for “{id}”.", id=text_of(key))
        return Problem(name, "row_unreadable", message, line=line)
    if any(SURROGATE.search(cell) for cell in (key, *value.values()) if isinstance(cell, str)):
        return not_utf8(name, line=line)
    path = PLACEHOLDER.sub("", first_text(value, AUDIO))
    if not path and any(isinstance(value.get(audio), dict) for audio in AUDIO):
        message = said(
            "Cuts “{id}” out of a recording by counts of samples. Give each clip a file of its own.", id=text_of(key)
        )
        return Problem(name, "row_unreadable", message, line=line)
    return Row(path, first_text(value, TEXT), first_text(value, SPEAKER), split, name, line)


def _manifests(source: Source) -> list[str]:
    names = [name for name in source.names if extension_of(name) == "json"]
    return [name for name in names if _fits("\n".join(head_lines(source, name, most=LINES_LOOKED_AT)))]


def _fits(head: str) -> bool:
    return bool(BEGINNING.match(head)) and bool(AUDIO_KEY.search(head))
