"""Zip archives."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING, Any

from recognition.engine.language import said
from training_jobs.archives.errors import ArchiveError, broken
from training_jobs.archives.limits import Budget
from training_jobs.archives.paths import is_litter, plain_name, refused_link
from training_jobs.archives.source import BLOCK_BYTES, Source, unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.archives.limits import ArchiveLimits

ENCRYPTED = 0x1
UTF8_NAMES = 0x800
UNIX = 3
FILE_KINDS = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
END_SIGNATURE = b"PK\x05\x06"
END_BYTES = 22
LOCAL_HEADER_BYTES = 30
ZIP64_LOCATOR_BYTES = 20
ZIP64_MARK = 0xFFFFFFFF
LONGEST_COMMENT_BYTES = 65_535
# A directory entry has 46 bytes and a name; what is far beyond that is no listing of audio files.
DIRECTORY_BYTES_PER_MEMBER = 1_024
# zlib.error and NotImplementedError (an exotic compression) come through zipfile unwrapped.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, struct.error)


class ZipSource(Source):
    """The members of a zip file."""

    def __init__(self, path: Path, limits: ArchiveLimits) -> None:
        _check_directory_size(path, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except DAMAGED as failure:
            raise broken(str(failure)) from failure
        self._infos: dict[str, zipfile.ZipInfo] = {}
        try:
            budget = Budget(limits, packed_bytes=path.stat().st_size)
            self._judge(budget)
            super().__init__({name: info.file_size for name, info in self._infos.items()}, budget)
        except ArchiveError:
            self._zip.close()
            raise

    def open(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(self._infos[name])
        except DAMAGED as failure:
            raise unreadable(name, str(failure)) from failure

    def close(self) -> None:
        self._zip.close()

    def _block(self, file: IO[bytes], name: str) -> bytes:
        try:
            return file.read(BLOCK_BYTES)
        except DAMAGED as failure:
            raise unreadable(name, str(failure)) from failure

    def _judge(self, budget: Budget) -> None:
        infos = self._zip.infolist()
        budget.check_members(len(infos))
        budget.check_bytes(sum(info.file_size for info in infos))
        for info in infos:
            _check_member(info)
            name = plain_name(_unicode_name(info))
            if not info.is_dir() and name and not is_litter(name):
                self._infos[name] = info
        _check_no_overlap(infos)


def _check_directory_size(path: Path, limits: ArchiveLimits) -> None:
    """Refuse a directory of millions of entries before zipfile reads it into memory."""
    with path.open("rb") as file:
        size = _directory_bytes(file, path.stat().st_size)
    if size > limits.members * DIRECTORY_BYTES_PER_MEMBER:
        Budget(limits, packed_bytes=1).check_members(limits.members + 1)


def _directory_bytes(file: Any, file_bytes: int) -> int:
    """Read the size of the central directory from the end record (APPNOTE 4.3.16, and 4.3.14 for zip64)."""
    tail_start = max(0, file_bytes - END_BYTES - LONGEST_COMMENT_BYTES)
    file.seek(tail_start)
    tail = file.read()
    at = tail.rfind(END_SIGNATURE)
    if at < 0 or len(tail) < at + END_BYTES:
        raise broken("no end of central directory")
    size = int(struct.unpack_from("<I", tail, at + 12)[0])
    if size != ZIP64_MARK or at < ZIP64_LOCATOR_BYTES:
        return size
    file.seek(struct.unpack_from("<Q", tail, at - ZIP64_LOCATOR_BYTES + 8)[0])
    record = file.read(56)
    return int(struct.unpack_from("<Q", record, 40)[0]) if len(record) == 56 else size  # noqa: PLR2004 - its length


def _check_member(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & ENCRYPTED:
        message = said(
            "This archive is protected with a password. Nothing was kept; pack it without one and upload it."
        )
        raise ArchiveError("archive_encrypted", message, repr(info.filename))
    mode = info.external_attr >> 16
    if info.create_system == UNIX and stat.S_IFMT(mode) not in FILE_KINDS:
        raise refused_link(info.filename)


def _check_no_overlap(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse members that share their bytes: that is how a small zip unpacks to petabytes."""
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end:
            raise broken(f"members overlap at {info.filename!r}")
        end = info.header_offset + LOCAL_HEADER_BYTES + info.compress_size


def _unicode_name(info: zipfile.ZipInfo) -> str:
    """Undo zipfile's guess of cp437 where a packer wrote UTF-8 without saying so, as most on Unix do."""
    if info.flag_bits & UTF8_NAMES:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
