"""The card of a site bundle. In English wherever it is written: the same dataset gives the same file on every site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.exporters.layout import ExportDataset, Tally

HEAD: Final = "dataset.json"
MANIFEST: Final = "manifest.jsonl"
CHECKSUMS: Final = "SHA256SUMS"
CARD: Final = "README.md"
SECONDS_PER_HOUR: Final = 3_600


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
