"""Clips of an upload to listen to before anything is decided: of the first rows, of labels, of what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from training_jobs.services.import_uploads import example_write, examples_clear, is_ours

if TYPE_CHECKING:
    from training_jobs.models import DatasetImport
    from training_jobs.services.import_hearing import Heard

MOST_EXAMPLES: Final = 60
MOST_LABELS: Final = 12
FIRST_ROWS: Final = 5


class Examples:
    """Keeps the beginning of few clips beside the upload; it goes when the upload goes."""

    def __init__(self, row: DatasetImport) -> None:
        self.shown: list[dict[str, Any]] = []
        self._row = row
        self._wanted_for: dict[str, int] = {}
        self._is_kept = is_ours(row)
        examples_clear(row)

    def offer(self, heard: Heard, *reasons: str) -> int | None:
        """Return the number of an example for the first of the reasons that has one; a new one is kept at need."""
        for reason in reasons:
            if reason not in self._wanted_for and self._is_kept and len(self.shown) < MOST_EXAMPLES:
                number = self._number_of(heard)
                self._wanted_for[reason] = number
        known = [self._wanted_for[reason] for reason in reasons if reason in self._wanted_for]
        return known[0] if known else None

    def offer_row(self, heard: Heard) -> None:
        """Keep a clip where it is one of the first rows, or the first of one of the first labels."""
        firsts = sum(reason.startswith("row ") for reason in self._wanted_for)
        labels = sum(reason.startswith("label ") for reason in self._wanted_for)
        if firsts < FIRST_ROWS:
            self.offer(heard, f"row {firsts}")
        if labels < MOST_LABELS:
            self.offer(heard, f"label {heard.text}")

    def _number_of(self, heard: Heard) -> int:
        for example in self.shown[-1:]:
            if example["member"] == heard.row.member and example["start"] == heard.row.start_seconds:
                number: int = example["number"]
                return number
        number = len(self.shown)
        example_write(self._row, number, heard.analysis.samples)
        self.shown.append(_shown(heard, number))
        return number


def _shown(heard: Heard, number: int) -> dict[str, Any]:
    row = heard.row
    return {
        "number": number,
        "member": row.member,
        "file": row.listed_in or row.member,
        "line": row.line,
        "text": heard.text,
        "speaker": row.speaker,
        "split": row.split,
        "start": row.start_seconds,
        "end": row.end_seconds,
        "seconds": round(heard.analysis.duration_seconds, 3),
        "peaks": heard.analysis.peaks,
    }
