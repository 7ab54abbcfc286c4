"""Versions side by side: their intervals on one axis, what they learned from, and how two of them compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recognition.models.recognizers import Kind
from speechsite.lib.numbers import thousands_text
from speechsite.lib.scores import axis_for, score_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recognition.models import ModelVersion
    from speechsite.lib.score_axis import ScoreAxis
    from speechsite.lib.scores import Score

SPACE = " "


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
    def score(self) -> Score | None:
        """Return what the locked test gave; None for a version nobody measured."""
        return score_of(self.metrics)

    @property
    def interval(self) -> dict[str, float] | None:
        """Return where dot and ends stand on the axis; None for a version nobody measured."""
        score = self.score
        if score is None:
            return None
        place = self.axis.place
        return {"at": place(score.value), "lo": place(score.low), "hi": place(score.high)}

    @property
    def hears(self) -> str:
        """Say what the version can hear: 10 words, or sentences in 27 characters."""
        version = self.version
        if version.recognizer.kind == Kind.SENTENCES:
            return f"sentences in {counted(len(characters_of(version)), 'character')}"
        return counted(len(version.labels), "word")

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
    return axis_for(score for version in versions if (score := score_of(version.metrics)))


def characters_of(version: ModelVersion) -> list[str]:
    """Return the characters a version of sentences writes, without the space and without its units of whole words."""
    return [unit for unit in version.manifest.get("units", []) if unit and SPACE not in unit]


def counted(number: int, noun: str) -> str:
    """Write a count with its noun: 1 word, 10 words."""
    return f"{thousands_text(number)} {noun}" + ("" if number == 1 else "s")


@dataclass(frozen=True)
class Verdict:
    """How a version stands against the one in production; `is_worse` asks for a second, named confirmation."""

    sentence: str
    is_worse: bool = False


def verdict_of(candidate: ModelVersion, production: ModelVersion) -> Verdict:
    """Compare two versions by their scores on the locked test, where both were measured."""
    new, old = score_of(candidate.metrics), score_of(production.metrics)
    if new is None or old is None:
        return Verdict("The two were not measured on the same clips, so no score speaks for either.")
    name = f"v{candidate.number}"
    if new.holds(old):
        return Verdict(f"No difference is shown: {name} and v{production.number} lie within each other's chance.")
    if new.is_better_than(old):
        return Verdict(f"{name} is better, by {new.difference_text(old)}.")
    return Verdict(f"{name} is worse, by {new.difference_text(old)}.", is_worse=True)
