"""Archives and folders behind one interface, judged before anything in them is used. No Django here."""

from __future__ import annotations

from training_jobs.archives.errors import ArchiveError
from training_jobs.archives.limits import ArchiveLimits
from training_jobs.archives.opening import open_source
from training_jobs.archives.source import Source

__all__ = ["ArchiveError", "ArchiveLimits", "Source", "open_source"]
