"""Datasets to export, with real sound, and exports as files by name."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

from recognition.engine.audio import wav_bytes
from tests.datasets.sounds import speech
from training_jobs.services.clips import clip_create
from training_jobs.services.dataset_export import dataset_export, layout_for

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.models import Clip, Dataset
    from training_jobs.services.dataset_export import Exported

ARABIC = 'صباح الخير، "يا" عليّ'
HINDI = "क्षत्रिय, नमस्ते; कैसे हैं?"
QUOTED = '"Yes," she said; it\'s 5 # 7'
PIPED = "either | or"


def add_clip(dataset: Dataset, number: int, text: str, speaker: str = "", split: str = "", **further: Any) -> Clip:
    """Add a clip; each number is another recording, cut by that many samples so that no two are alike."""
    audio = wav_bytes(speech(number)[: -1 - number])
    return clip_create(
        dataset=dataset, audio=audio, text=text, speaker=speaker, split=split, origin="upload", **further
    )


def exported(dataset: Dataset, layout: str, target: Path) -> Exported:
    return dataset_export(dataset=dataset, layout=layout_for(dataset, layout), target=target)


def files_of(path: Path) -> dict[str, bytes]:
    """Return the files of an export; those of a zip without the folder they all lie in."""
    if path.is_dir():
        files = (file for file in path.rglob("*") if file.is_file())
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}
    with zipfile.ZipFile(path) as archive:
        return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}


def texts_of(path: Path) -> dict[str, str]:
    """Return the text files of an export; line ends stay as they are."""
    return {
        name: content.decode("utf-8")
        for name, content in files_of(path).items()
        if not name.endswith((".flac", ".wav"))
    }
