"""The text files of an export while they grow, a line at a time: of any length, in no memory."""

from __future__ import annotations

import hashlib
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Texts:
    """UTF-8 files with plain line ends below a folder. `header` gives the first line of a file, or nothing."""

    def __init__(self, folder: Path, *, header: Callable[[str], str] = lambda _: "") -> None:
        self._folder = folder
        self._header = header
        self._files: dict[str, IO[str]] = {}

    @property
    def names(self) -> list[str]:
        """Return the files there are, in the order they were begun."""
        return list(self._files)

    def path(self, name: str) -> Path:
        """Return where a file lies; call `close` or `lines` first to have all of it there."""
        return self._folder / name

    def append(self, name: str, line: str) -> None:
        """Add a line to a file, which is begun where it is not there yet."""
        (self._files.get(name) or self._begun(name)).write(f"{line}\n")

    def lines(self, name: str) -> Iterator[str]:
        """Yield the lines of a file so far, without their ends; none of a file that was never begun."""
        if name not in self._files:
            return
        self._files[name].flush()
        with self.path(name).open(encoding="utf-8", newline="\n") as file:
            for line in file:
                yield line.removesuffix("\n")

    def sha256(self, name: str) -> str:
        """Return the hash of a file so far."""
        self._files[name].flush()
        with self.path(name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def close(self) -> None:
        """Write everything out."""
        for file in self._files.values():
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begun(self, name: str) -> IO[str]:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8", newline="\n")
        self._files[name] = file
        header = self._header(name)
        if header:
            file.write(f"{header}\n")
        return file
