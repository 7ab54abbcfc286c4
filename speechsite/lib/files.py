"""Where private files live, and how a row's file is written so that a crash leaves no half file."""

from __future__ import annotations

import os
import shutil
import threading
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from uuid import UUID


def private_path(kind: str, identity: UUID, suffix: str) -> Path:
    """Return the path of a row's file: `private/clips/3f/3f9a….flac`, spread over 256 folders."""
    root: Path = settings.PRIVATE_DIR
    return root / kind / identity.hex[:2] / f"{identity.hex}{suffix}"


def relative(path: Path) -> str:
    """Return what a row stores: the path below the private folder."""
    return path.relative_to(settings.PRIVATE_DIR).as_posix()


def absolute(stored: str) -> Path:
    """Return the path of a stored relative name."""
    root: Path = settings.PRIVATE_DIR
    return root / stored


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a neighbour of `path`, then put it in place: readers see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{threading.get_native_id()}.{path.name}")
    try:
        write(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def give(source: Path, target: Path) -> None:
    """Let the file at `source` be found at `target` as well, without a copy where the disk can do that."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        write_whole(target, lambda partial: shutil.copyfile(source, partial))


def remove(stored: Iterable[str]) -> None:
    """Delete stored files that are there; call it on commit."""
    for name in stored:
        if name:
            absolute(name).unlink(missing_ok=True)
