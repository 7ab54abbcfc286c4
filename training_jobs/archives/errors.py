"""Why an upload is refused whole."""

from __future__ import annotations

from recognition.engine.language import said


class ArchiveError(Exception):
    """An upload that cannot be used at all: `code` is stable, `message` is for the user, `detail` for staff."""

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class MemberError(Exception):
    """One member that cannot be read; the others go on. Fields as in ArchiveError."""

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


def broken(detail: str) -> ArchiveError:
    """Return the refusal of an archive whose bytes do not hold together."""
    message = said(
        "This archive is damaged and cannot be read to its end. Nothing was kept; pack it again and upload it."
    )
    return ArchiveError("archive_broken", message, detail)
