"""Rows of sentences for tests of training: datasets, a job that learns, a finished job with its test."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from recognition.engine.error_rates import align_characters, align_words, confusions, count_errors
from recognition.models import ModelAlias, ModelVersion, Recognizer
from tests.training.rows import make_clip, make_job
from training_jobs.models import Dataset, JobEvent, Snapshot, SnapshotClip, TestResult, TrainingJob
from training_jobs.services.events import event_create

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User

    from training_jobs.models import Clip

ENGLISH = (
    ("turn the lights off", "turn the light off"),
    ("what time is it", "what time is it"),
    ("play some quiet music please", "play some music please now"),
    ("call my sister", "call my sister"),
    ("how far is the station", "how far is station"),
    ("the weather is fine", "the weather is fine"),
)
HINDI = (("मुझे पानी चाहिए", "मुझे पानी चाहिए"), ("दरवाज़ा बंद करो", "दरवाजा बंद करो"), ("आज मौसम अच्छा है", "आज मौसम है"))
ARABIC = (
    ("افتح الباب من فضلك", "افتح الباب من فضلك"),
    ("كم الساعة الآن", "كم ساعة الآن"),
    ("أين المحطة", "أين هي المحطة"),
)
SPEAKERS = ("ada", "ben", "cleo")
RULES = "small letters, no punctuation, digits kept"


def sentences_dataset(
    owner: User, name: str = "Read aloud", *, texts: Sequence[str] = (), language: str = "en", **changes: Any
) -> Dataset:
    """Make a dataset with one clip of three seconds for each text, by three speakers in turn."""
    dataset = Dataset.objects.create(owner=owner, name=name, kind="sentences", language=language)
    for number, text in enumerate(texts or [said for said, _ in ENGLISH] * 10):
        values = {"speaker": SPEAKERS[number % 3], "duration_seconds": 3.0, "peaks": [20, 60, 40] * 24, **changes}
        make_clip(dataset, number, text=text, **values)
    return dataset


def finished_sentences_job(
    owner: User,
    pairs: Sequence[tuple[str, str]] = ENGLISH,
    *,
    repeats: int = 1,
    language: str = "en",
    trained_on: Sequence[str] = (),
    speakers: Sequence[str] = SPEAKERS,
    name: str = "dictation",
    **metrics: Any,
) -> TrainingJob:
    """Make a succeeded job whose test was heard as told, with its version in production."""
    pairs = list(pairs) * repeats
    texts = [*(said for said, _ in pairs), *trained_on]
    dataset = sentences_dataset(owner, name, texts=texts, language=language)
    snapshot = _snapshot(owner, dataset, tests=len(pairs), speakers=speakers)
    now = timezone.now()
    job = make_job(
        owner,
        dataset,
        status="succeeded",
        recipe="ctc-conv",
        recognizer_name=name,
        snapshot=snapshot,
        started_at=now,
        finished_at=now,
    )
    rows = list(snapshot.clips.filter(split="test").order_by("id"))
    for place, (row, (said, heard)) in enumerate(zip(rows, pairs, strict=True)):
        _result(job, row, said, heard, confidence=0.95 - 0.4 * (place % 2))
    figures = {**_metrics(pairs, speakers), **metrics}
    job.metrics, job.evaluation = figures, _evaluation(pairs, speakers, rows)
    job.model_version = _version(owner, name, language, figures, snapshot)
    job.save()
    return job


def learning_sentences_job(owner: User, *, rates: Sequence[tuple[float, float]], heard: str = "") -> TrainingJob:
    """Make a job in the middle of its training; `rates` are (wer, cer) on validation, an epoch each."""
    dataset = sentences_dataset(owner, "Learning")
    job = make_job(owner, dataset, status="running", stage="training", recipe="ctc-conv", epoch=len(rates), epochs=100)
    for epoch, (wer, cer) in enumerate(rates, start=1):
        data = {"epoch": epoch, "epochs": 100, "loss": 90 / epoch, "val_loss": 95 / epoch, "seconds": 4.0 * epoch}
        event_create(job=job, kind=JobEvent.Kind.EPOCH, data={**data, "val_wer": wer, "val_cer": cer})
        clips = [{"clip": str(_first(dataset).pk), "said": "turn the lights off", "heard": heard, "confidence": 0.4}]
        event_create(job=job, kind=JobEvent.Kind.HEARS, data={"epoch": epoch, "clips": clips})
    return job


def _first(dataset: Dataset) -> Clip:
    clip = dataset.clips.order_by("created_at").first()
    assert clip
    return clip


def _snapshot(owner: User, dataset: Dataset, *, tests: int, speakers: Sequence[str]) -> Snapshot:
    clips = list(dataset.clips.order_by("created_at", "pk"))
    snapshot = Snapshot.objects.create(
        owner=owner,
        dataset=dataset,
        dataset_name=dataset.name,
        kind="sentences",
        status="ready",
        split_method="speaker",
        fingerprint=hashlib.sha256(dataset.name.encode()).hexdigest(),
        counts={"train": len(clips) - tests, "test": tests},
        speakers={"train": ["eve", "finn"], "test": sorted(set(speakers))},
    )
    for number, clip in enumerate(clips):
        is_test = number < tests
        SnapshotClip.objects.create(
            snapshot=snapshot,
            clip=clip,
            sha256=clip.sha256,
            text=clip.text,
            speaker=speakers[number % len(speakers)] if is_test and speakers else "",
            split="test" if is_test else "train",
            duration_seconds=clip.duration_seconds,
        )
    return snapshot


def _result(job: TrainingJob, row: SnapshotClip, said: str, heard: str, *, confidence: float) -> None:
    counts = count_errors(align_words(said, heard))
    TestResult.objects.create(
        job=job,
        snapshot_clip=row,
        said=said,
        heard=heard,
        answer="words" if heard else "silence",
        confidence=confidence,
        words=counts.references,
        word_errors=counts.errors,
    )


def _metrics(pairs: Sequence[tuple[str, str]], speakers: Sequence[str]) -> dict[str, Any]:
    words = count_errors(step for said, heard in pairs for step in align_words(said, heard))
    characters = count_errors(step for said, heard in pairs for step in align_characters(said, heard))
    return {
        "wer": words.rate, "cer": characters.rate, "interval": [words.rate * 0.7, words.rate * 1.4],
        "interval_method": "speakers" if speakers else "clips", "clips": len(pairs), "words": words.references,
        "characters": characters.references, "insertions": words.insertions, "deletions": words.deletions,
        "substitutions": words.substitutions, "speakers": len(set(speakers)), "split": "test",
        "unseen_speakers": bool(speakers), "sentences_right": sum(said == heard for said, heard in pairs) / len(pairs),
        "decoding": "lexicon", "decoding_in_words": "only words it has read, weighed by a language model",
        "methods": {
            "greedy": {"wer": words.rate * 1.8, "cer": 0.08}, "beam": {"wer": words.rate * 1.3, "cer": 0.07},
            "lexicon": {"wer": words.rate, "cer": characters.rate},
        },
        "text_rules": {"case": "fold"}, "rules_in_words": RULES, "answer_seconds": 0.02, "real_time_factor": 0.01,
    }  # fmt: skip


def _evaluation(
    pairs: Sequence[tuple[str, str]], speakers: Sequence[str], rows: Sequence[SnapshotClip]
) -> dict[str, Any]:
    words = confusions(align_words(said, heard) for said, heard in pairs)
    characters = confusions(align_characters(said, heard) for said, heard in pairs)
    return {
        "per_speaker": [_speaker(name, pairs, rows) for name in sorted(set(speakers))],
        "confused_words": [dict(zip(("said", "heard", "count"), row, strict=True)) for row in words],
        "confused_characters": [dict(zip(("said", "heard", "count"), row, strict=True)) for row in characters],
        "units": {
            "style": "spelled_letters", "count": 29, "in_words": "26 letters and the words of one letter",
            "candidates": [{"style": "characters", "wer": 0.2}, {"style": "spelled_letters", "wer": 0.15}],
        },
        "calibration": {
            "expected_error": 0.04, "words": 63,
            "bins": [
                {"confidence": 0.4, "right": 0.45, "words": 20}, {"confidence": 0.7, "right": 0.72, "words": 20},
                {"confidence": 0.85, "right": 0.1, "words": 3}, {"confidence": 0.95, "right": 0.93, "words": 20},
            ],
        },
    }  # fmt: skip


def _speaker(name: str, pairs: Sequence[tuple[str, str]], rows: Sequence[SnapshotClip]) -> dict[str, Any]:
    own = [pair for pair, row in zip(pairs, rows, strict=True) if row.speaker == name]
    counts = count_errors(step for said, heard in own for step in align_words(said, heard))
    return {
        "speaker": name, "clips": len(own), "words": counts.references, "errors": counts.errors, "wer": counts.rate,
        "interval": [counts.rate * 0.6, min(1.0, counts.rate * 1.5 + 0.02)],
    }  # fmt: skip


def _version(owner: User, name: str, language: str, metrics: dict[str, Any], snapshot: Snapshot) -> ModelVersion:
    recognizer, _ = Recognizer.objects.get_or_create(owner=owner, name=name, kind="sentences", language=language)
    number = recognizer.versions.count() + 1
    version = ModelVersion.objects.create(
        recognizer=recognizer,
        number=number,
        bundle=f"bundles/absent/{name}/{number}",
        bundle_sha256="0" * 64,
        size_bytes=900_000,
        metrics=metrics,
        manifest={"kind": "sentences", "units": ["a", "b", " "], "unit_style": "characters"},
        lineage={"fingerprint": snapshot.fingerprint, "counts": {"train": 40}, "dataset_name": snapshot.dataset_name},
    )
    ModelAlias.objects.get_or_create(recognizer=recognizer, name="production", defaults={"version": version})
    return version
