"""A finished job of sentences as its page draws it: wrong words, whose, which, and every test clip word by word."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from recognition.models import ModelVersion
from recognition.models.recognizers import PRODUCTION
from speechsite.lib.numbers import decimal_text, percent_text, thousands_text
from speechsite.lib.scores import axis_for, score_of
from training_jobs.web.training_result import interval_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

    from speechsite.lib.score_axis import ScoreAxis
    from speechsite.lib.scores import Score
    from training_jobs.models import TrainingJob

MOST_SPEAKERS: Final = 24
EARLIER_VERSIONS: Final = 2
MOST_CONFUSIONS: Final = 12
GAP_THAT_COUNTS: Final = 0.08
FEWEST_IN_A_TENTH: Final = 5
METHODS: Final = {
    "greedy": (gettext_lazy("Letters alone"), gettext_lazy("the likeliest letter at each moment")),
    "beam": (gettext_lazy("Free spelling"), gettext_lazy("many spellings weighed by the language model")),
    "lexicon": (gettext_lazy("Known words"), gettext_lazy("only words it has read, weighed by the language model")),
}


@dataclass(frozen=True)
class Dot:
    """A share of wrong words on its interval; places are shares of the axis. `speaker` leads to that one's clips."""

    name: str
    score: Score
    at: float
    low: float
    high: float
    is_main: bool = False
    speaker: str = ""
    clips: int = 0
    words: int = 0


@dataclass(frozen=True)
class MethodLine:
    """One way of decoding with what it gave on the test."""

    title: StrOrPromise
    summary: StrOrPromise
    wer: float
    cer: float | None
    is_chosen: bool


@dataclass(frozen=True)
class Confusion:
    """A word, or character, that was heard as another: an empty `said` was added, an empty `heard` left out."""

    said: str
    heard: str
    count: int
    share: float  # of the most frequent


