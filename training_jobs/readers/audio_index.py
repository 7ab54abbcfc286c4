"""Find the recording a list means, by its path or by its name without an extension."""

from __future__ import annotations

import posixpath
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.members import MemberIndex
from training_jobs.readers.rows import AUDIO_EXTENSIONS, extension_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training_jobs.archives import Source

HERE: Final = ("",)


class AudioIndex:
    """The recordings of an upload. `extra` are extensions that are sound in one layout alone, such as raw.

    Names are compared in one form of Unicode: archives packed on a Mac write “é” as two characters, lists as one.
    """

    def __init__(self, source: Source, *, extra: frozenset[str] = frozenset()) -> None:
        self._extensions = AUDIO_EXTENSIONS | extra
        self._sizes = source.sizes
        self._members = MemberIndex(source)
        self.names = [name for name in source.names if extension_of(name) in self._extensions]
        self._by_path: dict[str, str] = {}
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for name in self.names:
            path = self._path_of(name)
            self._by_path.setdefault(path, name)
            self._by_stem[posixpath.basename(path)].append(name)

    def find(self, path: str, *, beside: str, below: Sequence[str] = HERE) -> str:
        """Return the recording that `path`, with or without an extension, means in the list `beside`.

        Tried: in the folders `below` that of the list, then what MemberIndex tries, then the name without its
        extension where it is the only one. Raises MemberError as MemberIndex does.
        """
        wanted = path.strip().replace("\\", "/")
        if wanted and not wanted.startswith("/") and ".." not in wanted.split("/"):
            folder = posixpath.dirname(beside)
            for place in below:
                found = self._at(_joined(folder, place, wanted))
                if found:
                    return found
        try:
            return self._members.find(path, beside=beside)
        except MemberError as failure:
            if failure.code != "file_missing":
                raise
            return self._by_stem_alone(wanted, failure)

    def _at(self, path: str) -> str:
        return path if path in self._sizes else self._by_path.get(_plain(self._bare(path)), "")

    def _bare(self, path: str) -> str:
        """Return the path without an audio extension; a dot in an id such as `1.2` is none."""
        return posixpath.splitext(path)[0] if extension_of(path) in self._extensions else path

    def _by_stem_alone(self, wanted: str, failure: MemberError) -> str:
        bare = _plain(self._bare(wanted).lstrip("/"))
        same = self._by_stem.get(posixpath.basename(bare), [])
        ending = [name for name in same if f"/{self._path_of(name)}".endswith(f"/{bare}")]
        fitting = ending or same
        if not fitting:
            raise failure
        if len({self._path_of(name) for name in fitting}) > 1:
            message = said(
                "Names “{path}”, and the upload holds {count} recordings of that name in other folders.",
                path=wanted,
                count=len(fitting),
            )
            raise MemberError("file_ambiguous", message)
        return fitting[0]

    @staticmethod
    def _path_of(name: str) -> str:
        return _plain(posixpath.splitext(name)[0])


def _joined(*parts: str) -> str:
    path = "/".join(part for part in parts if part)
    return posixpath.normpath(path) if "./" in path or "//" in path else path


def _plain(path: str) -> str:
    return unicodedata.normalize("NFC", path)
