"""The headers of the tus protocol, version 1.0.0 (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,checksum,expiration,termination"
ALGORITHMS: Final = ("sha256", "sha1", "md5")
PIECE_TYPE: Final = "application/offset+octet-stream"
CHECKSUM_MISMATCH: Final = 460  # the protocol's own status


@dataclass(frozen=True)
class Checksum:
    """What the sender says the hash of a piece is."""

    algorithm: str
    digest: bytes

    def fits(self, hasher: hashlib._Hash) -> bool:
        """Say whether a hasher that was fed the piece agrees."""
        return hasher.digest() == self.digest

    def hasher(self) -> hashlib._Hash:
        """Return what the piece is to be fed to."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def checksum_of(header: str) -> Checksum | None:
    """Read `Upload-Checksum: sha256 BASE64`. Raises ServiceError bad_checksum."""
    if not header:
        return None
    algorithm, _space, encoded = header.partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        digest = b""
    if algorithm not in ALGORITHMS or not digest:
        message = _(
            "Upload-Checksum names one of {known} and the hash in base64, such as “sha256 47DE…=”. "
            "Nothing of this piece was kept; send it again."
        )
        raise ServiceError("bad_checksum", message.format(known=", ".join(ALGORITHMS)))
    return Checksum(algorithm, digest)


def metadata_of(header: str) -> dict[str, str]:
    """Read `Upload-Metadata: filename BASE64,filetype BASE64`; what cannot be read is left out."""
    found = {}
    for pair in header.split(","):
        key, _, encoded = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found


def number_of(headers: Mapping[str, str], name: str) -> int:
    """Read a header that must be a whole number. Raises ServiceError bad_header."""
    value = headers.get(name, "")
    if not value.isascii() or not value.isdigit():
        message = _("The header {name} must be a whole number of bytes; it was “{value}”.")
        raise ServiceError("bad_header", message.format(name=name, value=value[:40]))
    return int(value)
