"""How much one upload may hold, counted while reading and never believed from a header."""

from __future__ import annotations

from dataclasses import dataclass

from recognition.engine.language import said
from training_jobs.archives.errors import ArchiveError

# A small archive of digital silence packs better than any ratio: below this size the ratio says nothing.
RATIO_COUNTS_FROM_BYTES = 16 * 1024**2


@dataclass(frozen=True)
class ArchiveLimits:
    """The limits of one upload."""

    members: int = 200_000
    unpacked_bytes: int = 20 * 1024**3
    ratio: int = 200
    member_bytes: int = 1024**3


class Budget:
    """Counts what reading has unpacked so far and stops a bomb while it goes off."""

    def __init__(self, limits: ArchiveLimits, *, packed_bytes: int) -> None:
        self.limits = limits
        self._packed_bytes = max(1, packed_bytes)

    def check_members(self, count: int) -> None:
        """Raise ArchiveError where there are more members than allowed."""
        if count > self.limits.members:
            message = said(
                "This upload holds more than {most:,} files, which is the limit. Nothing was kept; split it and upload "
                "the parts.",
                most=self.limits.members,
            )
            raise ArchiveError("archive_too_many_files", message, f"{count} members")

    def check_bytes(self, unpacked: int) -> None:
        """Raise ArchiveError where so many bytes are more than allowed, or grew too much out of the packed ones."""
        if unpacked > self.limits.unpacked_bytes:
            message = said(
                "Unpacked, this upload is larger than {most}, which is the limit. Nothing was kept; split it and "
                "upload the parts.",
                most=gigabytes_text(self.limits.unpacked_bytes),
            )
            raise ArchiveError("archive_too_large", message, f"{unpacked} bytes")
        if unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > self.limits.ratio * self._packed_bytes:
            message = said(
                "This archive unpacks to more than {most} times its size, which sound never does. Nothing was kept; "
                "pack the audio files themselves and upload that.",
                most=self.limits.ratio,
            )
            raise ArchiveError("archive_ratio", message, f"{unpacked} bytes out of {self._packed_bytes}")


def gigabytes_text(count: int) -> str:
    """Write a limit in bytes: 21.5 GB."""
    return said("{gigabytes:.3g} GB", gigabytes=count / 10**9)
