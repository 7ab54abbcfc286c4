"""Kaldi data directories, which ESPnet and Vosk training take too."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from recognition.engine.language import said, to_be_said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row
from training_jobs.readers.splits import split_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

# What Kaldi's tools leave beside a data directory holds its lines once more.
COPIES: Final = re.compile(r"(^|/)split\d+(utt)?/")
TEXT, RECORDINGS, SPEAKERS, SEGMENTS = "text", "wav.scp", "utt2spk", "segments"
# No file of Kaldi's: names that its ids of speakers cannot hold. Exports of this site have it.
NAMES: Final = "spk2name"
SURE: Final = 0.98


class Kaldi:
    """`wav.scp` (recording path), `text` (utterance words), `utt2spk`, and `segments` (utterance recording start end).

    Each directory is a split by its name. A command in `wav.scp` (a line that ends in `|`) is never run.
    """

    name = "kaldi"
    title = to_be_said("Kaldi data directory")
    grammar = "train/text: UTTERANCE WORDS; train/wav.scp: UTTERANCE audio/a.wav; train/utt2spk"

    def recognise(self, source: Source) -> Match | None:
        folders = _folders(source)
        if not folders:
            return None
        first = folders[0] or said("the top folder")
        reason = said(
            "{count:,} folders hold text and wav.scp, as Kaldi's do; the first is {first}.",
            count=len(folders),
            first=first,
        )
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for folder in _folders(source):
            directory = _Directory(source, folder)
            yield from directory.read()
            for item in lines_of(source, directory.text):
                if isinstance(item, Problem):
                    yield item
                    continue
                entry = directory.entry(*item)
                yield from [entry] if isinstance(entry, Problem) else ledger.judge(entry)
        yield from ledger.rest()


class Value(NamedTuple):
    """What a file says about an id, and in which line."""

    text: str
    line: int


@dataclass(frozen=True)
class Piece:
    """One line of `segments`; an end of -1 is the end of the recording."""

    recording: str
    start: float
    end: float | None


class _Directory:
    """One data directory: its files by id."""

    def __init__(self, source: Source, folder: str) -> None:
        self._source = source
        self._folder = folder
        self.text = self._path(TEXT)
        self._split = split_in(PurePosixPath(folder).name)
        self._recordings: dict[str, Value] = {}
        self._speakers: dict[str, Value] = {}
        self._names: dict[str, Value] = {}
        self._segments: dict[str, Value] | None = None

    def read(self) -> Iterator[Problem]:
        """Read all files but the text. Their bad lines are notes: the utterances that miss them are named later."""
        yield from self._fill(RECORDINGS, self._recordings)
        for file, values in ((SPEAKERS, self._speakers), (NAMES, self._names)):
            if self._path(file) in self._source.sizes:
                yield from self._fill(file, values)
        if self._path(SEGMENTS) in self._source.sizes:
            self._segments = {}
            yield from self._fill(SEGMENTS, self._segments)

    def entry(self, line: int, text: str) -> Row | Problem:
        """Judge one line of `text`."""
        utterance, words = _halves(text)
        piece = self._piece(utterance, line)
        if isinstance(piece, Problem):
            return piece
        recording = self._recordings.get(piece.recording)
        if recording is None:
            message = said(
                "wav.scp names no recording “{recording}” for the utterance “{utterance}”.",
                recording=piece.recording,
                utterance=utterance,
            )
            return Problem(self.text, "recording_unlisted", message, line=line)
        if recording.text.endswith("|") or recording.text.startswith("|"):
            message = said(
                "Is a shell command and not a file, and commands in uploads are never run; “{utterance}” is lost with "
                "it. Run it yourself, write what comes out to a file, and name that.",
                utterance=utterance,
            )
            return Problem(self._path(RECORDINGS), "path_is_command", message, line=recording.line)
        speaker = self._speaker(utterance)
        where = (self.text, line, piece.start, piece.end) if self._segments is not None else (self.text, line)
        return Row(recording.text, words, speaker, self._split, *where)

    def _speaker(self, utterance: str) -> str:
        """Return the name of the speaker; an utterance that is its own speaker is Kaldi's way to say nobody knows."""
        speaker = self._speakers[utterance].text if utterance in self._speakers else ""
        if speaker == utterance:
            return ""
        return self._names[speaker].text if speaker in self._names else speaker

    def _piece(self, utterance: str, line: int) -> Piece | Problem:
        if self._segments is None:
            return Piece(utterance, 0.0, None)
        value = self._segments.get(utterance)
        if value is None:
            message = said("segments says nothing about the utterance “{utterance}”.", utterance=utterance)
            return Problem(self.text, "recording_unlisted", message, line=line)
        return _piece_of(value) or self._bad_times(f"{utterance} {value.text}", value.line)

    def _bad_times(self, received: str, line: int) -> Problem:
        message = said(
            "Expected utterance, recording, start and end in seconds. Received: “{received}”.", received=received
        )
        return Problem(self._path(SEGMENTS), "times_unreadable", message, line=line)

    def _fill(self, file: str, values: dict[str, Value]) -> Iterator[Problem]:
        name = self._path(file)
        for item in lines_of(self._source, name):
            if isinstance(item, Problem):
                yield Problem(item.file, item.code, item.message, line=item.line, is_clip_lost=False)
                continue
            line, text = item
            key, value = _halves(text)
            earlier = values.get(key)
            if not value:
                message = said("Says nothing about “{id}”.", id=key)
                yield Problem(name, "row_too_short", message, line=line, is_clip_lost=False)
            elif earlier is None:
                values[key] = Value(value, line)
            elif earlier.text != value:
                message = said(
                    "“{id}” stands in line {line} already, with another value. The earlier line counts.",
                    id=key,
                    line=earlier.line,
                )
                yield Problem(name, "id_twice", message, line=line, is_clip_lost=False)

    def _path(self, file: str) -> str:
        return f"{self._folder}/{file}" if self._folder else file


def _halves(text: str) -> tuple[str, str]:
    """Return the id and the rest of a line; any white space may stand between them."""
    parts = text.split(maxsplit=1)
    return parts[0], parts[1].strip() if len(parts) > 1 else ""


def _piece_of(value: Value) -> Piece | None:
    parts = value.text.split()
    try:
        recording, start, end = parts[0], float(parts[1]), float(parts[2])
    except (ValueError, IndexError):
        return None
    if not math.isfinite(start) or not math.isfinite(end):
        return None
    return Piece(recording, start, None if end == -1 else end)


def _folders(source: Source) -> list[str]:
    """Return the data directories, "" for the top."""
    texts = [name for name in source.names if PurePosixPath(name).name == TEXT and not COPIES.search(name)]
    folders = [name.removesuffix(TEXT).rstrip("/") for name in texts]
    return [folder for folder in folders if (f"{folder}/{RECORDINGS}" if folder else RECORDINGS) in source.sizes]
