"""Splits in the names of files and folders: `train-clean-100`, `metadata_val.csv`, `data/dev/text`."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

from training_jobs.readers.rows import SPLITS

BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def split_in(name: str) -> str:
    """Return the split a name speaks of, or "". Of several words the last counts: `train_dev` is for validation."""
    words = [SPLITS[word] for word in BETWEEN_WORDS.split(name.lower()) if word in SPLITS]
    return words[-1] if words else ""


def split_of_file(name: str) -> str:
    """Return the split that the name of a list says, without its folders and its extension."""
    return split_in(PurePosixPath(name).stem)


def split_of_folder(name: str) -> str:
    """Return the split that the nearest folder above a file says, where one does."""
    folders = reversed(PurePosixPath(name).parts[:-1])
    return next((split for split in map(split_in, folders) if split), "")


def split_of_subset(name: str) -> str:
    """Return the split of a subset as LibriSpeech calls them: the first word of `train-clean-100`, `dev-other`."""
    words = (folder.lower().partition("-")[0] for folder in reversed(PurePosixPath(name).parts[:-1]))
    return next((SPLITS[word] for word in words if word in SPLITS), "")


def split_called(name: str) -> str:
    """Return the split of the nearest folder above a file that is called like one: `test`, but not `my-test-files`."""
    folders = reversed(PurePosixPath(name).parts[:-1])
    return next((SPLITS[folder.lower()] for folder in folders if folder.lower() in SPLITS), "")
