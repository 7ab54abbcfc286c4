"""SpeechBrain manifests: one JSON object, an entry for each id. (Its CSV files are tables.)"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from training_jobs.archives.errors import MemberError
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, extension_of
from training_jobs.readers.splits import split_of_file
from training_jobs.readers.text import raw_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from training_jobs.archives import Source

BEGINNING: Final = re.compile(r'^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{')
AUDIO_KEY: Final = re.compile(r'"(?:wav|audio|path|file_path)"\s*:')
AUDIO: Final = ("wav", "audio", "path", "file_path")
TEXT: Final = ("wrd", "words", "transcript", "transcription", "text", "sentence", "char", "command", "label")
SPEAKER: Final = ("spk_id", "speaker", "speaker_id")
PLACEHOLDER: Final = re.compile(r"^(\{\w+\}|\$\w+)/")
LINES_LOOKED_AT: Final = 60
SURE: Final = 0.96


class SpeechBrain:
    """`{"id": {"wav": "{data_root}/a.wav", "words": "...", "spk_id": "..."}}`; the name of the file gives the split."""

    name = "speechbrain"
    title = "SpeechBrain manifest"
    grammar = 'train.json: {"id": {"wav": "{data_root}/a.wav", "length": 2.1, "words": "..."}}'

    def recognise(self, source: Source) -> Match | None:
        manifests = _manifests(source)
        if not manifests:
            return None
        return Match(
            SURE, f"{manifests[0]} holds an object with a recording for each id, as SpeechBrain's manifests do."
        )

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _manifests(source):
            for entry in _entries(source, name):
                yield from [entry] if isinstance(entry, Problem) else ledger.judge(entry)
        yield from ledger.rest()


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, those with the same key included."""


def _entries(source: Source, name: str) -> Iterator[Row | Problem]:
    split = split_of_file(name)
    try:
        text = b"\n".join(raw_lines(source, name)).decode("utf-8")
        loaded = json.loads(text, object_pairs_hook=_Pairs)
    except MemberError as failure:
        yield Problem(name, failure.code, failure.message)
    except UnicodeDecodeError as failure:
        line = failure.object.count(b"\n", 0, failure.start) + 1
        yield Problem(name, "text_not_utf8", "Is not UTF-8. Save the file as UTF-8.", line=line)
    except json.JSONDecodeError as failure:
        message = f"Is not JSON from here on: {failure.msg}. Mend this line; nothing of the file was read."
        yield Problem(name, "row_unreadable", message, line=failure.lineno)
    except RecursionError:
        yield Problem(name, "row_unreadable", "Is nested too deeply to be read. Expected one object for each id.")
    else:
        for key, line, value in _numbered(text, loaded):
            yield _entry(name, split, key, line, value)


def _numbered(text: str, loaded: Any) -> Iterator[tuple[str, int, Any]]:
    """Yield each member of the object with the line its key stands in."""
    at, line = 0, 1
    for key, value in loaded if isinstance(loaded, _Pairs) else []:
        found = max(text.find(json.dumps(key, ensure_ascii=False), at), text.find(json.dumps(key), at))
        if found >= 0:
            line += text.count("\n", at, found)
            at = found
        yield key, line, value


def _entry(name: str, split: str, key: str, line: int, value: Any) -> Row | Problem:
    if not isinstance(value, _Pairs):
        return Problem(name, "row_unreadable", f"Expected an object for “{key}”.", line=line)
    cells = dict(value)
    path = PLACEHOLDER.sub("", _first(cells, AUDIO))
    if not path and any(isinstance(cells.get(audio), _Pairs) for audio in AUDIO):
        message = f"Cuts “{key}” out of a recording by counts of samples. Give each clip a file of its own."
        return Problem(name, "row_unreadable", message, line=line)
    return Row(path, _first(cells, TEXT), _first(cells, SPEAKER), split, name, line)


def _manifests(source: Source) -> list[str]:
    names = [name for name in source.names if extension_of(name) == "json"]
    return [name for name in names if _fits("\n".join(head_lines(source, name, most=LINES_LOOKED_AT)))]


def _fits(head: str) -> bool:
    return bool(BEGINNING.match(head)) and bool(AUDIO_KEY.search(head))


def _first(cells: dict[str, Any], names: Iterable[str]) -> str:
    return next((_plain(cells[name]) for name in names if _plain(cells.get(name))), "")


def _plain(value: Any) -> str:
    is_text = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return str(value).strip() if is_text else ""
