"""Uploads: begun, received piece by piece, given up, forgotten."""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import bytes_text
from speechsite.uploads.models import Upload
from speechsite.uploads.protocol import CHECKSUM_MISMATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from django.contrib.auth.models import User

    from speechsite.uploads.protocol import Checksum

Status = Upload.Status
LONGEST_NAME: Final = 255
LONGEST_METADATA: Final = 2_000
# An archive is written once as it is and once as clips; anything below leaves no room for the database.
ROOM_NEEDED_TIMES: Final = 2
ORPHANS_KEPT: Final = timedelta(days=1)


def upload_create(*, owner: User, size_bytes: int, name: str, metadata: str = "") -> Upload:
    """Begin an upload; what cannot be taken is refused here, before the first byte.

    Raises ServiceError upload_empty, too_large (413), uploads_full (413), disk_full (507).
    """
    if size_bytes <= 0:
        message = _("This file holds nothing: 0 bytes. Nothing was sent; choose another one.")
        raise ServiceError("upload_empty", message)
    check_size(size_bytes)
    _check_quota(owner, size_bytes)
    check_room(size_bytes)
    upload = Upload(
        owner=owner,
        size_bytes=size_bytes,
        name=name[-LONGEST_NAME:] or "upload",
        metadata=metadata if len(metadata) <= LONGEST_METADATA else "",
        expires_at=_expiry(),
    )
    upload.path.parent.mkdir(parents=True, exist_ok=True)
    upload.path.touch()
    upload.save(force_insert=True)
    return upload


def upload_append(*, upload: Upload, offset: int, blocks: Iterable[bytes], checksum: Checksum | None = None) -> Upload:
    """Write a piece that begins at `offset`; with a checksum, all of it or nothing.

    Raises ServiceError upload_offset (409) where the piece does not begin where the file ends, upload_busy (423) while
    another piece is being written, checksum_mismatch (460), upload_overflow (413), upload_unknown (404).
    """
    with _locked(upload) as file:
        row = Upload.objects.filter(pk=upload.pk).first()
        if row is None:
            raise unknown()
        if offset != row.offset_bytes:
            message = _(
                "This piece begins at byte {offset}, but the upload goes on at byte {there}. "
                "Ask where it stands, and send from there."
            )
            told = message.format(offset=offset, there=row.offset_bytes)
            raise ServiceError("upload_offset", told, status=409)
        end = _write(file, row, blocks, checksum)
        return _move_on(row, end)


def upload_remove(*, upload: Upload) -> None:
    """Give an upload up, with what has arrived of it."""
    path = upload.path
    with transaction.atomic():
        Upload.objects.filter(pk=upload.pk).delete()
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def uploads_waiting(owner: User, *, purpose: str = "") -> list[Upload]:
    """Return the uploads for a purpose that broke off and can go on; of some all is here, and nobody took them yet."""
    begun = Upload.objects.visible_to(owner).filter(offset_bytes__gt=0)
    return [upload for upload in begun if upload.purpose == purpose]


def uploads_purge() -> int:
    """Forget uploads that nobody went on with, and files without a row; count them."""
    expired = list(Upload.objects.filter(expires_at__lt=timezone.now()))
    for upload in expired:
        upload_remove(upload=upload)
    orphans = list(_orphans())
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(expired) + len(orphans)


def check_size(size_bytes: int) -> None:
    """Refuse what is larger than the site takes at once. Raises ServiceError too_large (413)."""
    limit = settings.MAX_UPLOAD_BYTES
    if size_bytes > limit:
        size, most = bytes_text(size_bytes), bytes_text(limit)
        message = _("This upload has {size}; this site takes at most {most} at once. Nothing was kept; split it.")
        raise ServiceError("too_large", message.format(size=size, most=most), status=413)


def check_room(size_bytes: int) -> None:
    """Refuse what the disk has no room for. Raises ServiceError disk_full (507)."""
    settings.PRIVATE_DIR.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(settings.PRIVATE_DIR).free < size_bytes * ROOM_NEEDED_TIMES:
        message = _(
            "The disk of the site has no room for this upload. Nothing was kept; make room and upload it again."
        )
        raise ServiceError("disk_full", message, status=507)


def unknown() -> ServiceError:
    """Return the refusal of an upload that is not there (any more)."""
    message = _(
        "There is no such upload. It was given up, or nobody went on with it for too long; upload the file again."
    )
    return ServiceError("upload_unknown", message, status=404)


def _check_quota(owner: User, size_bytes: int) -> None:
    limit = settings.MAX_WAITING_UPLOAD_BYTES_PER_USER
    waiting = Upload.objects.visible_to(owner).aggregate(bytes=Sum("size_bytes"))["bytes"] or 0
    if waiting + size_bytes > limit:
        message = _(
            "Uploads of yours that are under way have {waiting} together, and this one {size}; at most {most} may be. "
            "Nothing was sent; end or give up one of them."
        )
        told = message.format(waiting=bytes_text(waiting), size=bytes_text(size_bytes), most=bytes_text(limit))
        raise ServiceError("uploads_full", told, status=413)


@contextmanager
def _locked(upload: Upload) -> Iterator[BinaryIO]:
    """Open the file for one writer alone, whatever process or thread it is in."""
    try:
        file = upload.path.open("r+b")
    except FileNotFoundError:
        raise unknown() from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = _("Another piece of this upload is being written. Nothing is lost; ask again in a moment.")
            raise ServiceError("upload_busy", message, status=423) from None
        yield file


def _write(file: BinaryIO, row: Upload, blocks: Iterable[bytes], checksum: Checksum | None) -> int:
    """Put the piece behind what is certain and make it certain; return where it ends."""
    begin = end = row.offset_bytes
    file.truncate(begin)
    file.seek(begin)
    hasher = checksum.hasher() if checksum else None
    for block in blocks:
        end += len(block)
        if end > row.size_bytes:
            message = _("More came than the {size} this upload was begun with. This piece was not kept.")
            raise ServiceError("upload_overflow", message.format(size=bytes_text(row.size_bytes)), status=413)
        file.write(block)
        if hasher:
            hasher.update(block)
    if checksum and hasher and not checksum.fits(hasher):
        message = _("This piece was damaged on its way: its checksum does not fit. It was not kept; send it again.")
        raise ServiceError("checksum_mismatch", message, status=CHECKSUM_MISMATCH)
    file.flush()
    os.fdatasync(file.fileno())
    return end


def _move_on(row: Upload, end: int) -> Upload:
    row.status = Status.WHOLE if end == row.size_bytes else Status.RECEIVING
    row.offset_bytes, row.expires_at = end, _expiry()
    row.save(update_fields=["status", "offset_bytes", "expires_at"])
    return row


def _expiry() -> datetime:
    return timezone.now() + timedelta(days=settings.UPLOADS_KEPT_DAYS)


def _orphans() -> Iterator[Path]:
    """Yield files that a stop in the wrong moment left without a row."""
    before = (timezone.now() - ORPHANS_KEPT).timestamp()
    for path in (settings.PRIVATE_DIR / "uploads").glob("*/*.part"):
        if path.stat().st_mtime < before and not Upload.objects.filter(pk=uuid.UUID(hex=path.stem)).exists():
            yield path
