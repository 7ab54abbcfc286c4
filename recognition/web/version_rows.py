"""Versions side by side: their intervals on one axis, what they learned from, and how two of them compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
            count = len(characters_of(version))
            told = ngettext("sentences in {count} character", "sentences in {count} characters", count)
        else:
            count = len(version.labels)
            told = ngettext("{count} word", "{count} words", count)
        return told.format(count=thousands_text(count))

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
            return _("imported") if lineage.get("origin") == "imported" else ""
        name, count = lineage.get("dataset_name", ""), thousands_text(clips)
        if not name:
            return ngettext("{count} clip", "{count} clips", clips).format(count=count)
        return ngettext("{count} clip of {name}", "{count} clips of {name}", clips).format(count=count, name=name)

    @property
    def judged_on(self) -> str:
        """Say whose voices the score was measured on."""
        if "clips" not in self.metrics:
            return ""
        count = self.metrics["clips"]
        if self.metrics.get("unseen_speakers"):
            told = ngettext(
                "on {count} clip, voices it had never heard", "on {count} clips, voices it had never heard", count
            )
        else:
            told = ngettext(
                "on {count} clip, new takes of voices it knows",
                "on {count} clips, new takes of voices it knows",
                count,
            )
        return told.format(count=thousands_text(count))


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


@dataclass(frozen=True)
class Verdict:
    """How a version stands against the one in production; `is_worse` asks for a second, named confirmation."""

    sentence: str
    is_worse: bool = False


def verdict_of(candidate: ModelVersion, production: ModelVersion) -> Verdict:
    """Compare two versions by their scores on the locked test, where both were measured."""
    new, old = score_of(candidate.metrics), score_of(production.metrics)
    if new is None or old is None:
        return Verdict(_("The two were not measured on the same clips, so no score speaks for either."))
    if new.holds(old):
        told = _("No difference is shown: v{number} and v{other} lie within each other's chance.")
        return Verdict(told.format(number=candidate.number, other=production.number))
    values = {"number": candidate.number, "difference": new.difference_text(old)}
    if new.is_better_than(old):
        return Verdict(_("v{number} is better, by {difference}.").format(**values))
    return Verdict(_("v{number} is worse, by {difference}.").format(**values), is_worse=True)
