"""The secret key: given by the environment, else made once and kept in the data folder."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from pathlib import Path


def secret_key_from(given: str, data_dir: Path) -> str:
    """Return the given key, or the one kept in `data_dir/secret_key`, which is made at first use.

    Raises ImproperlyConfigured where the data folder cannot be used.
    """
    if given:
        return given
    path = data_dir / "secret_key"
    try:
        return path.read_text(encoding="ascii") if path.exists() else _make(path)
    except OSError as exc:
        raise ImproperlyConfigured(
            f"The data folder {data_dir} cannot be used: {exc.strerror}. "
            "Make it writable, or name another one in SPEECHSITE_DATA_DIR."
        ) from exc


def _make(path: Path) -> str:
    key = secrets.token_urlsafe(50)
    own = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        own.touch(mode=0o600)
        own.write_text(key, encoding="ascii")
        # Linking fails where the file exists: of two processes starting at once, both use the first one's key.
        path.hardlink_to(own)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    finally:
        own.unlink(missing_ok=True)
    return key
