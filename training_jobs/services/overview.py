"""Where a person's loop stands: the numbers of every station, and the one next step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef, Q, Sum

from recognition.models import Correction, ModelAlias, ModelVersion, Recognizer, Transcription
from recognition.models.recognizers import PRODUCTION, Kind
from recognition.services.finding import with_beginnings
from speechsite.lib.numbers import DOUBTFUL_BELOW, SURE_FROM
from speechsite.lib.scores import score_of
from training_jobs.labels import NO_WORDS
from training_jobs.models import Clip, Dataset, DatasetImport, TrainingJob
from training_jobs.services.corrections import corrections_waiting

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from speechsite.lib.scores import Score

TAKES_WORTH_TRAINING = 8
SECONDS_WORTH_TRAINING = 600
"""Words are counted in takes, sentences in speech: below ten minutes a model of sentences learns next to nothing."""
NEW_CLIPS_WORTH_TRAINING = 20
CORRECTIONS_WORTH_TRAINING = 5
FEWEST_LABELS = 2


@dataclass(frozen=True)
class DatasetFacts:
    """What the loop's dataset holds; `scarce` names the labels with too few takes and how many they have."""

    dataset: Dataset
    clips: int
    seconds: float
    speakers: int
    recorded: int
    corrections: int
    new_clips: int
    new_corrections: int
    labels: int
    scarce: tuple[tuple[str, int], ...]

    @property
    def is_of_sentences(self) -> bool:
        """Say whether its clips are sentences, which have no labels to count."""
        return bool(self.dataset.kind == Kind.SENTENCES)


@dataclass(frozen=True)
class VersionFacts:
    """One version's score on clips it did not learn from."""

    number: int
    score: Score
    is_production: bool


@dataclass(frozen=True)
class AnswerFacts:
    """How many answers the recogniser gave, how many of them wait for a look, how many of these are doubtful."""

    total: int = 0
    waiting: int = 0
    doubtful: int = 0


@dataclass(frozen=True)
class LoopFacts:
    """One recogniser's loop. `names` are all loops of the person; an empty name is a loop without a recogniser yet."""

    name: str = ""
    names: tuple[str, ...] = ()
    dataset: DatasetFacts | None = None
    job: TrainingJob | None = None
    failed: TrainingJob | None = None
    importing: DatasetImport | None = None
    corrections_waiting: int = 0
    last_training_seconds: float | None = None
    newest_version: int = 0
    production: int = 0
    versions: tuple[VersionFacts, ...] = ()
    answers: AnswerFacts = field(default_factory=AnswerFacts)

    @property
    def is_first_run(self) -> bool:
        """Say whether this person has nothing yet."""
        return not self.names and self.dataset is None


def next_step(facts: LoopFacts) -> str:
    """Return the one thing to do next; the order is the product's, most pressing first."""
    data = facts.dataset
    rules = (
        ("settle_failure", facts.failed is not None),
        ("review_doubtful", facts.answers.doubtful > 0),
        ("adopt_corrections", facts.corrections_waiting > 0),
        ("train_corrections", _corrections_are_ready(facts)),
        ("watch_training", facts.job is not None),
        ("watch_import", facts.importing is not None),
        ("record_words", data is None or data.clips == 0),
        ("record_takes", data is not None and facts.newest_version == 0 and _has_too_few_takes(data)),
        ("train", data is not None and (facts.newest_version == 0 or data.new_clips >= NEW_CLIPS_WORTH_TRAINING)),
        ("try_it", facts.answers.total == 0),
    )
    return next((step for step, holds in rules if holds), "record_more")


def _corrections_are_ready(facts: LoopFacts) -> bool:
    enough = facts.dataset is not None and facts.dataset.new_corrections >= CORRECTIONS_WORTH_TRAINING
    return enough and facts.job is None


def _has_too_few_takes(data: DatasetFacts) -> bool:
    if data.is_of_sentences:
        return data.seconds < SECONDS_WORTH_TRAINING
    return bool(data.scarce) or data.labels < FEWEST_LABELS


def loop_overview(*, user: User, name: str = "") -> LoopFacts:
    """Return the facts of one loop: the named one, else the one last worked on. The number of queries is constant."""
    jobs = list(_newest_jobs(user))
    names = _loop_names(user, jobs)
    chosen = name if name in names else (names[0] if names else "")
    own_jobs = [job for job in jobs if job.recognizer_name == chosen]
    versions = list(ModelVersion.objects.visible_to(user).filter(recognizer__name=chosen).order_by("number"))
    production = _production_number(user, chosen)
    dataset = _loop_dataset(user, own_jobs)
    return LoopFacts(
        name=chosen,
        names=tuple(names),
        dataset=_dataset_facts(dataset, own_jobs) if dataset else None,
        job=next((job for job in own_jobs if job.status in TrainingJob.ACTIVE), None),
        failed=_failure_to_settle(own_jobs),
        importing=_running_import(dataset) if dataset else None,
        corrections_waiting=_corrections_waiting(user, chosen, dataset) if dataset else 0,
        last_training_seconds=_last_training_seconds(own_jobs),
        newest_version=versions[-1].number if versions else 0,
        production=production,
        versions=tuple(facts for version in versions if (facts := _version_facts(version, production))),
        answers=_answer_facts(user, chosen),
    )


