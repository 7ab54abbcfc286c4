"""DeepSpeech and Coqui STT: a CSV for each split, 16 kHz WAV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognition.engine.language import to_be_said
from training_jobs.exporters.cells import csv_line
from training_jobs.exporters.layout import TEST, TRAIN, VALIDATION, WAV, Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Written

FILES: Final = {TRAIN: "train.csv", VALIDATION: "dev.csv", TEST: "test.csv", "": "other.csv"}


class DeepSpeech(Layout):
    """Commas, quoted as CSV is; clips of no split stand in `other.csv`."""

    name = "deepspeech"
    title = "DeepSpeech CSV"
    grammar = "wav_filename,wav_filesize,transcript"
    read_by = to_be_said("DeepSpeech, Coqui STT and their importers")
    keeps = Keeps(speaker=False, split=True)
    audio = WAV

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        return Place(clip.key, f"clips/{clip.key}.wav")

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        cells = (written.place.path, str(written.size_bytes), written.clip.text)
        yield FILES[written.clip.split], csv_line(cells)

    def header(self, file: str) -> str:
        return "wav_filename,wav_filesize,transcript"
