"""Tar archives, plain and gzipped."""

from __future__ import annotations

import gzip
import tarfile
import tempfile
import zlib
from typing import IO, TYPE_CHECKING

from training_jobs.archives.errors import ArchiveError, broken
from training_jobs.archives.limits import Budget
from training_jobs.archives.paths import is_litter, plain_name, refused_link
from training_jobs.archives.source import BLOCK_BYTES, Source, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training_jobs.archives.limits import ArchiveLimits

DAMAGED = (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, OSError, ValueError)


class TarSource(Source):
    """The members of a tar file; a gzipped one is unpacked into a file of its own first, for random access."""

    def __init__(
        self, path: Path, limits: ArchiveLimits, *, scratch: Path, is_gzipped: bool, tick: Callable[[], None]
    ) -> None:
        budget = Budget(limits, packed_bytes=path.stat().st_size)
        self._unpacked: IO[bytes] = _gunzipped(path, budget, scratch, tick) if is_gzipped else path.open("rb")
        self._members: dict[str, tarfile.TarInfo] = {}
        try:
            self._tar = tarfile.open(fileobj=self._unpacked, mode="r:")  # noqa: SIM115 - closed by close()
            self._judge(budget, tick)
            super().__init__({name: member.size for name, member in self._members.items()}, budget)
        except DAMAGED as failure:
            self._unpacked.close()
            raise broken(str(failure)) from failure
        except ArchiveError:
            self._unpacked.close()
            raise

    def open(self, name: str) -> IO[bytes]:
        try:
            file = self._tar.extractfile(self._members[name])
        except DAMAGED as failure:
            raise unreadable(name, str(failure)) from failure
        if file is None:
            raise unreadable(name, "not a file")
        return file

    def close(self) -> None:
        self._tar.close()
        self._unpacked.close()

    def _block(self, file: IO[bytes], name: str) -> bytes:
        try:
            return file.read(BLOCK_BYTES)
        except DAMAGED as failure:
            raise unreadable(name, str(failure)) from failure

    def _judge(self, budget: Budget, tick: Callable[[], None]) -> None:
        total = 0
        for count, member in enumerate(self._tar, start=1):
            total += max(0, member.size)
            budget.check_members(count)
            # A sparse member may claim any size without holding the bytes.
            budget.check_bytes(total)
            self._keep(member)
            tick()

    def _keep(self, member: tarfile.TarInfo) -> None:
        name = plain_name(member.name)
        if not (member.isreg() or member.isdir()):
            raise refused_link(member.name)
        if member.isreg() and name and not is_litter(name):
            self._members[name] = member


def _gunzipped(path: Path, budget: Budget, scratch: Path, tick: Callable[[], None]) -> IO[bytes]:
    scratch.mkdir(parents=True, exist_ok=True)
    # Nameless on purpose: the disk space comes back however this process ends.
    unpacked = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - the source closes it
    total = 0
    try:
        with gzip.open(path) as packed:
            while block := packed.read(BLOCK_BYTES):
                total += len(block)
                budget.check_bytes(total)
                unpacked.write(block)
                tick()
    except (gzip.BadGzipFile, zlib.error, EOFError) as failure:
        unpacked.close()
        raise broken(str(failure)) from failure
    except BaseException:
        unpacked.close()
        raise
    unpacked.seek(0)
    return unpacked
