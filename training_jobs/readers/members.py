"""Find the member a table's row means."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError

if TYPE_CHECKING:
    from training_jobs.archives import Source


class MemberIndex:
    """Members by path, and by file name alone: paths in tables are often those of another machine."""

    def __init__(self, source: Source) -> None:
        self._names = source.sizes
        self._by_file: dict[str, list[str]] = defaultdict(list)
        for name in source.names:
            self._by_file[name.rpartition("/")[2]].append(name)

    def find(self, path: str, *, beside: str) -> str:
        """Return the member that `path` means in the table `beside`.

        Tried: relative to the table, relative to the top, then the file name alone where it is the only one of that
        name. Raises MemberError path_missing, path_unsafe, file_missing, file_ambiguous.
        """
        wanted = path.strip().replace("\\", "/")
        if not wanted:
            raise MemberError("path_missing", said("Names no file."))
        if ".." in wanted.split("/"):
            raise MemberError("path_unsafe", said("Names “{path}”, which leads out of the folder.", path=wanted))
        plain = PurePosixPath(wanted.removeprefix("file://"))
        for candidate in ((PurePosixPath(beside).parent / plain), plain):
            if candidate.as_posix() in self._names:
                return candidate.as_posix()
        return self._by_name_alone(plain, wanted)

    def _by_name_alone(self, plain: PurePosixPath, wanted: str) -> str:
        same = self._by_file.get(plain.name, [])
        ending = [name for name in same if f"/{name}".endswith(f"/{plain.as_posix().lstrip('/')}")]
        fitting = ending or same
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            message = said(
                "Names “{path}”, and the upload holds {count} files of that name in other folders.",
                path=wanted,
                count=len(fitting),
            )
            raise MemberError("file_ambiguous", message)
        raise MemberError("file_missing", said("Names “{path}”, which is not in the upload.", path=wanted))
