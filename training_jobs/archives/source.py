"""The one interface to a zip, a tar or a folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING, Self

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.archives.limits import Budget, gigabytes_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLOCK_BYTES = 1024**2
HEAD_BYTES = 64 * 1024


class Source(ABC):
    """Files by name. `sizes` holds every usable member, sorted by name; sizes are what the headers say."""

    def __init__(self, sizes: Mapping[str, int], budget: Budget) -> None:
        self.sizes = dict(sorted(sizes.items()))
        self.budget = budget
        budget.check_members(len(self.sizes))

    @property
    def names(self) -> list[str]:
        """Return the names of all members, sorted."""
        return list(self.sizes)

    def read(self, name: str, *, limit: int | None = None) -> bytes:
        """Return the bytes of one member. Raises MemberError: file_missing, file_too_large, file_damaged."""
        return b"".join(self.blocks(name, limit=limit))

    def blocks(self, name: str, *, limit: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of one member piece by piece. Raises MemberError as `read` does, the last two on the way."""
        most = self.budget.limits.member_bytes if limit is None else limit
        if name not in self.sizes:
            raise MemberError("file_missing", said("“{name}” is not in the upload.", name=name))
        total = 0
        with self.open(name) as file:
            # The header may lie about the size: what counts is what comes out.
            while block := self._block(file, name):
                total += len(block)
                if total > most:
                    message = said("Is larger than {most}. Cut it into shorter files.", most=gigabytes_text(most))
                    raise MemberError("file_too_large", message)
                yield block

    def head(self, name: str, *, size: int = HEAD_BYTES) -> bytes:
        """Return the first bytes of one member, at most a block of them. Raises MemberError as `read` does."""
        if name not in self.sizes:
            raise MemberError("file_missing", said("“{name}” is not in the upload.", name=name))
        with self.open(name) as file:
            return self._block(file, name)[:size]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of the archive."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Open one member for reading; MemberError where it cannot be."""

    @abstractmethod
    def _block(self, file: IO[bytes], name: str) -> bytes:
        """Read the next block of an open member; MemberError where its bytes are damaged."""


def unreadable(name: str, detail: str) -> MemberError:
    """Return the problem of a member whose bytes are damaged."""
    message = said("Is damaged inside the archive and cannot be unpacked. Pack it again.")
    return MemberError("file_damaged", message, f"{name}: {detail}")
