"""How well any model version hears any dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from training_jobs.models import Clip, SnapshotClip
from training_jobs.services.evaluation import Said, clips_hear, evaluation_figures
from training_jobs.services.sentence_evaluation import sentence_figures, sentences_hear, texts_learned
from training_jobs.services.splits import quoted
from training_jobs.services.warm_start import learned_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import QuerySet

    from recognition.models import ModelVersion
    from training_jobs.models import Dataset
    from training_jobs.services.warm_start import Learned

SPLITS: Final = ("test", "all")


def version_evaluate(
    *, version: ModelVersion, dataset: Dataset, split: str = "test", progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Return how much of a dataset a version hears right, in the shape the command and the API print.

    `split` test takes the clips that were locked away when the version was trained on this dataset; for another
    dataset its own test split, or where it has none every clip the version has not learned from. `all` takes every
    ready clip. `progress` is told (done, all) after each clip. Raises ServiceError: nothing_to_hear,
    texts_refused (the version's rules refuse the text of every clip).
    """
    clips = clips_to_hear(version=version, dataset=dataset, split=split)
    total = clips.count()
    judge = _sentences_document if version.recognizer.kind == Kind.SENTENCES else _words_document
    document = judge(
        version,
        _said(clips),
        lambda done: progress(done, total),
        learned=learned_by(version),
        split=split,
    )
    if document is None:
        message = f"There is no clip in {dataset.name} to hear with split {split}. Try --split all."
        raise ServiceError("nothing_to_hear", message)
    return {"model": str(version), "dataset": dataset.name, **document}


def _words_document(
    version: ModelVersion,
    clips: Iterator[Said],
    progress: Callable[[int], None],
    *,
    learned: Learned,
    split: str,
) -> dict[str, Any] | None:
    results = clips_hear(bundle=version.bundle_path, clips=clips, progress=progress)
    figures = evaluation_figures(results, trained_speakers=learned.speakers, split=split)
    if figures is None:
        return None
    return {
        **figures.metrics,
        "per_speaker": figures.evaluation["per_speaker"],
        "per_label": figures.evaluation["per_label"],
        "unknown_labels": sorted({result.said for result in results} - set(version.labels)),
    }


def _sentences_document(
    version: ModelVersion,
    clips: Iterator[Said],
    progress: Callable[[int], None],
    *,
    learned: Learned,
    split: str,
) -> dict[str, Any] | None:
    heard = sentences_hear(bundle=version.bundle_path, clips=clips, progress=progress)
    if heard.refused and not heard.results:
        message = f"{version} refuses the text of every clip ({heard.rules_in_words}), so nothing can be compared."
        raise ServiceError("texts_refused", message)
    texts = texts_learned(*learned.snapshots)
    figures = sentence_figures(heard, trained_speakers=learned.speakers, split=split, trained_texts=texts)
    return {**figures.metrics, **figures.evaluation} if figures else None


def clips_to_hear(*, version: ModelVersion, dataset: Dataset, split: str) -> QuerySet[Clip]:
    """Return the clips of a dataset that a split means for a version; raises ServiceError unknown_split."""
    if split not in SPLITS:
        raise ServiceError("unknown_split", f"There is no split {quoted([split])} to hear. There are: test, all.")
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).order_by("sha256")
    if split == "all":
        return ready
    learned = learned_by(version)
    frozen = SnapshotClip.objects.filter(snapshot__in=learned.snapshots)
    locked = frozen.filter(snapshot__in=learned.snapshots[:1], split=Clip.Split.TEST, clip__dataset=dataset)
    if locked.exists():
        return ready.filter(sha256__in=locked.values("sha256"))
    own = ready.filter(split=Clip.Split.TEST)
    seen = frozen.exclude(split=Clip.Split.TEST)
    return (own if own.exists() else ready).exclude(sha256__in=seen.values("sha256"))


def _said(clips: QuerySet[Clip]) -> Iterator[Said]:
    for clip in clips.iterator(chunk_size=500):
        yield Said(text=clip.text, speaker=clip.speaker, clip=clip)
