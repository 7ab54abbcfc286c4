"""Class folders: the folder a file lies in is its label, the one above it its split."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said, to_be_said
from training_jobs.exporters.layout import WAV, WORDS, CannotHold, Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Written

NO_SPLIT: Final = "unsplit"
LONGEST_NAME_BYTES: Final = 255
# What file managers hide or leave behind, and what importers pass over as noise, is no name for a label.
REFUSED: Final = re.compile(r"^\..*|^__MACOSX$|^@eaDir$|^_.*_$|.*[/\\\0].*")
LIMIT: Final = to_be_said(
    "Labels that cannot be the name of a folder (with “/” in them, beginning with a dot) are left out."
)


class ClassFolders(Layout):
    """No text file at all: everything is said by where a file lies."""

    name = "class_folders"
    title = to_be_said("Class folders")
    grammar = "train/yes/3f9a….wav"
    read_by = to_be_said("Keras (audio_dataset_from_directory), PyTorch, fastai")
    keeps = Keeps(speaker=False, split=True, limit=LIMIT)
    audio = WAV
    kinds = frozenset({WORDS})

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        if REFUSED.match(clip.text) or len(clip.text.encode()) > LONGEST_NAME_BYTES:
            message = said(
                "“{text}” cannot be the name of a folder. Choose another layout for it.", text=clip.text[:60]
            )
            raise CannotHold("text_not_representable", message)
        top = f"{clip.split or NO_SPLIT}/" if dataset.has_splits else ""
        path = f"{top}{clip.text}/{clip.key}.wav"
        return Place(path, path)

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        return iter(())
