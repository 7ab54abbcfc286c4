"""Versions side by side: their intervals on one axis, what they learned from, and how two of them compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from speechsite.lib.numbers import points_text, thousands_text
from speechsite.lib.score_axis import ScoreAxis, score_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognition.models import ModelVersion


@dataclass(frozen=True)
class VersionRow:
    """One line of the versions' table."""

    version: ModelVersion
    is_production: bool
    axis: ScoreAxis

    @property
    def metrics(self) -> dict[str, Any]:
        """Return the figures of the locked test."""
        metrics: dict[str, Any] = self.version.metrics
        return metrics

    @property
    def number_text(self) -> str:
        """Return the number for texts that templates join."""
        return str(self.version.number)

    @property
    def interval(self) -> dict[str, float] | None:
        """Return where dot and ends stand on the axis; None for a version nobody measured."""
        accuracy, ends = self.metrics.get("accuracy"), self.metrics.get("interval")
        if accuracy is None or not ends:
            return None
        place = self.axis.place
        return {"at": place(accuracy), "lo": place(ends[0]), "hi": place(ends[1])}

    @property
    def answer_milliseconds(self) -> float | None:
        """Return how long one clip takes, where it was measured."""
        seconds = self.metrics.get("answer_seconds")
        return None if seconds is None else seconds * 1000

    @property
    def learned_from(self) -> str:
        """Say how many clips the version learned from."""
        lineage = self.version.lineage
        clips = lineage.get("counts", {}).get("train", 0) or self.version.manifest.get("snapshot", {}).get("clips", 0)
        if not clips:
            return "imported" if lineage.get("origin") == "imported" else ""
        name = lineage.get("dataset_name", "")
        return f"{thousands_text(clips)} clips of {name}" if name else f"{thousands_text(clips)} clips"

    @property
    def judged_on(self) -> str:
        """Say whose voices the score was measured on."""
        if "clips" not in self.metrics:
            return ""
        whose = "voices it had never heard" if self.metrics.get("unseen_speakers") else "new takes of voices it knows"
        return f"on {thousands_text(self.metrics['clips'])} clips, {whose}"


def rows_of(versions: Sequence[ModelVersion], *, production_id: Any) -> list[VersionRow]:
    """Return the table's rows on their common axis, in the order given."""
    axis = axis_of(versions)
    return [VersionRow(version, version.pk == production_id, axis) for version in versions]


def axis_of(versions: Sequence[ModelVersion]) -> ScoreAxis:
    """Return the axis that holds every interval."""
    return score_axis(version.metrics["interval"][0] for version in versions if version.metrics.get("interval"))


@dataclass(frozen=True)
class Verdict:
    """How a version stands against the one in production; `is_worse` asks for a second, named confirmation."""

    sentence: str
    is_worse: bool = False


def verdict_of(candidate: ModelVersion, production: ModelVersion) -> Verdict:
    """Compare two versions by their scores on the locked test, where both were measured."""
    new, old = candidate.metrics, production.metrics
    if new.get("accuracy") is None or old.get("accuracy") is None:
        return Verdict("The two were not measured on the same clips, so no score speaks for either.")
    difference = new["accuracy"] - old["accuracy"]
    name = f"v{candidate.number}"
    if _overlap(new, old):
        return Verdict(f"No difference is shown: {name} and v{production.number} lie within each other's chance.")
    if difference > 0:
        return Verdict(f"{name} is better, by {points_text(difference)}.")
    return Verdict(f"{name} is worse, by {points_text(difference)}.", is_worse=True)


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    low, high = one.get("interval") or (one["accuracy"],) * 2
    return bool(low <= other["accuracy"] <= high)
