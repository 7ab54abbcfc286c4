"""How well any model version hears any clips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from speechsite.lib.rows import rows_of
from training_jobs.labels import NO_WORDS, NOISE
from training_jobs.models import Clip, SnapshotClip
from training_jobs.services.evaluation import Said, clips_hear, evaluation_figures, turned_away
from training_jobs.services.sentence_evaluation import sentence_figures, sentences_hear, texts_learned
from training_jobs.services.splits import names_text
from training_jobs.services.warm_start import is_learning_known, learned_by, snapshots_learned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from recognition.models import ModelVersion
    from training_jobs.models import Dataset
    from training_jobs.services.evaluation import Heard
    from training_jobs.services.sentence_evaluation import HeardSentence
    from training_jobs.services.warm_start import Learned

SPLITS: Final = ("test", "all")


@dataclass(frozen=True)
class HeardClip:
    """What a version heard in one clip; a clip of one word counts as one word."""

    clip_id: UUID | None
    speaker: str
    said: str
    heard: str
    answer: str
    confidence: float
    words: int
    word_errors: int


@dataclass(frozen=True)
class Judged:
    """What a version heard in clips: `document` is what the command and the API print."""

    document: dict[str, Any]
    clips: list[HeardClip]


def version_evaluate(
    *, version: ModelVersion, dataset: Dataset, split: str = "test", progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Return how much of a dataset a version hears right, in the shape the command and the API print.

    `split` is as `clips_to_hear` takes it. `progress` is told (done, all) after each clip. Raises ServiceError:
    nothing_to_hear, texts_refused (the version's rules refuse the text of every clip).
    """
    clips = clips_to_hear(versions=[version], dataset=dataset, split=split)
    total = clips.count()
    judged = version_judge(version=version, clips=clips, split=split, progress=lambda done: progress(done, total))
    if judged is None:
        raise nothing_to_hear(dataset, split)
    return {"model": str(version), "dataset": dataset.name, **judged.document}


def version_judge(
    *, version: ModelVersion, clips: QuerySet[Clip], split: str, progress: Callable[[int], None]
) -> Judged | None:
    """Let a version hear clips, as the evaluation of a training does; None where none of them could be heard.

    `progress` is told after each clip how many are done. Raises ServiceError texts_refused.
    """
    judge = _judge_sentences if version.recognizer.kind == Kind.SENTENCES else _judge_words
    judged = judge(version, _said(clips), progress, learned=learned_by(version), split=split)
    if judged is None:
        return None
    known = _learned_clips([version]).filter(sha256__in=clips.values("sha256")).values("sha256").distinct()
    learned = {"learned_clips": known.count(), "is_learning_known": is_learning_known(version)}
    return Judged({**judged.document, **learned}, judged.clips)


def _judge_words(
    version: ModelVersion, clips: Iterator[Said], progress: Callable[[int], None], *, learned: Learned, split: str
) -> Judged | None:
    results = clips_hear(bundle=version.bundle_path, clips=clips, progress=progress)
    figures = evaluation_figures(results, trained_speakers=learned.speakers, split=split)
    if figures is None:
        return None
    unknown = [result for result in results if result.said not in {*version.labels, *NO_WORDS}]
    document = {
        **figures.metrics,
        "per_speaker": figures.evaluation["per_speaker"],
        "per_label": figures.evaluation["per_label"],
        "unknown_labels": sorted({result.said for result in unknown}),
        "unknown": turned_away(unknown) if unknown else None,
    }
    return Judged(document, [_heard_word(result) for result in results])


def _heard_word(result: Heard) -> HeardClip:
    return HeardClip(
        clip_id=result.clip_id,
        speaker=result.speaker,
        said=result.said,
        heard=result.label,
        answer=result.answer,
        confidence=result.confidence,
        words=1,
        word_errors=int(not result.is_right),
    )


def _judge_sentences(
    version: ModelVersion, clips: Iterator[Said], progress: Callable[[int], None], *, learned: Learned, split: str
) -> Judged | None:
    heard = sentences_hear(bundle=version.bundle_path, clips=clips, progress=progress)
    if heard.refused and not heard.results:
        message = _("{version} refuses the text of every clip ({rules}), so nothing can be compared.")
        raise ServiceError("texts_refused", message.format(version=version, rules=heard.rules_in_words))
    texts = texts_learned(*learned.snapshots)
    figures = sentence_figures(heard, trained_speakers=learned.speakers, split=split, trained_texts=texts)
    if figures is None:
        return None
    return Judged({**figures.metrics, **figures.evaluation}, [_heard_sentence(result) for result in heard.results])


def _heard_sentence(result: HeardSentence) -> HeardClip:
    return HeardClip(
        clip_id=result.clip_id,
        speaker=result.speaker,
        said=result.said,
        heard=result.heard,
        answer=result.answer,
        confidence=result.confidence,
        words=result.words.references,
        word_errors=result.words.errors,
    )


def clips_to_hear(*, versions: Sequence[ModelVersion], dataset: Dataset, split: str) -> QuerySet[Clip]:
    """Return the clips of a dataset that a split means for versions; raises ServiceError unknown_split.

    `test` takes the clips that were locked away when one of them was trained on this dataset; for another dataset its
    own test split, or where it has none all clips; never one that any of the versions has learned from. `all` takes
    every ready clip.
    """
    if split not in SPLITS:
        message = _("There is no split {name} to hear. There are: {known}.")
        raise ServiceError("unknown_split", message.format(name=names_text([split]), known=", ".join(SPLITS)))
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).exclude(text=NOISE).order_by("sha256")
    if split == "all":
        return ready
    trained_on = [snapshot for version in versions for snapshot in snapshots_learned(version)[:1]]
    locked = SnapshotClip.objects.filter(snapshot__in=trained_on, split=Clip.Split.TEST, clip__dataset=dataset)
    own = ready.filter(split=Clip.Split.TEST)
    chosen = ready.filter(sha256__in=locked.values("sha256")) if locked.exists() else own if own.exists() else ready
    return chosen.exclude(sha256__in=_learned_clips(versions).values("sha256"))


def _learned_clips(versions: Sequence[ModelVersion]) -> QuerySet[SnapshotClip]:
    snapshots = [snapshot for version in versions for snapshot in snapshots_learned(version)]
    return SnapshotClip.objects.filter(snapshot__in=snapshots).exclude(split=Clip.Split.TEST)


def nothing_to_hear(dataset: Dataset, split: str) -> ServiceError:
    """Return the refusal of an evaluation without clips."""
    message = _("There is no clip in {dataset} to hear with split {split}. Try the split all.")
    return ServiceError("nothing_to_hear", message.format(dataset=dataset.name, split=split))


def _said(clips: QuerySet[Clip]) -> Iterator[Said]:
    for clip in rows_of(clips.defer("peaks")):
        yield Said(text=clip.text, speaker=clip.speaker, clip=clip)
