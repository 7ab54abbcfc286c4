"""The site's own layout: everything this site knows about a clip, with checksums and a card to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from training_jobs.exporters.layout import Keeps, Layout, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportClip, ExportDataset, Tally, Written
    from training_jobs.exporters.texts import Texts

FORMAT: Final = "speechsite dataset"
VERSION: Final = 1
HEAD: Final = "dataset.json"
MANIFEST: Final = "manifest.jsonl"
CHECKSUMS: Final = "SHA256SUMS"
CARD: Final = "README.md"
SECONDS_PER_HOUR: Final = 3_600


class SiteBundle(Layout):
    """`dataset.json` says what it is, `manifest.jsonl` has a line for each clip, `SHA256SUMS` one for each file."""

    name = "site_bundle"
    title = "Site bundle"
    grammar = "dataset.json, manifest.jsonl, audio/3f9a….flac, SHA256SUMS, README.md"
    read_by = "this site, on this machine or another; and anything that reads JSON lines"
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


def card(dataset: ExportDataset, tally: Tally) -> Iterator[str]:
    """Yield the lines of a dataset card: what this is, what is in it, how to read and to check it."""
    splits = ", ".join(f"{tally.splits[name]:,} {name or 'of no split'}" for name in sorted(tally.splits))
    yield from (f"# {dataset.name}", "")
    yield f"A dataset of spoken {dataset.kind}, exported by Speechsite."
    yield ""
    yield f"- Language: {dataset.language or 'not stated'}"
    yield f"- Clips: {tally.clips:,} ({splits})"
    yield f"- Length: {tally.seconds / SECONDS_PER_HOUR:.2f} hours"
    yield f"- Speakers: {len(tally.speakers):,}"
    yield from ("- Sound: FLAC, 16 kHz, 16 bit, mono", "")
    yield from ("## Files", "")
    yield f"- `{HEAD}`: name, kind, language and counts of the dataset"
    yield f"- `{MANIFEST}`: a line of JSON for each clip. `sha256` is the hash of its samples (16 bit, little-endian);"
    yield "  `source_…` tells what the clip was made from, where that is known."
    yield f"- `{CHECKSUMS}`: the hash of every file; `sha256sum -c {CHECKSUMS}` in this folder checks them."
    yield ""
    yield "To have it in a Speechsite again, upload the archive, or: `manage.py import_dataset PATH --name NAME`."
