"""The site's own layout: everything this site knows about a clip, with checksums and a card to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from recognition.engine.language import to_be_said
from training_jobs.exporters.card import CARD, CHECKSUMS, HEAD, MANIFEST, card
from training_jobs.exporters.layout import Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Tally, Written
    from training_jobs.exporters.texts import Texts

FORMAT: Final = "speechsite dataset"
VERSION: Final = 1


class SiteBundle(Layout):
    """`dataset.json` says what it is, `manifest.jsonl` has a line for each clip, `SHA256SUMS` one for each file."""

    name = "site_bundle"
    title = to_be_said("Site bundle")
    grammar = "dataset.json, manifest.jsonl, audio/3f9a….flac, SHA256SUMS, README.md"
    read_by = to_be_said("this site, on this machine or another; and anything that reads JSON lines")
    keeps = Keeps(speaker=True, split=True, source=True)

    def place(self, clip: ExportClip, dataset: ExportDataset) -> Place:
        return Place(clip.key, f"audio/{clip.key}.flac")

    def lines(self, written: Written, dataset: ExportDataset) -> Iterator[tuple[str, str]]:
        clip = written.clip
        entry = {
            "file": written.place.path,
            "text": clip.text,
            "speaker": clip.speaker,
            "split": clip.split,
            "origin": clip.origin,
            "duration_seconds": round(clip.duration_seconds, 6),
            "source_sample_rate_hz": clip.source_sample_rate_hz,
            "source_name": clip.source_name,
            "source_start_seconds": clip.source_start_seconds,
            "source_end_seconds": clip.source_end_seconds,
            "sha256": clip.sha256,
        }
        yield MANIFEST, json.dumps(entry, ensure_ascii=False)
        yield CHECKSUMS, checksum_line(written.file_sha256, written.place.path)

    def finish(self, texts: Texts, dataset: ExportDataset, tally: Tally) -> None:
        texts.append(HEAD, json.dumps(head(dataset, tally), ensure_ascii=False, indent=2))
        for line in card(dataset, tally):
            texts.append(CARD, line)
        for name in (HEAD, MANIFEST, CARD):
            texts.append(CHECKSUMS, checksum_line(texts.sha256(name), name))


def checksum_line(sha256: str, path: str) -> str:
    """Return a line that `sha256sum -c` checks."""
    return f"{sha256}  {path}"


def head(dataset: ExportDataset, tally: Tally) -> dict[str, Any]:
    """Return what is said of the dataset as a whole."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": dataset.name,
        "kind": dataset.kind,
        "language": dataset.language,
        "prompts": list(dataset.prompts),
        "text_rules": dict(dataset.text_rules),
        "clips": tally.clips,
        "duration_seconds": round(tally.seconds, 3),
    }
