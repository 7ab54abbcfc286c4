"""What the launch form says of all clips of a dataset, small enough to be remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training_jobs.services.splits import TEST, suggested_method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training_jobs.services.snapshots import SnapshotPlan
    from training_jobs.services.splits import ClipRow


@dataclass(frozen=True)
class LaunchFacts:
    """What the questions of the form depend on: `test_clips` are those the dataset itself keeps for its test."""

    clips: int
    speakers: tuple[str, ...]
    test_clips: int
    suggested_method: str


@dataclass(frozen=True)
class PlanFacts:
    """What a snapshot would be, without its clips; `clip_seconds` is their mean length."""

    clips: int
    labels: int
    counts: dict[str, int]
    clip_seconds: float
    band_limit_hz: int
    lowest_source_rate_hz: int
    other_words: int


def launch_facts(rows: Sequence[ClipRow]) -> LaunchFacts:
    """Look through the clips that would be frozen."""
    return LaunchFacts(
        clips=len(rows),
        speakers=tuple(sorted({row.speaker for row in rows if row.speaker})),
        test_clips=sum(row.split == TEST for row in rows),
        suggested_method=suggested_method(rows),
    )


def plan_facts(plan: SnapshotPlan) -> PlanFacts:
    """Sum a plan up."""
    return PlanFacts(
        clips=len(plan.rows),
        labels=len(plan.labels),
        counts=plan.counts,
        clip_seconds=sum(row.duration_seconds for row in plan.rows) / len(plan.rows),
        band_limit_hz=plan.band_limit_hz,
        lowest_source_rate_hz=plan.lowest_source_rate_hz,
        other_words=plan.other_words,
    )
