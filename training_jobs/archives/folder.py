"""A folder on the machine's own disk, for the command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from training_jobs.archives.limits import Budget
from training_jobs.archives.paths import is_litter, refused_link
from training_jobs.archives.source import BLOCK_BYTES, Source, unreadable

if TYPE_CHECKING:
    from training_jobs.archives.limits import ArchiveLimits


class FolderSource(Source):
    """The files below a folder. Links that lead out of it are refused."""

    def __init__(self, root: Path, limits: ArchiveLimits) -> None:
        self._root = root.resolve()
        sizes = self._scan(limits)
        budget = Budget(limits, packed_bytes=sum(sizes.values()))
        budget.check_bytes(sum(sizes.values()))
        super().__init__(sizes, budget)

    def open(self, name: str) -> IO[bytes]:
        try:
            return (self._root / name).open("rb")
        except OSError as failure:
            raise unreadable(name, str(failure)) from failure

    def close(self) -> None:
        """Nothing is held open between reads."""

    def _block(self, file: IO[bytes], name: str) -> bytes:
        try:
            return file.read(BLOCK_BYTES)
        except OSError as failure:
            raise unreadable(name, str(failure)) from failure

    def _scan(self, limits: ArchiveLimits) -> dict[str, int]:
        sizes: dict[str, int] = {}
        budget = Budget(limits, packed_bytes=1)
        for folder, folders, files in os.walk(self._root):
            for link in (path for path in folders if (Path(folder) / path).is_symlink()):
                self._check_inside(Path(folder) / link)
            for file in files:
                path = Path(folder) / file
                name = path.relative_to(self._root).as_posix()
                if is_litter(name):
                    continue
                self._check_inside(path)
                if path.is_file():
                    sizes[name] = path.stat().st_size
            budget.check_members(len(sizes))
        return sizes

    def _check_inside(self, path: Path) -> None:
        if path.is_symlink() and not path.resolve().is_relative_to(self._root):
            raise refused_link(str(path))
