"""Files to transcribe: those that are named, and the audio in folders that are named."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recognition.engine.containers import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class AudioFile:
    """One file; `below` is its folder inside the folder that was named, so that results can lie the same way."""

    path: Path
    below: Path = Path()

    @property
    def size_bytes(self) -> int:
        """Its size; 0 where it is not there, which is told when it is opened."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


def audio_files(paths: Iterable[Path]) -> list[AudioFile]:
    """Return the named files as they are, and of each folder all audio files below it, sorted; each file once."""
    found = (file for path in paths for file in (_inside(path) if path.is_dir() else [AudioFile(path)]))
    return list({file.path.absolute(): file for file in found}.values())


def _inside(folder: Path) -> Iterator[AudioFile]:
    """Yield what looks like audio by its name; hidden files and folders are left out, links are not followed."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower().lstrip(".") in EXTENSIONS:
                yield AudioFile(Path(here, name), Path(here).relative_to(folder))
