"""A whole upload goes to what it was sent for."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError
from speechsite.lib.files import give
from speechsite.lib.numbers import bytes_text
from speechsite.uploads.models import Upload
from speechsite.uploads.services.uploads import unknown

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from django.contrib.auth.models import User


def upload_whole(*, owner: User, upload_id: UUID, sha256: str = "") -> Upload:
    """Return an upload of which everything has arrived, as its sender has it.

    `sha256`: the hash of the whole file in hexadecimal, as the sender works it out; nothing where it does not tell.
    Raises ServiceError upload_unknown (404), upload_unfinished (409), upload_damaged (422).
    """
    upload = Upload.objects.visible_to(owner).filter(pk=upload_id).first()
    if upload is None or not upload.path.exists():
        raise unknown()
    if upload.status != Upload.Status.WHOLE:
        there, whole = bytes_text(upload.offset_bytes), bytes_text(upload.size_bytes)
        message = _("Only {there} of {whole} have arrived. Go on with it from there.")
        raise ServiceError("upload_unfinished", message.format(there=there, whole=whole), status=409)
    if sha256 and sha256.lower() != _sha256(upload.path):
        message = _("What arrived is not what was sent: the hash of the file does not fit. Upload it again.")
        raise ServiceError("upload_damaged", message, status=422)
    return upload


def upload_take(*, upload: Upload, target: Path) -> None:
    """Give the file of a whole upload to `target`; call it in the transaction that makes the row `target` is of."""
    path = upload.path
    give(path, target)
    upload.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
