"""A finished job's figures as its page draws them: dots with intervals, the matrix, bars."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from recognition.models import ModelVersion
from recognition.models.recognizers import PRODUCTION
from speechsite.lib.numbers import decimal_text, percent_text, thousands_text
from speechsite.lib.score_axis import score_axis
from training_jobs.labels import OTHER
from training_jobs.models import TestResult

if TYPE_CHECKING:
    from speechsite.lib.score_axis import ScoreAxis
    from training_jobs.models import TrainingJob

MOST_LABELS: Final = 24
MOST_SPEAKERS: Final = 8
EARLIER_VERSIONS: Final = 2
FEWEST_IN_A_TENTH: Final = 5
GAP_THAT_COUNTS: Final = 8.0
SILENCE: Final = gettext_lazy("silence")


@dataclass(frozen=True)
class Dot:
    """A score on its interval; places are shares of the axis."""

    name: str
    accuracy: float
    at: float
    low: float
    high: float
    is_main: bool = False


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix; `depth` is how strongly it is coloured."""

    said: str
    heard: str
    clips: int
    depth: float
    is_hit: bool

    @property
    def label(self) -> str:
        """Say the cell aloud."""
        sentence = ngettext(
            "{said} heard as {heard}: {count} clip", "{said} heard as {heard}: {count} clips", self.clips
        )
        return sentence.format(said=self.said, heard=self.heard or SILENCE, count=self.clips)


@dataclass(frozen=True)
class Bar:
    """One word's share of right answers."""

    label: str
    accuracy: float
    clips: int
    is_low: bool

    @property
    def percent(self) -> str:
        """Return the share in whole percent, without its unit."""
        return f"{self.accuracy * 100:.0f}"


