"""NeMo: a manifest of JSON lines for each split."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from recognition.engine.language import to_be_said
from training_jobs.exporters.layout import TEST, TRAIN, VALIDATION, WORDS, Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Written

FILES: Final = {
    TRAIN: "train_manifest.json",
    VALIDATION: "validation_manifest.json",
    TEST: "test_manifest.json",
    "": "manifest.json",
}


class Nemo(Layout):
    """One object a line; a word to tell from others is a `label`, a transcript a `text`."""

    name = "nemo"
    title = to_be_said("NeMo manifests")
    grammar = '{"audio_filepath": "audio/3f9a….flac", "duration": 1.2, "text": "good morning"}'
    read_by = to_be_said("NVIDIA NeMo, Lhotse and whatever reads JSON lines")
    keeps = Keeps(speaker=True, split=True)

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        return Place(clip.key, f"audio/{clip.key}.flac")

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        clip = written.clip
        said = "label" if dataset.kind == WORDS else "text"
        entry: dict[str, str | float] = {
            "audio_filepath": written.place.path,
            "duration": round(clip.duration_seconds, 4),
            said: clip.text,
        }
        further = {"speaker": clip.speaker, "lang": dataset.language}
        entry.update({key: value for key, value in further.items() if value})
        yield FILES[clip.split], json.dumps(entry, ensure_ascii=False)
