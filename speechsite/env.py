"""Read typed settings from the environment; a `NAME_FILE` variant reads the value from a file (for secrets)."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str = "") -> str:
    """Return the value of `name`, or the content of the file named by `NAME_FILE`, or the default."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name is None:
        return os.environ.get(name, default)
    if name in os.environ:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Expected one of them.")
    try:
        return Path(file_name).read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise ImproperlyConfigured(f"{name}_FILE names {file_name}, which cannot be read: {exc.strerror}.") from exc


def flag(name: str, *, default: bool) -> bool:
    """Return true for 1/true/yes/on, false for 0/false/no/off."""
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0. Received: {value}.")


def number(name: str, default: int) -> int:
    """Return a whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name} must be a whole number. Received: {value}.") from exc


def words(name: str, default: str = "") -> list[str]:
    """Return a comma separated list."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]
