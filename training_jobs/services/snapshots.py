"""Snapshots: what a job trains on, frozen."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from django.db import transaction

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from training_jobs.models import Clip, Dataset, Snapshot, SnapshotClip
from training_jobs.services.splits import ClipRow, check_trainable, splits_of, suggested_method

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.contrib.auth.models import User

BATCH: Final = 1000
NYQUIST_SHARE: Final = 0.95
ENGINE_SAMPLE_RATE_HZ: Final = 16_000
SHORTEST_WINDOW_SECONDS: Final = 1.0
LONGEST_WINDOW_SECONDS: Final = 10.0


@dataclass(frozen=True)
class SnapshotPlan:
    """What a snapshot of a dataset would be: the rows with their splits, and what follows from them."""

    method: str
    rows: tuple[ClipRow, ...]
    splits: tuple[str, ...]
    labels: tuple[str, ...]
    counts: dict[str, int]
    speakers: dict[str, list[str]]
    lowest_source_rate_hz: int
    band_limit_hz: int
    window_seconds: float


def clip_rows(dataset: Dataset) -> list[ClipRow]:
    """Return the clips a snapshot would freeze, in an order that does not depend on the database."""
    fields = ("pk", "sha256", "text", "speaker", "split", "duration_seconds", "source_sample_rate_hz")
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).order_by("sha256")
    return [ClipRow(*values) for values in ready.values_list(*fields)]


def suggested_split(dataset: Dataset) -> str:
    """Return the split a dataset should be judged by: column, speaker or random."""
    return suggested_method(clip_rows(dataset))


def snapshot_plan(
    *, dataset: Dataset, split_method: str = "", split_options: Mapping[str, Any] | None = None, seed: int = 0
) -> SnapshotPlan:
    """Work out what a snapshot of `dataset` would be, without keeping anything.

    An empty `split_method` takes the suggested one. Raises ServiceError for a dataset nothing can be trained on,
    see `splits_of` and `check_trainable`.
    """
    if dataset.kind != Kind.WORDS:
        raise ServiceError("kind_not_trainable", "This dataset holds sentences; the recipes there are learn words.")
    rows = clip_rows(dataset)
    return plan_of_rows(rows, method=split_method or suggested_method(rows), options=split_options or {}, seed=seed)


def plan_of_rows(rows: Sequence[ClipRow], *, method: str, options: Mapping[str, Any], seed: int = 0) -> SnapshotPlan:
    """Work out what a snapshot of these clips would be; raises as `snapshot_plan` does."""
    splits = splits_of(rows, method=method, options=options, seed=seed) if rows else []
    check_trainable(rows, splits)
    lowest = min(row.source_sample_rate_hz for row in rows)
    return SnapshotPlan(
        method=method,
        rows=tuple(rows),
        splits=tuple(splits),
        labels=tuple(sorted({row.text for row in rows})),
        counts=dict(Counter(splits)),
        speakers=_speakers(rows, splits),
        lowest_source_rate_hz=lowest,
        band_limit_hz=band_limit_hz(lowest),
        window_seconds=window_seconds([row.duration_seconds for row in rows]),
    )


def _speakers(rows: Sequence[ClipRow], splits: Sequence[str]) -> dict[str, list[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for row, split in zip(rows, splits, strict=True):
        if row.speaker:
            names[split].add(row.speaker)
    return {split: sorted(members) for split, members in names.items()}


def band_limit_hz(lowest_source_rate_hz: int) -> int:
    """Return the front end's upper frequency: 0.95 of the lowest Nyquist frequency.

    8 kHz gives 3800, 16 kHz and more give 7600. Above it some clips hold nothing: a model that looked there would
    learn the recorder, not the word.
    """
    return int(NYQUIST_SHARE * min(lowest_source_rate_hz, ENGINE_SAMPLE_RATE_HZ) / 2)


def window_seconds(speech_seconds: Sequence[float]) -> float:
    """Return how much sound a model must look at: the 99th percentile of the lengths, from 1 s, in steps of 0.1 s.

    On a snapshot the lengths are those of whole clips; a job works it out again from the speech inside them.
    """
    longest = float(np.percentile(np.asarray(speech_seconds), 99))
    stepped = float(np.ceil(longest * 10 - 1e-6) / 10)
    return min(max(stepped, SHORTEST_WINDOW_SECONDS), LONGEST_WINDOW_SECONDS)


def fingerprint_of(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """Return the sha256 over the sorted rows (sha256, text, speaker, split): the same clips give the same print."""
    digest = hashlib.sha256()
    for row in sorted(rows):
        digest.update(("|".join(row) + "\n").encode())
    return digest.hexdigest()


def snapshot_create(
    *,
    dataset: Dataset,
    owner: User,
    split_method: str = "",
    split_options: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Snapshot:
    """Freeze the ready clips of `dataset`; raises ServiceError where nothing can be trained on them."""
    plan = snapshot_plan(dataset=dataset, split_method=split_method, split_options=split_options, seed=seed)
    pairs = list(zip(plan.rows, plan.splits, strict=True))
    with transaction.atomic():
        snapshot = Snapshot.objects.create(
            owner=owner,
            dataset=dataset,
            dataset_name=dataset.name,
            kind=dataset.kind,
            status=Snapshot.Status.READY,
            split_method=plan.method,
            split_options=dict(split_options or {}),
            seed=seed,
            fingerprint=fingerprint_of((row.sha256, row.text, row.speaker, split) for row, split in pairs),
            labels=list(plan.labels),
            counts=plan.counts,
            speakers=plan.speakers,
            lowest_source_rate_hz=plan.lowest_source_rate_hz,
            band_limit_hz=plan.band_limit_hz,
            window_seconds=plan.window_seconds,
        )
        frozen = (_frozen(snapshot, row, split) for row, split in pairs)
        SnapshotClip.objects.bulk_create(frozen, batch_size=BATCH)
    return snapshot


def _frozen(snapshot: Snapshot, row: ClipRow, split: str) -> SnapshotClip:
    return SnapshotClip(
        snapshot=snapshot,
        clip_id=row.clip_id,
        sha256=row.sha256,
        text=row.text,
        speaker=row.speaker,
        split=split,
        duration_seconds=row.duration_seconds,
    )
