"""Hugging Face AudioFolder: a folder for each split, with a list of its files."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.engine.language import to_be_said
from training_jobs.exporters.layout import Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Written

NO_SPLIT: Final = "unsplit"


class AudioFolder(Layout):
    """JSON lines and not CSV: a list in CSV turns “007” into 7 and “null” into nothing where it is loaded."""

    name = "audio_folder"
    title = "Hugging Face AudioFolder"
    grammar = "train/metadata.jsonl, train/3f9a….flac"
    read_by = to_be_said("load_dataset(“audiofolder”, …) and the Hugging Face hub")
    keeps = Keeps(speaker=True, split=True)

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        return Place(clip.key, f"{clip.split or NO_SPLIT}/{clip.key}.flac")

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        path, clip = PurePosixPath(written.place.path), written.clip
        entry = {
            "file_name": path.name,
            "transcription": clip.text,
            "speaker": clip.speaker,
            "split": clip.split,
        }
        yield f"{path.parent}/metadata.jsonl", json.dumps(entry, ensure_ascii=False)
