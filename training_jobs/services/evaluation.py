"""What a finished recogniser hears in clips it never learned from, and the figures that follow from it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from recognition.engine.bundle import load_bundle
from recognition.engine.metrics import bootstrap_interval_by_group, wilson_interval
from recognition.engine.recognizer import WordRecognizer
from speechsite.lib.rows import rows_of
from training_jobs.labels import OTHER
from training_jobs.models import Clip, SnapshotClip, TestResult
from training_jobs.services.corpus_folder import clip_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from training_jobs.models import Snapshot, TrainingJob

SPEAKERS_FOR_BOOTSTRAP: Final = 3
BATCH: Final = 1000
WORD: Final = "word"


@dataclass(frozen=True)
class Heard:
    """What was heard in one clip: `label` is the best one, even where the answer was "none of these"."""

    snapshot_clip_id: int | None
    said: str
    speaker: str
    label: str
    answer: str
    confidence: float
    seconds: float = 0.0
    clip_id: UUID | None = None

    @property
    def is_right(self) -> bool:
        """Say whether the best label is what was said; what is no word of the model's must be turned away."""
        return self.answer != WORD if self.said == OTHER else self.label == self.said


@dataclass(frozen=True)
class Figures:
    """`metrics` is one line about a version, `evaluation` what its result page draws."""

    metrics: dict[str, Any]
    evaluation: dict[str, Any]


@dataclass(frozen=True)
class Said:
    """A clip to hear, and what was said in it by whom; `clip` is None where it was deleted."""

    text: str
    speaker: str
    clip: Clip | None
    snapshot_clip_id: int | None = None


def clips_hear(*, bundle: Path, clips: Iterable[Said], progress: Callable[[int], None]) -> list[Heard]:
    """Let the recogniser of a bundle hear every clip; clips whose audio is gone are left out.

    `progress` is told after each clip how many are done.
    """
    recognizer = WordRecognizer(load_bundle(bundle))
    results = []
    for done, said in enumerate(clips, start=1):
        samples = clip_samples(said.clip)
        if samples is not None:
            results.append(_hear(recognizer, said, samples))
        progress(done)
    return results


def _hear(recognizer: WordRecognizer, said: Said, samples: NDArray[np.float32]) -> Heard:
    began = time.perf_counter()
    hearing = recognizer.hear_clip(samples)
    return Heard(
        snapshot_clip_id=said.snapshot_clip_id,
        said=said.text,
        speaker=said.speaker,
        label=hearing.label,
        answer=hearing.answer,
        confidence=float(hearing.confidence),
        seconds=time.perf_counter() - began,
        clip_id=said.clip.pk if said.clip else None,
    )


def locked_clips(snapshot: Snapshot) -> Iterator[Said]:
    """Yield the test split of a snapshot."""
    rows = SnapshotClip.objects.filter(snapshot=snapshot, split=Clip.Split.TEST).select_related("clip")
    for row in rows_of(rows.order_by("sha256")):
        yield Said(text=row.text, speaker=row.speaker, clip=row.clip, snapshot_clip_id=row.pk)


def job_results_replace(*, job: TrainingJob, results: Sequence[Heard]) -> None:
    """Keep what was heard, in place of what an earlier attempt of the job kept."""
    rows = (
        TestResult(
            job=job,
            snapshot_clip_id=result.snapshot_clip_id,
            said=result.said,
            heard=result.label,
            answer=result.answer,
            confidence=result.confidence,
        )
        for result in results
        if result.snapshot_clip_id is not None
    )
    with transaction.atomic():
        TestResult.objects.filter(job=job).delete()
        TestResult.objects.bulk_create(rows, batch_size=BATCH)


def evaluation_figures(results: Sequence[Heard], *, trained_speakers: Iterable[str], split: str) -> Figures | None:
    """Return the figures of what was heard, or None where nothing was.

    Accuracy is the share of clips whose best label is what was said, whether it was sure enough to be answered or
    not; `accepted` is the share it was sure enough of, `accuracy_accepted` how much of that was right. The 95 %
    interval is by bootstrap over speakers where there are three or more, else Wilson's; `interval_method` says which.
    Of clips of other words, which count in none of these, `others` says how many were turned away.
    """
    others = [result for result in results if result.said == OTHER]
    results = [result for result in results if result.said != OTHER]
    if not results:
        return None
    right = [result.is_right for result in results]
    accepted = [result for result in results if result.answer == WORD]
    speakers = {result.speaker for result in results if result.speaker}
    baseline_label, baseline_count = Counter(result.said for result in results).most_common(1)[0]
    interval, method = accuracy_interval(results)
    metrics = {
        "accuracy": round(sum(right) / len(right), 5),
        "interval": interval,
        "interval_method": method,
        "clips": len(results),
        "correct": sum(right),
        "speakers": len(speakers),
        "split": split,
        "unseen_speakers": bool(speakers) and not speakers & set(trained_speakers),
        "accepted": round(len(accepted) / len(results), 5),
        "accuracy_accepted": round(sum(r.is_right for r in accepted) / len(accepted), 5) if accepted else None,
        "baseline": round(baseline_count / len(results), 5),
        "baseline_label": baseline_label,
        "answer_seconds": round(median(result.seconds for result in results), 6),
        "others": turned_away(others) if others else None,
    }
    return Figures(metrics=metrics, evaluation=_evaluation(results))


def turned_away(others: Sequence[Heard]) -> dict[str, Any]:
    """Return how many clips of other words were not answered with a word, and Wilson's interval of their share."""
    count = sum(result.answer != WORD for result in others)
    low, high = wilson_interval(count, len(others))
    return {
        "clips": len(others),
        "turned_away": count,
        "share": round(count / len(others), 5),
        "interval": [round(low, 5), round(high, 5)],
    }


def accuracy_interval(results: Sequence[Heard]) -> tuple[list[float], str]:
    """Return the 95 % interval of the accuracy and how it was made: speakers (bootstrap) or wilson."""
    right = [result.is_right for result in results]
    speakers = [result.speaker for result in results]
    if all(speakers) and len(set(speakers)) >= SPEAKERS_FOR_BOOTSTRAP:
        low, high = bootstrap_interval_by_group(right, speakers)
        if low < high:  # where all speakers are alike, as when all is right, drawing them anew shows nothing
            return [round(low, 5), round(high, 5)], "speakers"
    low, high = wilson_interval(sum(right), len(right))
    return [round(low, 5), round(high, 5)], "wilson"


def _evaluation(results: Sequence[Heard]) -> dict[str, Any]:
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        confusion[result.said][result.label] += 1
    return {
        "labels": sorted({result.said for result in results} | {result.label for result in results if result.label}),
        "per_label": [_group("label", *group) for group in _grouped(results, key=lambda result: result.said)],
        "per_speaker": [_group("speaker", *group) for group in _grouped(results, key=lambda r: r.speaker) if group[0]],
        "confusion": {said: dict(heard) for said, heard in confusion.items()},
    }


def _grouped(results: Sequence[Heard], *, key: Callable[[Heard], str]) -> list[tuple[str, list[Heard]]]:
    groups: dict[str, list[Heard]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return sorted(groups.items())


def _group(noun: str, name: str, members: Sequence[Heard]) -> dict[str, Any]:
    correct = sum(member.is_right for member in members)
    low, high = wilson_interval(correct, len(members))
    return {
        noun: name,
        "clips": len(members),
        "correct": correct,
        "accuracy": round(correct / len(members), 5),
        "interval": [round(low, 5), round(high, 5)],
    }