class Result:
    """What a finished job's page shows."""

    def __init__(self, job: TrainingJob) -> None:
        self.job = job
        self.metrics: dict[str, Any] = job.metrics
        self.evaluation: dict[str, Any] = job.evaluation
        self.version = job.model_version
        self.dots, self.axis = self._dots()

    @property
    def voices(self) -> str:
        """Say whose voices the score was measured on."""
        if self.metrics["unseen_speakers"]:
            return _("Right on voices it had never heard")
        if self.metrics["speakers"]:
            return _("Right on new clips of voices it knows")
        return _("Right on clips it had never heard")

    @property
    def seconds(self) -> float | None:
        """Return how long the attempt that succeeded took."""
        job = self.job
        return (job.finished_at - job.started_at).total_seconds() if job.finished_at and job.started_at else None

    @cached_property
    def is_production(self) -> bool:
        """Say whether this version answers when its recogniser is named."""
        return self.version is not None and self.version.aliases.filter(name=PRODUCTION).exists()

    @cached_property
    def trust(self) -> list[list[float]]:
        """Return the points of the chart of confidence."""
        return trust_points(self.job)

    @property
    def trust_sentence(self) -> str:
        """Say whether its confidence means what it says, on these clips."""
        if not self.trust:
            return _("There are too few clips to tell.")
        gap = sum(says - right for says, right in self.trust) / len(self.trust)
        if gap > GAP_THAT_COUNTS:
            return _("Below the dotted line it is surer than it should be. Voices it has never heard do that.")
        if gap < -GAP_THAT_COUNTS:
            return _("Above the dotted line it is right more often than it says: it is careful.")
        return _("Close to the dotted line, of what it calls 80 % sure, about 80 % is right.")

    @cached_property
    def threshold(self) -> dict[str, Any] | None:
        """Return the chart of thresholds, in percent; None where none was measured."""
        found = self.evaluation.get("threshold") or {}
        if not found.get("curve"):
            return None
        lines = {
            name: [[p["threshold"] * 100, p[name] * 100] for p in found["curve"]] for name in ("answered", "right")
        }
        return {"chosen": found["chosen"] * 100, **lines}

    @property
    def threshold_sentence(self) -> str:
        """Say what the chosen threshold does, and on what it was chosen."""
        found = self.evaluation["threshold"]
        chosen, clips = percent_text(found["chosen"], decimals=0), thousands_text(found["validation_clips"])
        at = max((p for p in found["curve"] if p["threshold"] <= found["chosen"]), key=lambda p: p["threshold"])
        away = at.get("turned_away")
        sentence = (
            _(
                "Below {chosen} it answers “none of these”. Chosen on {clips} validation clips: there it answered "
                "{answered}, and {right} of that was right."
            )
            if away is None
            else _(
                "Below {chosen} it answers “none of these”. Chosen on {clips} validation clips: there it answered "
                "{answered}, and {right} of that was right; it turned away {away} of the other words."
            )
        )
        answered, right = percent_text(at["answered"]), percent_text(at["right"])
        return sentence.format(chosen=chosen, clips=clips, answered=answered, right=right, away=percent_text(away))

    @property
    def others_sentence(self) -> str:
        """Say how many clips of other words were turned away; empty where there were none."""
        others = self.metrics.get("others")
        if not others:
            return ""
        low, high = others["interval"]
        return ngettext(
            "Of {count} clips of other words it turned {share} away (between {low} and {high}).",
            "Of {count} clips of other words it turned {share} away (between {low} and {high}).",
            others["clips"],
        ).format(
            count=thousands_text(others["clips"]),
            share=percent_text(others["share"]),
            low=decimal_text(low * 100, 1),
            high=percent_text(high),
        )

    @property
    def has_low(self) -> bool:
        """Say whether some word is surely below the whole."""
        return any(bar.is_low for bar in self.bars())

    @property
    def score(self) -> str:
        """Return the score in percent, without its unit."""
        return decimal_text(self.metrics["accuracy"] * 100, 1)

    @property
    def interval_sentence(self) -> str:
        """Say how far the score can be trusted."""
        return interval_text(*self.metrics["interval"])

    @property
    def method_sentence(self) -> str:
        """Say what was counted, and how the interval was made."""
        metrics = self.metrics
        sentence = (
            _(
                "{right} of {count} locked clips, of {speakers} speakers. The interval is drawn over speakers, not "
                "clips."
            )
            if metrics.get("interval_method") == "speakers"
            else _(
                "{right} of {count} locked clips. The interval counts clips, not people: with other voices it can "
                "differ more."
            )
        )
        right, count = thousands_text(metrics["correct"]), thousands_text(metrics["clips"])
        return sentence.format(right=right, count=count, speakers=metrics.get("speakers"))

    @property
    def accepted_sentence(self) -> str:
        """Say how many it was sure enough of."""
        metrics = self.metrics
        if metrics.get("accuracy_accepted") is None:
            return _("It was not sure enough of any of them to answer.")
        return _("It was sure enough to answer {answered} of them, and right in {right} of those.").format(
            answered=percent_text(metrics["accepted"]), right=percent_text(metrics["accuracy_accepted"])
        )

    @property
    def mistakes(self) -> int:
        """Return how many clips were heard wrongly."""
        return int(self.metrics["clips"] - self.metrics["correct"])

    def _dots(self) -> tuple[list[Dot], ScoreAxis]:
        entries = [(f"v{self.version.number}" if self.version else pgettext("version", "This"), self.metrics, True)]
        entries += [(f"v{version.number}", version.metrics, False) for version in self._earlier()]
        entries += [(row["speaker"], row, False) for row in self._speakers()]
        axis = score_axis([entry["interval"][0] for _, entry, _ in entries])
        dots = [
            Dot(
                name=name,
                accuracy=entry["accuracy"],
                at=axis.place(entry["accuracy"]),
                low=axis.place(entry["interval"][0]),
                high=axis.place(entry["interval"][1]),
                is_main=is_main,
            )
            for name, entry, is_main in entries
        ]
        return dots, axis

    def _earlier(self) -> list[ModelVersion]:
        """Return earlier versions that were measured on the very same locked clips: others cannot be set beside it."""
        if self.version is None or self.job.snapshot is None:
            return []
        older = ModelVersion.objects.filter(recognizer=self.version.recognizer_id, number__lt=self.version.number)
        same = older.filter(lineage__fingerprint=self.job.snapshot.fingerprint)
        return [version for version in same.order_by("-number")[:EARLIER_VERSIONS] if version.metrics.get("interval")]

    def _speakers(self) -> list[dict[str, Any]]:
        """Return the speakers, the hardest first where there are many."""
        speakers = sorted(self.evaluation.get("per_speaker", []), key=lambda row: row["accuracy"])
        return speakers[:MOST_SPEAKERS]

    @property
    def speakers_all(self) -> int:
        """Return how many speakers the test has."""
        return len(self.evaluation.get("per_speaker", []))

    @property
    def speakers_shown(self) -> int:
        """Return how many speakers have a dot."""
        return min(MOST_SPEAKERS, self.speakers_all)

    @property
    def speakers_left_out(self) -> int:
        """Return how many speakers have no dot."""
        return self.speakers_all - self.speakers_shown

    def matrix_labels(self) -> list[str]:
        """Return the words of the matrix; of many words those that are confused most."""
        labels = [row["label"] for row in self.evaluation["per_label"]]
        if len(labels) <= MOST_LABELS:
            return labels
        wrong = {row["label"]: row["clips"] - row["correct"] for row in self.evaluation["per_label"]}
        return sorted(sorted(labels, key=lambda label: -wrong[label])[:MOST_LABELS])

    @property
    def is_cut(self) -> bool:
        """Say whether the matrix shows only some words."""
        return len(self.evaluation["per_label"]) > MOST_LABELS

    def columns(self) -> list[str]:
        """Return what was heard; silence comes last, where it was."""
        labels = self.matrix_labels()
        heard_silence = any("" in heard for heard in self.evaluation["confusion"].values())
        return [*labels, ""] if heard_silence else labels

    def matrix(self) -> list[tuple[str, list[Cell]]]:
        """Return the rows of the matrix: said, and the cells by what was heard."""
        confusion = self.evaluation["confusion"]
        columns = self.columns()
        most = max((n for said, heard in confusion.items() for label, n in heard.items() if label != said), default=1)
        return [
            (said, [_cell(said, heard, confusion.get(said, {}).get(heard, 0), most) for heard in columns])
            for said in self.matrix_labels()
        ]

    def worst_cell(self) -> tuple[str, str] | None:
        """Return the most frequent confusion, whose clips are opened first."""
        wrong = [
            (clips, said, heard)
            for said, counts in self.evaluation["confusion"].items()
            for heard, clips in counts.items()
            if heard != said
        ]
        if not wrong:
            return None
        _, said, heard = max(wrong, key=lambda entry: entry[0])
        return said, heard

    def bars(self) -> list[Bar]:
        """Return the words, the hardest first; those surely below the whole are marked."""
        rows = sorted(self.evaluation["per_label"], key=lambda row: (row["accuracy"], row["label"]))
        whole = self.metrics["accuracy"]
        return [Bar(row["label"], row["accuracy"], row["clips"], row["interval"][1] < whole) for row in rows]


def trust_points(job: TrainingJob) -> list[list[float]]:
    """Return, per tenth of confidence with enough clips, [what it says, how much was right], both in percent."""
    tenths: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    of_words = TestResult.objects.filter(job=job).exclude(said=OTHER)
    for said, heard, confidence in of_words.values_list("said", "heard", "confidence"):
        tenths[min(9, int(confidence * 10))].append((confidence, said == heard))
    return [
        [
            round(100 * sum(confidence for confidence, _ in members) / len(members), 1),
            round(100 * sum(is_right for _, is_right in members) / len(members), 1),
        ]
        for _, members in sorted(tenths.items())
        if len(members) >= FEWEST_IN_A_TENTH
    ]


def interval_text(low: float, high: float) -> str:
    """Say how far a share can be trusted."""
    return _("Between {low} and {high}, 19 times out of 20").format(
        low=decimal_text(low * 100, 1), high=percent_text(high)
    )


def _cell(said: str, heard: str, clips: int, most: int) -> Cell:
    depth = 0.0 if said == heard or not clips else round(0.16 + 0.84 * clips / most, 4)
    return Cell(said=said, heard=heard, clips=clips, depth=depth, is_hit=said == heard)
