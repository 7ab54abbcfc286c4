"""What a dry run counts while it listens: clips, findings by kind, sounds met twice."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from recognition.engine.language import to_be_said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.readers import Problem, Row
    from training_jobs.services.import_hearing import Heard

MISSING_CODES: Final = frozenset({"file_missing", "path_missing", "path_unsafe", "file_ambiguous"})
UNREADABLE_CODES: Final = frozenset(
    {
        "audio_undecodable",
        "audio_no_stream",
        "audio_empty",
        "audio_not_finite",
        "audio_too_large",
        "file_damaged",
        "file_too_large",
    }
)
KEPT: Final = to_be_said("kept")
LEFT_OUT: Final = to_be_said("left out")
NOTED: Final = to_be_said("noted")


@dataclass(frozen=True, slots=True)
class Kept:
    """A row that can become a clip: its text as it would be stored, its length. `is_usable` is false for silence."""

    row: Row
    text: str
    seconds: float
    is_usable: bool


@dataclass
class Finding:
    """All problems of one kind: how many, where the first is, what it says, what becomes of it."""

    code: str
    outcome: str
    message: str
    file: str
    line: int | None
    count: int = 0
    example: int | None = None


@dataclass
class Tally:
    """The counts of one dry run. `seen` holds the first row of each sound by its hash."""

    rows: int = 0
    rejected: int = 0
    duplicates_in_upload: int = 0
    duplicates_in_dataset: int = 0
    sounds_in_two_splits: int = 0
    rows_kept: list[Kept] = field(default_factory=list)
    seen: dict[bytes, Kept] = field(default_factory=dict)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    rates: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def usable(self) -> Iterator[Kept]:
        """Yield the rows that would become clips for use."""
        return (kept for kept in self.rows_kept if kept.is_usable)

    def note(self, problem: Problem, outcome: str, *, example: int | None = None, count: int = 1) -> None:
        """Count one more problem of its kind; the first that can be heard is the example."""
        key = (problem.code, outcome)
        if key not in self.findings:
            self.findings[key] = Finding(problem.code, outcome, problem.message, problem.file, problem.line)
        finding = self.findings[key]
        finding.count += count
        if finding.example is None:
            finding.example = example

    def keep(self, heard: Heard, digest: bytes) -> Kept:
        """Count a row whose sound is new here."""
        is_usable = not heard.analysis.rejection_code
        kept = Kept(heard.row, heard.text, heard.analysis.duration_seconds, is_usable)
        self.rows_kept.append(kept)
        self.seen[digest] = kept
        self.rejected += not is_usable
        self.rates[heard.analysis.source_sample_rate_hz] += is_usable
        return kept

    def count_of(self, codes: frozenset[str]) -> int:
        """Return how many problems with one of these codes there are."""
        return sum(finding.count for finding in self.findings.values() if finding.code in codes)
