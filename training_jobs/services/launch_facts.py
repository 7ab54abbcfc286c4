"""What the launch form says of all clips of a dataset, small enough to be remembered.

Of 100,000 clips it takes more than a second, so a worker works it out as soon as an upload has been read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import get_language

from recognition.engine.writing import rules_for, rules_of
from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from training_jobs.services.composition import composition
from training_jobs.services.remembered import remembered
from training_jobs.services.sentence_composition import character_counts, sentence_composition
from training_jobs.services.snapshots import clip_rows, plan_of_rows, sentence_plan_of_rows
from training_jobs.services.splits import TEST, suggested_method
from training_jobs.services.warm_start import learned_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recognition.engine.writing import WritingRules
    from recognition.models import ModelVersion
    from training_jobs.models import Dataset
    from training_jobs.services.snapshots import SnapshotPlan
    from training_jobs.services.splits import ClipRow


LOOKED_AT: Final = 1000


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


@dataclass(frozen=True)
class SentenceFacts(PlanFacts):
    """What a snapshot of sentences would be: `seconds` of each split, how often each character is learned.

    `left_out` says how many clips are not taken, and why, in the language of whoever asked.
    """

    seconds: dict[str, float]
    characters: dict[str, int]
    left_out: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class TextFacts:
    """What the texts of sentences suggest, and the different ones among the first of them."""

    suggested: dict[str, str]
    first: tuple[str, ...]


@dataclass(frozen=True)
class PlanAsked:
    """What a plan depends on besides the dataset's clips and, of sentences, the rules of their texts."""

    method: str
    options: Mapping[str, Any] = field(default_factory=dict)
    start: ModelVersion | None = None
    other_words: Dataset | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """Return it in values that say the same in every process."""
        start, source = self.start, self.other_words
        return self.method, self.options, start and str(start.pk), source and (str(source.pk), source.revision)


def launch_facts(dataset: Dataset, rows: Callable[[], Sequence[ClipRow]]) -> LaunchFacts:
    """Return what the clips that would be frozen say, remembered; `rows` reads them where it is not."""
    return remembered(dataset, LaunchFacts, lambda: facts_of(rows()))


def words_plan_facts(dataset: Dataset, rows: Callable[[], Sequence[ClipRow]], asked: PlanAsked) -> PlanFacts:
    """Return what a snapshot of words would be, remembered; raises ServiceError as `plan_of_rows` does."""

    def make() -> PlanFacts:
        others = clip_rows(asked.other_words) if asked.other_words else []
        learned = learned_by(asked.start)
        plan = plan_of_rows(rows(), method=asked.method, options=asked.options, learned=learned, others=others)
        return plan_facts(plan)

    return remembered(dataset, PlanFacts, make, asked=asked.key)


def text_facts(dataset: Dataset, rows: Callable[[], Sequence[ClipRow]]) -> TextFacts:
    """Return what the texts of sentences suggest, remembered."""

    def make() -> TextFacts:
        texts = [row.text for row in rows()]
        suggested = rules_for(texts, language=dataset.language)
        return TextFacts(suggested.as_dict(), tuple(dict.fromkeys(text for text in texts[:LOOKED_AT] if text)))

    return remembered(dataset, TextFacts, make, asked=(dataset.language,))


def sentence_facts(
    dataset: Dataset, rows: Callable[[], Sequence[ClipRow]], rules: WritingRules, asked: PlanAsked
) -> SentenceFacts:
    """Return what a snapshot of sentences would be, remembered; raises ServiceError as `sentence_plan_of_rows` does."""

    def make() -> SentenceFacts:
        learned = learned_by(asked.start)
        plan = sentence_plan_of_rows(rows(), rules=rules, method=asked.method, options=asked.options, learned=learned)
        return SentenceFacts(
            **asdict(plan_facts(plan)),
            seconds=_seconds(plan),
            characters=dict(character_counts(row.text for row in plan.rows)),
            left_out=_left_out(plan),
        )

    return remembered(dataset, SentenceFacts, make, asked=(rules, asked.key, get_language()))


def _seconds(plan: SnapshotPlan) -> dict[str, float]:
    seconds: defaultdict[str, float] = defaultdict(float)
    for row, split in zip(plan.rows, plan.splits, strict=True):
        seconds[split] += row.duration_seconds
    return dict(seconds)


def _left_out(plan: SnapshotPlan) -> tuple[tuple[int, str], ...]:
    """Return how many clips are left out, with the first sentence that says why."""
    counts = Counter(entry.code for entry in plan.left_out)
    sentences = {entry.code: entry.message for entry in reversed(plan.left_out)}
    return tuple((count, sentences[code]) for code, count in counts.most_common())


def dataset_look_through(dataset: Dataset) -> None:
    """Work out what the pages say of a dataset, before anybody opens them."""
    composition(dataset)
    clips = clip_rows(dataset)
    asked = PlanAsked(launch_facts(dataset, lambda: clips).suggested_method)
    with suppress(ServiceError):  # the form says it to whoever opens it
        if dataset.kind == Kind.WORDS:
            words_plan_facts(dataset, lambda: clips, asked)
        else:
            sentence_composition(dataset)
            suggested = text_facts(dataset, lambda: clips).suggested
            sentence_facts(dataset, lambda: clips, rules_of({**suggested, **dataset.text_rules}), asked)


def facts_of(rows: Sequence[ClipRow]) -> LaunchFacts:
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
