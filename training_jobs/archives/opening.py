"""Tell what an upload is from its first bytes, and open it."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import ArchiveError
from training_jobs.archives.folder import FolderSource
from training_jobs.archives.tars import TarSource
from training_jobs.archives.zips import ZipSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training_jobs.archives.limits import ArchiveLimits
    from training_jobs.archives.source import Source

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP_MAGIC = b"\x1f\x8b"
TAR_MAGIC = b"ustar"
TAR_MAGIC_AT = 257
HEAD_BYTES = 512
OTHER_PACKERS = ((b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!", "rar"), (b"BZh", "bz2"), (b"\xfd7zXZ", "xz"))


def open_source(path: Path, *, limits: ArchiveLimits, scratch: Path, tick: Callable[[], None] = lambda: None) -> Source:
    """Open a zip, tar, tar.gz or folder and judge its members; its name is not looked at.

    `scratch` is a folder for what has to be unpacked to be read; `tick` is called every moment while that lasts.
    Raises ArchiveError: not_an_archive, archive_empty, archive_broken, archive_encrypted, archive_unsafe_path,
    archive_link, archive_too_many_files, archive_too_large, archive_ratio.
    """
    source = _opened(path, limits=limits, scratch=scratch, tick=tick)
    if not source.sizes:
        source.close()
        message = said("There are no files in this upload. Nothing was kept; pack the audio files and upload that.")
        raise ArchiveError("archive_empty", message)
    return source


def _opened(path: Path, *, limits: ArchiveLimits, scratch: Path, tick: Callable[[], None]) -> Source:
    if path.is_dir():
        return FolderSource(path, limits)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(ZIP_MAGIC):
        return ZipSource(path, limits)
    if head.startswith(GZIP_MAGIC):
        return TarSource(path, limits, scratch=scratch, is_gzipped=True, tick=tick)
    if head[TAR_MAGIC_AT:].startswith(TAR_MAGIC) or _is_old_tar(path, head):
        return TarSource(path, limits, scratch=scratch, is_gzipped=False, tick=tick)
    raise _not_an_archive(head)


def _is_old_tar(path: Path, head: bytes) -> bool:
    return len(head) == HEAD_BYTES and tarfile.is_tarfile(path)


def _not_an_archive(head: bytes) -> ArchiveError:
    packer = next((name for magic, name in OTHER_PACKERS if head.startswith(magic)), "")
    if packer:
        message = said(
            "This is a {packer} file. Nothing was kept; pack the folder as zip, tar or tar.gz and upload that.",
            packer=packer,
        )
    else:
        message = said(
            "This file is not an archive. Nothing was kept; pack the folder as zip, tar or tar.gz and upload that."
        )
    return ArchiveError("not_an_archive", message, f"begins with {head[:16]!r}")
