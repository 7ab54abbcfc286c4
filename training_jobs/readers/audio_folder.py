"""Hugging Face AudioFolder: `metadata.csv` or `metadata.jsonl` beside the files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from recognition.engine.language import said
from training_jobs.readers.json_values import first_text, object_of, text_of
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines, lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.records import header_of, records_of
from training_jobs.readers.rows import SPLITS, Match, Problem, Row, not_an_object
from training_jobs.readers.splits import split_called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from training_jobs.archives import Source

TABLE, LINES, PARQUET = "metadata.csv", "metadata.jsonl", "metadata.parquet"
FILE, FILES = "file_name", "file_names"
TEXT: Final = ("transcription", "text", "sentence", "transcript", "normalized_text", "label")
SPEAKER: Final = ("speaker", "speaker_id", "client_id")
SURE: Final = 0.97


class AudioFolder:
    """`metadata.csv` or `metadata.jsonl` with `file_name` and one of transcription, text, sentence, transcript, label.

    Folders named after splits give the split, unless a column `split` does.
    """

    name = "audio_folder"
    title = "Hugging Face AudioFolder"
    grammar = "train/metadata.csv: file_name,transcription; train/a.wav"

    def recognise(self, source: Source) -> Match | None:
        found = _found(source)
        if not found:
            return None
        reason = said("{file} lies beside the files, as in an AudioFolder of Hugging Face.", file=found[0])
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _found(source):
            if _is_parquet(name):
                message = said(
                    "Is a Parquet file, which this site does not read. Save it as metadata.csv or metadata.jsonl with "
                    "the same columns, and upload it with the files again."
                )
                yield Problem(name, "parquet_unread", message)
                continue
            for item in _records(source, name):
                entry = item if isinstance(item, Problem) else _entry(name, *item)
                yield from [entry] if isinstance(entry, Problem) else ledger.judge(entry)
        yield from ledger.rest()


def _entry(name: str, line: int, cells: Mapping[str, Any]) -> Row | Problem:
    paths = _paths(cells)
    if len(paths) > 1:
        message = said("Names {count} files for one text. Give each file a line of its own.", count=len(paths))
        return Problem(name, "row_unreadable", message, line=line)
    path = paths[0] if paths else ""
    text, speaker, split = (first_text(cells, names) for names in (TEXT, SPEAKER, ("split",)))
    inside = split_called((PurePosixPath(name).parent / path).as_posix())
    return Row(path, text, speaker, SPLITS.get(split.lower(), inside), name, line)


def _paths(cells: Mapping[str, Any]) -> list[str]:
    """Return what `file_name`, any `*_file_name` or the list `file_names` holds."""
    listed = cells.get(FILES)
    if isinstance(listed, list):
        return [path for path in map(text_of, listed) if path]
    named = [key for key in cells if _names_file(key)]
    return [path for path in (text_of(cells[key]) for key in sorted(named)) if path]


def _records(source: Source, name: str) -> Iterator[tuple[int, Mapping[str, Any]] | Problem]:
    if name.endswith(".csv"):
        for record in records_of(source, name, delimiter=",", is_quoted=True):
            yield record if isinstance(record, Problem) else (record.line, record.cells)
        return
    for item in lines_of(source, name):
        if isinstance(item, Problem):
            yield item
            continue
        loaded = _object(item[1])
        if loaded is None:
            yield not_an_object(name, line=item[0])
            continue
        yield item[0], loaded


def _found(source: Source) -> list[str]:
    """Return the metadata of all folders; Parquet only where nothing beside it can be read."""
    readable = [name for name in source.names if _is_metadata(source, name)]
    folders = {PurePosixPath(name).parent for name in readable}
    parquet = [name for name in source.names if _is_parquet(name) and PurePosixPath(name).parent not in folders]
    return sorted([*readable, *parquet])


def _is_metadata(source: Source, name: str) -> bool:
    file = PurePosixPath(name).name
    if file == TABLE:
        return _has_file(header_of(source, name, delimiter=","))
    if file == LINES:
        return any(_has_file(item) for item in map(_object, head_lines(source, name)) if item)
    return False


def _has_file(names: Iterable[str]) -> bool:
    return any(key == FILES or _names_file(key) for key in names)


def _names_file(key: str) -> bool:
    return key == FILE or key.endswith(f"_{FILE}")


def _is_parquet(name: str) -> bool:
    return PurePosixPath(name).name == PARQUET


def _object(raw: str) -> dict[str, Any] | None:
    loaded = object_of(raw)
    return None if loaded is None else {key.lower(): value for key, value in loaded.items()}