class SentencesResult:
    """What a finished job's page shows."""

    is_of_sentences = True

    def __init__(self, job: TrainingJob) -> None:
        self.job = job
        self.metrics: dict[str, Any] = job.metrics
        self.evaluation: dict[str, Any] = job.evaluation
        self.version = job.model_version

    @cached_property
    def score(self) -> Score | None:
        """Return the share of wrong words with its interval."""
        return score_of(self.metrics)

    @property
    def score_number(self) -> str:
        """Return the share of wrong words in percent, without its unit."""
        return decimal_text(self.metrics["wer"] * 100, 1)

    @property
    def voices(self) -> str:
        """Say whose voices it was measured on."""
        if self.metrics.get("unseen_speakers"):
            return _("Words wrong, on voices it had never heard")
        if self.metrics.get("speakers"):
            return _("Words wrong, on new clips of voices it knows")
        return _("Words wrong, on clips it had never heard")

    @property
    def interval_sentence(self) -> str:
        """Say how far the number can be trusted."""
        return interval_text(*self.metrics["interval"])

    @property
    def method_sentence(self) -> str:
        """Say how the interval was made."""
        sentence = (
            _("{count} locked clips of {speakers} speakers. The interval is drawn over speakers, not clips.")
            if self.metrics.get("interval_method") == "speakers"
            else _(
                "{count} locked clips. The interval is drawn over clips, not people: with other voices it can differ "
                "more."
            )
        )
        return sentence.format(count=thousands_text(self.metrics["clips"]), speakers=self.metrics.get("speakers"))

    @property
    def familiar_sentence(self) -> str:
        """Say how many of the test's sentences it had met before, word for word; nothing where that is none."""
        share = self.metrics.get("test_texts_seen_in_training") or 0.0
        if not share:
            return ""
        return _(
            "{share} of the test's sentences are also in the clips it learned from or was chosen by. For sentences it "
            "has never met, expect more errors."
        ).format(share=percent_text(share))

    @property
    def errors(self) -> int:
        """Return how many words were wrong."""
        return sum(int(self.metrics.get(name, 0)) for name in ("substitutions", "deletions", "insertions"))

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
    def earlier(self) -> list[tuple[ModelVersion, Score]]:
        """Return earlier versions that were measured on the very same locked clips: others cannot be set beside it."""
        if self.version is None or self.job.snapshot is None:
            return []
        older = ModelVersion.objects.filter(recognizer=self.version.recognizer_id, number__lt=self.version.number)
        same = older.filter(lineage__fingerprint=self.job.snapshot.fingerprint).order_by("-number")
        scored = [(version, score_of(version.metrics)) for version in same[:EARLIER_VERSIONS]]
        return [(version, score) for version, score in scored if score and score.is_error]

    @property
    def against(self) -> str:
        """Say how it stands against the version before, where both heard the same clips."""
        if not self.earlier or not self.score or not self.version:
            return ""
        before, score = self.earlier[0]
        return self.score.against(score, name=f"v{self.version.number}", other_name=f"v{before.number}")

    @cached_property
    def axis(self) -> ScoreAxis:
        """Return the axis of all dots."""
        scores = [self.score, *(score for _, score in self.earlier), *(score for _, score in self._speakers)]
        return axis_for(score for score in scores if score)

    @property
    def dots(self) -> list[Dot]:
        """Return this version and those before it."""
        name = f"v{self.version.number}" if self.version else pgettext("version", "This")
        dots = [self._dot(name, self.score, is_main=True)] if self.score else []
        return dots + [self._dot(f"v{version.number}", score) for version, score in self.earlier]

    @property
    def speakers(self) -> list[Dot]:
        """Return the speakers, the hardest first."""
        return [
            self._dot(row["speaker"], score, speaker=row["speaker"], clips=row["clips"], words=row.get("words", 0))
            for row, score in self._speakers[:MOST_SPEAKERS]
        ]

    @property
    def speakers_left_out(self) -> int:
        """Return how many speakers have no dot."""
        return max(0, len(self._speakers) - MOST_SPEAKERS)

    @cached_property
    def _speakers(self) -> list[tuple[dict[str, Any], Score]]:
        rows = [(row, score_of(row)) for row in self.evaluation.get("per_speaker", [])]
        scored = [(row, score) for row, score in rows if score]
        return sorted(scored, key=lambda entry: (-entry[1].value, entry[0]["speaker"]))

    def _dot(self, name: str, score: Score, **more: Any) -> Dot:
        place = self.axis.place
        return Dot(name, score, place(score.value), place(score.low), place(score.high), **more)

    def methods(self) -> list[MethodLine]:
        """Return the ways of decoding that were tried, the plainest first."""
        found = self.metrics.get("methods", {})
        return [
            MethodLine(title, summary, found[name]["wer"], found[name].get("cer"), name == self.metrics.get("decoding"))
            for name, (title, summary) in METHODS.items()
            if name in found
        ]

    def confused_words(self) -> list[Confusion]:
        """Return the words that were heard wrongly most often."""
        return _confusions(self.evaluation.get("confused_words", []))

    def confused_characters(self) -> list[Confusion]:
        """Return the characters that were heard wrongly most often."""
        return _confusions(self.evaluation.get("confused_characters", []))

    @property
    def units(self) -> dict[str, Any]:
        """Return what it writes with, and what else was weighed."""
        units: dict[str, Any] = self.evaluation.get("units", {})
        return units

    @cached_property
    def trust(self) -> list[list[float]]:
        """Return the points of the chart of confidence: [what it says, how much was right], both in percent."""
        bins = self.evaluation.get("calibration", {}).get("bins", [])
        return [point for entry in bins if (point := _trust_point(entry))]

    @property
    def trust_sentence(self) -> str:
        """Say whether its confidence means what it says, word by word."""
        expected = self.evaluation.get("calibration", {}).get("expected_error")
        if expected is None:
            return _("There are too few words to tell.")
        gap = sum(says - right for says, right in self.trust)
        if expected <= GAP_THAT_COUNTS:
            sentence = _(
                "Close to the dotted line, of the words it calls 80 % sure, about 80 % are right. On average it is "
                "{points} points off."
            )
        elif gap > 0:
            sentence = _("Below the dotted line it is surer than it should be. On average it is {points} points off.")
        else:
            sentence = _(
                "Above the dotted line it is right more often than it says. On average it is {points} points off."
            )
        return sentence.format(points=decimal_text(expected * 100, 1))


def _confusions(rows: list[dict[str, Any]]) -> list[Confusion]:
    shown = rows[:MOST_CONFUSIONS]
    most = max((row["count"] for row in shown), default=1)
    return [Confusion(row["said"], row["heard"], row["count"], round(row["count"] / most, 4)) for row in shown]


def _trust_point(entry: Mapping[str, Any]) -> list[float] | None:
    if entry["words"] < FEWEST_IN_A_TENTH:
        return None
    return [round(100 * entry["confidence"], 1), round(100 * entry["right"], 1)]
