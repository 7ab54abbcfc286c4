"""Where an export is written: a folder, or a zip whose bytes depend on what is in it alone."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from training_jobs.exporters.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable

# Sound is packed already; the same dataset gives the same file, so no time of day is written into it.
SAME_TIME: Final = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE: Final = 0o100644 << 16


class Sink(ABC):
    """An export on its way: sound is written at once, text files grow in `texts` until `finish` puts them in."""

    texts: Texts

    @abstractmethod
    def add(self, name: str, content: bytes) -> None:
        """Write one file of sound."""

    @abstractmethod
    def finish(self) -> None:
        """Put the text files in and close everything."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything; harmless after `finish`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class FolderSink(Sink):
    """A folder, made here."""

    def __init__(self, target: Path, *, header: Callable[[str], str]) -> None:
        self._target = target
        target.mkdir()
        self.texts = Texts(target, header=header)

    def add(self, name: str, content: bytes) -> None:
        path = self._target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def finish(self) -> None:
        self.texts.close()

    def close(self) -> None:
        self.texts.close()


class ZipSink(Sink):
    """A zip with everything below one folder, so that unpacking it scatters nothing."""

    def __init__(self, target: Path, *, root: str, header: Callable[[str], str]) -> None:
        self._root = root
        self._held = tempfile.TemporaryDirectory(dir=target.parent, prefix=".texts-")
        self.texts = Texts(Path(self._held.name), header=header)
        self._archive = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED)

    def add(self, name: str, content: bytes) -> None:
        self._archive.writestr(self._member(name, zipfile.ZIP_STORED), content)

    def finish(self) -> None:
        self.texts.close()
        for name in self.texts.names:
            path = self.texts.path(name)
            member = self._member(name, zipfile.ZIP_DEFLATED)
            member.file_size = path.stat().st_size
            with path.open("rb") as file, self._archive.open(member, "w") as out:
                shutil.copyfileobj(file, out)
        self.close()

    def close(self) -> None:
        self._archive.close()
        self.texts.close()
        self._held.cleanup()

    def _member(self, name: str, packing: int) -> zipfile.ZipInfo:
        member = zipfile.ZipInfo(f"{self._root}/{name}", SAME_TIME)
        member.compress_type = packing
        member.external_attr = PLAIN_FILE
        return member
