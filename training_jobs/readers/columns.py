"""Which column of a table means what: by header name, never by position; by what stands in it where no name tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from recognition.engine.language import said
from training_jobs.readers.rows import AUDIO_EXTENSIONS, extension_of
from training_jobs.readers.times import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# In the order of preference: a table may have both `path` and `audio`, or both `label` and `text`.
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "audio": (
        "file", "path", "filename", "file_name", "file_path", "filepath", "audio", "audio_path", "audio_file",
        "audio_file_path", "audio_filepath", "audio_filename", "wav", "wav_filename", "wav_file", "wav_path", "clip",
        "recording", "media", "sound",
    ),
    "text": (
        "label", "labels", "word", "command", "class", "class_name", "category", "target", "keyword", "digit",
        "text", "transcript", "transcription", "sentence", "wrd", "words", "utterance", "normalized_text",
    ),
    "speaker": ("speaker", "speaker_id", "spk_id", "spk", "client_id", "speaker_name", "reader", "user_id"),
    "split": ("split", "subset", "partition", "set", "fold"),
    "start": (
        "start", "start_time", "start_seconds", "start_sec", "start_ms", "begin", "begin_time", "onset", "offset",
        "offset_ms", "from", "xmin", "tmin",
    ),
    "end": ("end", "end_time", "end_seconds", "end_sec", "end_ms", "stop", "stop_time", "to", "xmax", "tmax", "offset"),
    "duration": ("duration", "duration_seconds", "duration_sec", "duration_ms", "dur", "length"),
}  # fmt: skip
# Columns of names without an extension: they mean a file only where a recording is called so.
IDENTIFIERS: Final = ("id", "utt_id", "utterance_id", "audio_id", "clip_id", "recording_id", "file_id", "key", "name")
UNIT: Final = re.compile(r"[\[(][^\[\]()]*[\])]")
MILLISECONDS: Final = re.compile(r"(?:^|[\W_])(?:ms|msec|millis|milliseconds)(?:$|[\W_])", re.IGNORECASE)
MOST_CELLS: Final = 0.5
FEWEST_LETTERS: Final = 2
COLUMN: Final = "column "


@dataclass(frozen=True)
class Columns:
    """The names of the columns a table has for each meaning; empty where it has none.

    `is_named` says that the file and the text were told by their header names, not by what stands below them.
    """

    audio: str = ""
    text: str = ""
    speaker: str = ""
    split: str = ""
    start: str = ""
    end: str = ""
    duration: str = ""
    is_named: bool = False

    def is_usable(self) -> bool:
        """Say whether rows can be read: both the file and its text are known."""
        return bool(self.audio and self.text)

    def chosen(self, wanted: Mapping[str, str], header: Sequence[str]) -> Columns:
        """Return these columns with what the user chose; a column this table does not have changes nothing."""
        chosen: dict[str, Any] = {meaning: name for meaning, name in wanted.items() if not name or name in header}
        return replace(self, **chosen)


def columns_by_name(header: Sequence[str]) -> Columns:
    """Match header names alone."""
    by_name = {plain_name(cell): cell for cell in reversed(header)}
    audio, text = _first(by_name, NAMES["audio"]), _first(by_name, NAMES["text"])
    start, end, duration = (_first(by_name, NAMES[meaning]) for meaning in ("start", "end", "duration"))
    end = "" if end == start else end
    # A duration alone tells how long the file is, a start alone not where the piece ends.
    is_cut = bool(start and (end or duration))
    return Columns(
        audio=audio,
        text=text,
        speaker=_first(by_name, NAMES["speaker"]),
        split=_first(by_name, NAMES["split"]),
        start=start if is_cut else "",
        end=end if is_cut else "",
        duration=duration if is_cut and not end else "",
        is_named=bool(audio and text),
    )


def columns_of(
    header: Sequence[str], rows: Sequence[Mapping[str, str]], is_recording: Callable[[str], bool]
) -> Columns:
    """Match header names, and where they do not tell the file or the text, the column that looks like it.

    The file is in the column whose cells are recordings of the upload, the text in the one with most letters.
    """
    named = columns_by_name(header)
    audio = _audio_column(header, named.audio, rows, is_recording)
    text = named.text if named.text != audio else ""
    text = text or (_text_column(header, replace(named, audio=audio), rows) if audio else "")
    is_named = bool(named.text and text) and plain_name(audio) in {*NAMES["audio"], *IDENTIFIERS}
    columns = replace(named, audio=audio, text=text, is_named=is_named)
    return columns if columns.start else _with_times(columns, header, rows)


def plain_name(cell: str) -> str:
    """Return a header name as the lists above have it: small letters, _ between words, no unit in brackets."""
    return re.sub(r"[\s-]+", "_", UNIT.sub("", cell).strip().lower())


def column_text(name: str) -> str:
    """Return a column's name as people are shown it: the names that stand in for missing ones are translated."""
    number = name.removeprefix(COLUMN)
    return said("column {number}", number=number) if name.startswith(COLUMN) and number.isdecimal() else name


def unit_of(column: str) -> float:
    """Return how many seconds one unit of a column of times is: `start_ms` holds milliseconds."""
    return 0.001 if MILLISECONDS.search(column) else 1.0


def _audio_column(
    header: Sequence[str], named: str, rows: Sequence[Mapping[str, str]], is_recording: Callable[[str], bool]
) -> str:
    """Return the column of files: the named one if its files are there, else one whose cells are recordings."""
    by_name = {plain_name(cell): cell for cell in reversed(header)}
    known = [by_name[name] for name in (*NAMES["audio"], *IDENTIFIERS) if name in by_name]
    for column in [*known, *header]:
        found = sum(1 for row in rows if is_recording(row.get(column, "")))
        # Of a column with the right name one file is enough: the others may have been left out of the upload.
        if found > MOST_CELLS * len(rows) or (found and column == named):
            return column
    return named


def _text_column(header: Sequence[str], known: Columns, rows: Sequence[Mapping[str, str]]) -> str:
    taken = {known.audio, known.speaker, known.split, known.start, known.end, known.duration}
    letters = {column: _letters(column, rows) for column in header if column not in taken}
    best = max(letters, key=lambda column: letters[column], default="")
    return best if best and letters[best] >= FEWEST_LETTERS else ""


def _with_times(columns: Columns, header: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Columns:
    """Return the columns with two of times, where rows repeat a recording and two columns side by side hold a lower and
    a higher number in every row: rows that say different things about one file can only be about pieces of it."""
    files = [row.get(columns.audio, "") for row in rows]
    if not columns.audio or len(set(files)) == len(files):
        return columns
    known = {columns.audio, columns.text, columns.speaker, columns.split}
    for start, end in pairwise(header):
        pairs = [(seconds(row.get(start, "")), seconds(row.get(end, ""))) for row in rows]
        is_span = all(a is not None and b is not None and 0 <= a < b for a, b in pairs)
        if is_span and not known & {start, end}:
            return replace(columns, start=start, end=end)
    return columns


def _letters(column: str, rows: Sequence[Mapping[str, str]]) -> float:
    """Return how many letters the cells of a column have on average; cells that are file names have none."""
    cells = [row.get(column, "") for row in rows]
    counted = [sum(map(str.isalpha, cell)) for cell in cells if extension_of(cell) not in AUDIO_EXTENSIONS]
    return sum(counted) / len(cells) if cells else 0.0


def _first(by_name: Mapping[str, str], names: Sequence[str]) -> str:
    return next((by_name[name] for name in names if name in by_name), "")
