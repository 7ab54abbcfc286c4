"""Find the recording an annotation file belongs to: by what it names, else by its own name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from training_jobs.readers.rows import audio_names
from training_jobs.readers.splits import split_of_file, split_of_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from training_jobs.archives import Source

FOLDERS_UP = frozenset({"", ".", ".."})


class Recordings:
    """The audio files of an upload. Paths in annotation files are those of another machine: only what they end with
    counts, so no path ever leads out of the upload."""

    def __init__(self, source: Source) -> None:
        self.names = audio_names(source)
        self._by_file: dict[str, list[str]] = defaultdict(list)
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            path = PurePosixPath(name)
            self._by_file[path.name.casefold()].append(name)
            self._by_stem[path.stem.casefold()].append(name)

    def named(self, url: str, *, beside: str) -> str | None:
        """Return the recording that a path or URL means: its file name, else its stem with another extension."""
        path = plain_path(url)
        if not path.name:
            return None
        same_file = _nearest(self._by_file.get(path.name.casefold(), []), path, beside)
        # An identifier may hold dots (“talk.2019-04-01”), so the whole name is tried as a stem as well.
        return same_file or self._stem(path.stem, path, beside) or self._stem(path.name, path, beside)

    def beside(self, name: str) -> str | None:
        """Return the recording with the stem of an annotation file; `talk.en.srt` belongs to `talk.wav` too."""
        path = PurePosixPath(name)
        stem = path.stem
        while stem:
            if found := self._stem(stem, path, name):
                return found
            stem = stem.rpartition(".")[0]
        return None

    def only(self, annotations: int) -> str | None:
        """Return the one recording of an upload that holds one recording and one annotation file."""
        return self.names[0] if annotations == len(self.names) == 1 else None

    def _stem(self, stem: str, path: PurePosixPath, beside: str) -> str | None:
        return _nearest(self._by_stem.get(stem.casefold(), []), path.with_name(stem), beside)


def plain_path(url: str) -> PurePosixPath:
    """Return the path in a URL or in a path of any system, without its root and its steps upwards."""
    # What is named may be any text at all: a null byte is no part of a name.
    text = unquote(url.strip()).replace("\\", "/").replace("\0", "")
    parts = [part for part in text.removeprefix("file:").split("/") if part not in FOLDERS_UP]
    return PurePosixPath(*parts)


def folder_splits(names: Iterable[str]) -> dict[str, str]:
    """Return the split of each file out of its own name or its folders, where one of them is for training.

    A folder that is only called “test” says nothing: people call all kinds of folders that.
    """
    found = {name: split_of_folder(name) or split_of_file(name) for name in names}
    return found if "train" in found.values() else {}


def _nearest(names: list[str], path: PurePosixPath, beside: str) -> str | None:
    """Return the one meant: in the same folder, else the one whose path ends alike, else the only one; None if unclear.

    Several of one stem (`a.wav` and `a.mp3`) hold the same sound; the first by name is taken.
    """
    folder = PurePosixPath(beside).parent
    same = [name for name in names if PurePosixPath(name).parent == folder]
    if same:
        return same[0]
    parent = path.parent.as_posix()
    alike = [name for name in names if f"/{PurePosixPath(name).parent}".endswith(f"/{parent}")] if parent != "." else []
    candidates = alike or names
    return candidates[0] if len({PurePosixPath(name).parent for name in candidates}) == 1 else None
