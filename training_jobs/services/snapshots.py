"""Snapshots: what a job trains on, frozen."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.engine.alphabet import pieces
from recognition.engine.errors import EngineError
from recognition.engine.writing import written
from recognition.models.recognizers import Kind
from speechsite.lib.numbers import thousands_text
from training_jobs.models import Clip, Dataset, Snapshot, SnapshotClip
from training_jobs.services.other_words import check_other_words, with_other_words
from training_jobs.services.splits import (
    ClipRow,
    check_sentences_trainable,
    check_trainable,
    kept_sides,
    noise_learned,
    sentence_splits_of,
    splits_of,
    suggested_method,
    words_of,
)
from training_jobs.services.text_rules import text_rules_of
from training_jobs.services.warm_start import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from uuid import UUID

    from django.contrib.auth.models import User

    from recognition.engine.writing import WritingRules
    from training_jobs.services.warm_start import Learned

BATCH: Final = 1000
NYQUIST_SHARE: Final = 0.95
ENGINE_SAMPLE_RATE_HZ: Final = 16_000
SHORTEST_WINDOW_SECONDS: Final = 1.0
LONGEST_WINDOW_SECONDS: Final = 10.0
LONGEST_SENTENCE_SECONDS: Final = 40.0


class LeftOut(NamedTuple):
    """A clip that a snapshot does not take, and why."""

    clip_id: UUID
    code: str
    message: str


def left_out_sentences(left_out: Iterable[LeftOut]) -> list[tuple[str, str, list[LeftOut]]]:
    """Say once for each reason how many clips are not learned from, and why the first is not: code, sentence, clips."""
    groups: dict[str, list[LeftOut]] = defaultdict(list)
    for clip in left_out:
        groups[clip.code].append(clip)
    return [(code, _left_out_sentence(clips), clips) for code, clips in sorted(groups.items())]


def _left_out_sentence(clips: Sequence[LeftOut]) -> str:
    return ngettext(
        "{count} clip is not learned from. {reason}", "{count} clips are not learned from. {reason}", len(clips)
    ).format(count=thousands_text(len(clips)), reason=clips[0].message)


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
    text_rules: dict[str, str] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    other_words: int = 0
    """How many of the rows come from another dataset, to be turned away."""


def clip_rows(dataset: Dataset) -> list[ClipRow]:
    """Return the clips a snapshot would freeze, in an order that does not depend on the database."""
    fields = ("pk", "sha256", "text", "speaker", "split", "duration_seconds", "source_sample_rate_hz")
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).order_by("sha256")
    return [ClipRow(*values) for values in ready.values_list(*fields)]


def suggested_split(dataset: Dataset) -> str:
    """Return the split a dataset should be judged by: column, speaker or random."""
    return suggested_method(clip_rows(dataset))


def snapshot_plan(
    *,
    dataset: Dataset,
    split_method: str = "",
    split_options: Mapping[str, Any] | None = None,
    seed: int = 0,
    learned: Learned = NOTHING,
    other_words: Dataset | None = None,
) -> SnapshotPlan:
    """Work out what a snapshot of `dataset` would be, without keeping anything.

    An empty `split_method` takes the suggested one. What was `learned` before is no test any more. Clips of
    `other_words` are to be turned away. Raises ServiceError for a dataset nothing can be trained on, see `splits_of`,
    `kept_sides`, `check_trainable` and `check_other_words`.
    """
    if other_words:
        check_other_words(other_words, dataset=dataset)
    rows = clip_rows(dataset)
    method = split_method or suggested_method(rows)
    if dataset.kind == Kind.SENTENCES:
        rules = text_rules_of(dataset)
        return sentence_plan_of_rows(
            rows, rules=rules, method=method, options=split_options or {}, seed=seed, learned=learned
        )
    others = clip_rows(other_words) if other_words else []
    return plan_of_rows(rows, method=method, options=split_options or {}, seed=seed, learned=learned, others=others)


def plan_of_rows(
    rows: Sequence[ClipRow],
    *,
    method: str,
    options: Mapping[str, Any],
    seed: int = 0,
    learned: Learned = NOTHING,
    others: Sequence[ClipRow] = (),
) -> SnapshotPlan:
    """Work out what a snapshot of these clips would be, with `others` to turn away; raises as `snapshot_plan` does."""
    splits = splits_of(rows, method=method, options=options, seed=seed) if rows else []
    splits = noise_learned(rows, kept_sides(rows, splits, learned=learned.sides, name=learned.name))
    check_trainable(rows, splits)
    labels = words_of(rows)
    spoken = [row for row in rows if row.text in labels]
    together, sides = with_other_words(rows, splits, others, seed=seed, learned=learned.sides)
    plan = _plan(together, sides, method=method, labels=sorted(labels), spoken=spoken)
    return replace(plan, other_words=len(together) - len(rows))


def sentence_plan_of_rows(
    rows: Sequence[ClipRow],
    *,
    rules: WritingRules,
    method: str,
    options: Mapping[str, Any],
    seed: int = 0,
    learned: Learned = NOTHING,
) -> SnapshotPlan:
    """Work out what a snapshot of clips of sentences would be, their texts written by the rules.

    Clips whose text the rules refuse, and those longer than is learned from, are in `left_out`, each with its code.
    """
    kept, left_out = _written_rows(rows, rules)
    splits = sentence_splits_of(kept, method=method, options=options, seed=seed) if kept else []
    splits = kept_sides(kept, splits, learned=learned.sides, name=learned.name)
    check_sentences_trainable(splits)
    words = {word for row in kept for word in row.text.split()}
    characters = {piece for word in words for piece in pieces(word)}
    plan = _plan(kept, splits, method=method, labels=sorted(characters), spoken=kept)
    return replace(plan, text_rules=rules.as_dict(), left_out=tuple(left_out))


def _written_rows(rows: Sequence[ClipRow], rules: WritingRules) -> tuple[list[ClipRow], list[LeftOut]]:
    kept, left_out = [], []
    for row in rows:
        try:
            text = written(row.text, rules)
        except EngineError as refused:
            left_out.append(LeftOut(row.clip_id, refused.code, refused.message))
            continue
        if row.duration_seconds > LONGEST_SENTENCE_SECONDS:
            message = _(
                "The clip lasts {seconds} s; sentences are learned from clips of up to 40 s. Cut it into shorter ones."
            ).format(seconds=f"{row.duration_seconds:.0f}")
            left_out.append(LeftOut(row.clip_id, "clip_too_long", message))
        else:
            kept.append(row._replace(text=text))
    return kept, left_out


def _plan(
    rows: Sequence[ClipRow], splits: Sequence[str], *, method: str, labels: Sequence[str], spoken: Sequence[ClipRow]
) -> SnapshotPlan:
    """Put a plan together; what the model must be able to hear follows from the `spoken` rows alone."""
    lowest = min(row.source_sample_rate_hz for row in spoken)
    return SnapshotPlan(
        method=method,
        rows=tuple(rows),
        splits=tuple(splits),
        labels=tuple(labels),
        counts=dict(Counter(splits)),
        speakers=_speakers(rows, splits),
        lowest_source_rate_hz=lowest,
        band_limit_hz=band_limit_hz(lowest),
        window_seconds=window_seconds([row.duration_seconds for row in spoken]),
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
    learned: Learned = NOTHING,
    other_words: Dataset | None = None,
    tell: Callable[[Sequence[LeftOut]], None] | None = None,
) -> Snapshot:
    """Freeze the ready clips of `dataset`; raises ServiceError where nothing can be trained on them.

    `tell` is given the clips that are not taken. Clips of `other_words` are frozen as words to turn away.
    """
    plan = snapshot_plan(
        dataset=dataset,
        split_method=split_method,
        split_options=split_options,
        seed=seed,
        learned=learned,
        other_words=other_words,
    )
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
            text_rules=plan.text_rules,
            counts=plan.counts,
            speakers=plan.speakers,
            lowest_source_rate_hz=plan.lowest_source_rate_hz,
            band_limit_hz=plan.band_limit_hz,
            window_seconds=plan.window_seconds,
        )
        frozen = (_frozen(snapshot, row, split) for row, split in pairs)
        SnapshotClip.objects.bulk_create(frozen, batch_size=BATCH)
    if tell:
        tell(plan.left_out)
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
