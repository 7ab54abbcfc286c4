"""Uploads for the tests of readers: files by name, held in memory."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

from training_jobs.archives import ArchiveLimits, Source
from training_jobs.archives.errors import MemberError
from training_jobs.archives.limits import Budget
from training_jobs.archives.source import BLOCK_BYTES
from training_jobs.readers import NO_OPTIONS, Found, Options, Problem, Row, find_reader

if TYPE_CHECKING:
    from collections.abc import Mapping


class FilesInMemory(Source):
    """A source out of a dictionary. A name in `damaged` is listed and cannot be read."""

    def __init__(self, files: Mapping[str, bytes], *, damaged: tuple[str, ...] = ()) -> None:
        super().__init__(
            {name: len(content) for name, content in files.items()}, Budget(ArchiveLimits(), packed_bytes=1)
        )
        self._files = dict(files)
        self._damaged = damaged

    def open(self, name: str) -> IO[bytes]:
        if name in self._damaged:
            raise MemberError("file_damaged", "Is damaged inside the archive and cannot be unpacked. Pack it again.")
        return io.BytesIO(self._files[name])

    def close(self) -> None:
        """Nothing is held open."""

    def _block(self, file: IO[bytes], name: str) -> bytes:
        return file.read(BLOCK_BYTES)


def source_of(files: Mapping[str, bytes | str], *, damaged: tuple[str, ...] = ()) -> FilesInMemory:
    """Return a source with these files; text is written as UTF-8."""
    contents = {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}
    return FilesInMemory(contents, damaged=damaged)


def read(
    source: Source, *, wanted: str = "auto", options: Options = NO_OPTIONS
) -> tuple[Found, list[Row], list[Problem]]:
    """Find the reader and read all of it: the reader found, the rows, the problems."""
    found = find_reader(source, wanted=wanted)
    items = list(found.reader.rows(source, options))
    rows = [item for item in items if isinstance(item, Row)]
    return found, rows, [item for item in items if isinstance(item, Problem)]
