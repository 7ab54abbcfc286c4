"""Which column of a table means what: matched by header name, never by position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

# In the order of preference: a table may have both `path` and `audio`, or both `label` and `text`.
AUDIO: Final = (
    "file", "path", "filename", "file_name", "file_path", "filepath", "audio", "audio_path", "audio_file",
    "audio_filepath", "wav", "wav_filename", "wav_file", "clip", "recording",
)  # fmt: skip
LABEL: Final = (
    "label", "labels", "word", "command", "class", "class_name", "category", "target", "keyword", "digit",
    "text", "transcript", "transcription", "sentence", "wrd",
)  # fmt: skip
SPEAKER: Final = ("speaker", "speaker_id", "spk_id", "spk", "client_id", "speaker_name", "reader")
SPLIT: Final = ("split", "subset", "partition", "set", "fold")
CUT: Final = (("start", "end"), ("offset", "duration"), ("start_time", "end_time"))


@dataclass(frozen=True)
class Columns:
    """The names of the columns a table has for each meaning; empty where it has none."""

    audio: str
    label: str
    speaker: str = ""
    split: str = ""


def columns_of(header: Sequence[str]) -> Columns | None:
    """Match header names; None where audio or label is missing, or where rows cut pieces out of longer files."""
    by_name = {cell.strip().lower().replace(" ", "_").replace("-", "_"): cell for cell in reversed(header)}
    if any(start in by_name and end in by_name for start, end in CUT):
        return None
    audio, label = _first(by_name, AUDIO), _first(by_name, LABEL)
    if not audio or not label:
        return None
    return Columns(audio=audio, label=label, speaker=_first(by_name, SPEAKER), split=_first(by_name, SPLIT))


def _first(by_name: dict[str, str], names: Sequence[str]) -> str:
    return next((by_name[name] for name in names if name in by_name), "")