def last_transcriptions(*, user: User, count: int) -> QuerySet[Transcription]:
    """Return the newest finished transcriptions, each with `is_corrected`."""
    corrected = Exists(Correction.objects.in_force().filter(transcription=OuterRef("pk")))
    done = with_beginnings(Transcription.objects.visible_to(user).filter(status=Transcription.Status.DONE))
    return done.select_related("model_version__recognizer").annotate(is_corrected=corrected)[:count]


def newest_datasets(*, user: User, count: int) -> QuerySet[Dataset]:
    """Return the newest datasets, each with `clip_count` and `seconds` of its ready clips."""
    ready = Q(clips__status=Clip.Status.READY)
    counted = Dataset.objects.visible_to(user).annotate(
        clip_count=Count("clips__status", filter=ready),
        seconds=Sum("clips__duration_seconds", filter=ready, default=0.0),
    )
    return counted.order_by("-created_at", "-id")[:count]


def _newest_jobs(user: User) -> QuerySet[TrainingJob]:
    jobs = TrainingJob.objects.visible_to(user).filter(sweep=None).select_related("dataset", "snapshot")
    return jobs.defer("evaluation", "failure_detail").order_by("-created_at", "-id")[:100]


def _loop_names(user: User, jobs: list[TrainingJob]) -> list[str]:
    """Return the names of all loops, the one last worked on first."""
    rows = Recognizer.objects.visible_to(user).annotate(newest=Max("versions__created_at"))
    touched: dict[str, datetime] = {row.name: row.newest or row.created_at for row in rows}
    for job in jobs:
        touched[job.recognizer_name] = max(job.created_at, touched.get(job.recognizer_name, job.created_at))
    return sorted(touched, key=lambda name: touched[name], reverse=True)


def _failure_to_settle(jobs: list[TrainingJob]) -> TrainingJob | None:
    """Return the newest job where it failed: a later one, of whatever end, has settled it."""
    return jobs[0] if jobs and jobs[0].status == TrainingJob.Status.FAILED else None


def _last_training_seconds(jobs: list[TrainingJob]) -> float | None:
    done = (job for job in jobs if job.status == TrainingJob.Status.SUCCEEDED)
    spans = ((job.finished_at - job.started_at).total_seconds() for job in done if job.finished_at and job.started_at)
    return next(spans, None)


def _production_number(user: User, name: str) -> int:
    aliases = ModelAlias.objects.filter(recognizer__owner=user, recognizer__name=name, name=PRODUCTION)
    return aliases.values_list("version__number", flat=True).first() or 0


def _version_facts(version: ModelVersion, production: int) -> VersionFacts | None:
    score = score_of(version.metrics)
    return VersionFacts(version.number, score, version.number == production) if score else None


def _loop_dataset(user: User, jobs: list[TrainingJob]) -> Dataset | None:
    """Return the dataset the loop trains on: its last job's, else the newest one."""
    trained_on = next((job.dataset for job in jobs if job.dataset), None)
    return trained_on or Dataset.objects.visible_to(user).order_by("-created_at", "-id").first()


def _running_import(dataset: Dataset) -> DatasetImport | None:
    return dataset.imports.filter(status__in=DatasetImport.ACTIVE).order_by("-created_at").first()


def _corrections_waiting(user: User, name: str, dataset: Dataset) -> int:
    return corrections_waiting(user=user, recognizer_name=name, dataset=dataset).count()


def _dataset_facts(dataset: Dataset, jobs: list[TrainingJob]) -> DatasetFacts:
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY)
    learned = [job.created_at for job in jobs if job.dataset == dataset and job.status != TrainingJob.Status.FAILED]
    is_new = Q(created_at__gt=learned[0]) if learned else Q()
    is_correction = Q(origin=Clip.Origin.CORRECTION)
    totals = ready.aggregate(
        clips=Count("status"),
        seconds=Sum("duration_seconds", default=0.0),
        speakers=Count("speaker", distinct=True, filter=~Q(speaker="")),
        recorded=Count("status", filter=Q(origin=Clip.Origin.RECORDING)),
        corrections=Count("status", filter=is_correction),
        new_clips=Count("status", filter=is_new),
        new_corrections=Count("status", filter=is_correction & is_new),
    )
    counts = [] if dataset.kind == Kind.SENTENCES else _takes(ready.labelled())
    scarce = tuple((text, takes) for text, takes in counts if takes < TAKES_WORTH_TRAINING)
    return DatasetFacts(dataset=dataset, labels=len(counts), scarce=scarce, **totals)


def _takes(ready: QuerySet[Clip]) -> list[tuple[str, int]]:
    """Return the labels with their takes, the scarcest first."""
    counts = ready.order_by().values_list("text").annotate(takes=Count("status")).order_by("takes", "text")
    return [(label, takes) for label, takes in counts if label not in NO_WORDS]


def _answer_facts(user: User, name: str) -> AnswerFacts:
    answers = Transcription.objects.visible_to(user).filter(
        status=Transcription.Status.DONE, model_version__recognizer__name=name
    )
    looked_at = Correction.objects.approving().filter(transcription=OuterRef("pk"))
    unlooked = Q(answer=Transcription.Answer.WORDS) & ~Exists(looked_at)
    totals = answers.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=unlooked & Q(confidence__lt=SURE_FROM)),
        doubtful=Count("pk", filter=unlooked & Q(confidence__lt=DOUBTFUL_BELOW)),
    )
    return AnswerFacts(**totals)
