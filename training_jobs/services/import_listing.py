"""What an upload says it holds, before any sound is decoded: its layout, its rows, the questions about it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from speechsite.lib.files import absolute
from training_jobs.archives import ArchiveLimits, open_source
from training_jobs.readers import About, Options, TellsAbout, find_reader
from training_jobs.services.cutting import in_reading_order
from training_jobs.services.kind_guess import kind_guess
from training_jobs.services.storable import storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from training_jobs.archives import Source
    from training_jobs.models import DatasetImport
    from training_jobs.readers import Found, Problem, Row

TICK_ROWS: Final = 256
LONGEST_REASON: Final = 500


@dataclass(frozen=True)
class Listing:
    """The layout an upload is read by, and its rows in the order of reading: the same one at each attempt."""

    found: Found
    items: list[Row | Problem]
    about: About | None

    @property
    def kind(self) -> str:
        """Return what the clips say, words or sentences: as the upload tells, else by the look of the texts."""
        told = self.about.kind if self.about else ""
        return told or kind_guess(self.items)

    def as_columns(self) -> dict[str, str]:
        """Return what the import's row shows of it."""
        reason = storable(self.found.match.reason)[:LONGEST_REASON]
        return {"layout": self.found.reader.name, "layout_reason": reason}


def scratch_folder() -> Path:
    """Return where uploads wait and what is unpacked for a moment lies."""
    folder: Path = settings.PRIVATE_DIR / "imports"
    return folder


@contextmanager
def upload_opened(row: DatasetImport, *, tick: Callable[[], None]) -> Iterator[Source]:
    """Open the upload of an import, judged by the limits of this site. Raises ArchiveError, OSError."""
    limits = ArchiveLimits(
        members=settings.MAX_ARCHIVE_MEMBERS,
        unpacked_bytes=settings.MAX_UNPACKED_BYTES,
        ratio=settings.MAX_COMPRESSION_RATIO,
    )
    with open_source(absolute(row.source), limits=limits, scratch=scratch_folder(), tick=tick) as source:
        yield source


def upload_listed(row: DatasetImport, source: Source, *, tick: Callable[[], None]) -> Listing:
    """Recognise the layout and list the rows by what the user chose, if anything. Raises ArchiveError."""
    found = find_reader(source, wanted=row.layout_wanted)
    tick()
    items: list[Row | Problem] = []
    for item in found.reader.rows(source, Options.from_dict(row.options)):
        items.append(item)
        if len(items) % TICK_ROWS == 0:
            tick()
    about = found.reader.about(source) if isinstance(found.reader, TellsAbout) else None
    return Listing(found, in_reading_order(items), about)
