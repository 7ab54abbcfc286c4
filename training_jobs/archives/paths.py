"""Names of members: made plain, and refused where they lead out of the folder."""

from __future__ import annotations

import re

from recognition.engine.language import said
from training_jobs.archives.errors import ArchiveError

DRIVE = re.compile(r"^[A-Za-z]:")
LITTER_FOLDERS = frozenset({"__MACOSX", ".git", "@eaDir"})
LITTER_FILES = frozenset({"thumbs.db", "desktop.ini"})


def plain_name(name: str) -> str:
    """Return a member's name with forward slashes and without `./`; raise ArchiveError where it is unsafe."""
    slashed = name.replace("\\", "/")
    parts = [part for part in slashed.split("/") if part not in {"", "."}]
    if slashed.startswith("/") or DRIVE.match(slashed) or ".." in parts or "\0" in slashed:
        message = said(
            "A file in this archive names a place outside its own folder. Nothing was kept; pack the folder again "
            "with an ordinary archiver."
        )
        raise ArchiveError("archive_unsafe_path", message, repr(name))
    return "/".join(parts)


def is_litter(name: str) -> bool:
    """Say whether a file is what a file manager leaves behind: hidden files, __MACOSX, Thumbs.db."""
    *folders, file = name.split("/")
    is_hidden = any(part.startswith(".") for part in (*folders, file))
    return is_hidden or not LITTER_FOLDERS.isdisjoint(folders) or file.lower() in LITTER_FILES


def refused_link(name: str) -> ArchiveError:
    """Return the refusal of an archive with a link or a device in it."""
    message = said(
        "This archive holds a link or a device instead of a file. Nothing was kept; pack the files themselves "
        "and upload that."
    )
    return ArchiveError("archive_link", message, repr(name))
