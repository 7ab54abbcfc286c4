"""Common Voice, the columns of version 17: tab-separated, nothing quoted."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.engine.language import to_be_said
from training_jobs.exporters.layout import TEST, TRAIN, VALIDATION, Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Written

COLUMNS: Final = (
    "client_id", "path", "sentence_id", "sentence", "sentence_domain", "up_votes", "down_votes", "age", "gender",
    "accents", "variant", "locale", "segment",
)  # fmt: skip
FILES: Final = {TRAIN: "train.tsv", VALIDATION: "dev.tsv", TEST: "test.tsv"}
ALL: Final = "validated.tsv"
# No table of Common Voice's own: it tells clips of no split from those its validated.tsv holds beside the splits.
NO_SPLIT: Final = "unsplit.tsv"
DURATIONS: Final = "clip_durations.tsv"
HEADERS: Final = {DURATIONS: "clip\tduration[ms]"}
LANGUAGE_UNKNOWN: Final = "und"
# A language is what somebody typed; only a code is fit to be the name of a folder.
CODE: Final = re.compile(r"[A-Za-z0-9-]+")


class CommonVoice(Layout):
    """`validated.tsv` lists every clip; where there are splits, each stands in the table of its split as well."""

    name = "common_voice"
    title = "Common Voice"
    grammar = "en/train.tsv, en/clips/3f9a….flac"
    read_by = to_be_said("Common Voice tools, Hugging Face scripts, ESPnet and NeMo recipes")
    keeps = Keeps(speaker=True, split=True)

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        return Place(clip.key, f"{_folder(dataset)}/clips/{clip.key}.flac")

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        clip = written.clip
        file = PurePosixPath(written.place.path).name
        cells = {
            "client_id": clip.speaker,
            "path": file,
            "sentence_id": hashlib.sha256(clip.text.encode()).hexdigest(),
            "sentence": clip.text,
            "up_votes": "0",
            "down_votes": "0",
            "locale": _folder(dataset),
        }
        row = "\t".join(cells.get(column, "") for column in COLUMNS)
        tables = [ALL, FILES.get(clip.split, NO_SPLIT)] if dataset.has_splits else [ALL]
        yield from ((f"{_folder(dataset)}/{table}", row) for table in tables)
        yield f"{_folder(dataset)}/{DURATIONS}", f"{file}\t{round(clip.duration_seconds * 1000)}"

    def header(self, file: str) -> str:
        return HEADERS.get(PurePosixPath(file).name, "\t".join(COLUMNS))


def _folder(dataset: ExportDataset) -> str:
    return dataset.language if CODE.fullmatch(dataset.language) else LANGUAGE_UNKNOWN
