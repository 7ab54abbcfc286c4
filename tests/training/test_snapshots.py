from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from tests.training.rows import make_clip, make_dataset, spoken_by
from training_jobs.models import Clip, Snapshot, SnapshotClip
from training_jobs.services.snapshots import (
    band_limit_hz,
    snapshot_create,
    snapshot_plan,
    suggested_split,
    window_seconds,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def test_a_snapshot_freezes_the_ready_clips_with_their_splits(owner: User) -> None:
    dataset = make_dataset(owner, speaker=spoken_by)
    make_clip(dataset, 100, status=Clip.Status.REJECTED, rejection_code="silent")
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    assert snapshot.status == Snapshot.Status.READY
    assert snapshot.split_method == "speaker"
    assert snapshot.labels == ["one", "three", "two"]
    assert sum(snapshot.counts.values()) == snapshot.clips.count() == 60
    assert set(snapshot.speakers["test"]).isdisjoint(snapshot.speakers["train"])


def test_the_same_clips_give_the_same_fingerprint(owner: User) -> None:
    dataset = make_dataset(owner)
    first, second = (snapshot_create(dataset=dataset, owner=owner) for _ in range(2))
    assert first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 64


def test_a_relabelled_clip_gives_another_fingerprint_and_leaves_the_snapshot_alone(owner: User) -> None:
    dataset = make_dataset(owner)
    before = snapshot_create(dataset=dataset, owner=owner)
    clip = dataset.clips.filter(text="one").first()
    assert clip
    Clip.objects.filter(pk=clip.pk).update(text="two")
    after = snapshot_create(dataset=dataset, owner=owner)
    assert after.fingerprint != before.fingerprint
    assert SnapshotClip.objects.get(snapshot=before, clip=clip).text == "one"


def test_a_snapshot_outlives_its_dataset(owner: User) -> None:
    dataset = make_dataset(owner)
    snapshot = snapshot_create(dataset=dataset, owner=owner)
    dataset.delete()
    snapshot.refresh_from_db()
    assert snapshot.dataset is None
    assert snapshot.clips.filter(clip=None).count() == 60


def test_the_band_limit_lies_below_the_lowest_nyquist_frequency(owner: User) -> None:
    dataset = make_dataset(owner, source_sample_rate_hz=lambda number: 8000 if number == 5 else 48_000)
    assert snapshot_create(dataset=dataset, owner=owner).band_limit_hz == 3800
    assert band_limit_hz(16_000) == band_limit_hz(48_000) == 7600


def test_the_window_holds_nearly_all_clips() -> None:
    assert window_seconds([0.4] * 100) == 1.0
    assert window_seconds([0.4] * 90 + [1.44] * 10) == 1.5
    assert window_seconds([1.3] * 100) == 1.3


def test_a_plan_keeps_nothing(owner: User) -> None:
    plan = snapshot_plan(dataset=make_dataset(owner))
    assert plan.counts["test"] > 0
    assert Snapshot.objects.count() == 0


def test_a_dataset_with_a_test_split_is_judged_by_it(owner: User) -> None:
    dataset = make_dataset(owner, speaker=spoken_by, split=lambda number: "test" if number < 9 else "train")
    assert suggested_split(dataset) == "column"


@pytest.mark.parametrize("changes", [{"fingerprint": ""}, {"failure_code": "x"}, {"status": "failed"}])
def test_the_database_refuses_a_snapshot_that_contradicts_itself(owner: User, changes: dict[str, str]) -> None:
    snapshot = snapshot_create(dataset=make_dataset(owner), owner=owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Snapshot.objects.filter(pk=snapshot.pk).update(**changes)


def test_the_same_samples_stand_once_in_a_snapshot(owner: User) -> None:
    snapshot = snapshot_create(dataset=make_dataset(owner), owner=owner)
    row = snapshot.clips.first()
    assert row
    with pytest.raises(IntegrityError), transaction.atomic():
        SnapshotClip.objects.create(
            snapshot=snapshot, sha256=row.sha256, text="one", split="train", duration_seconds=1.0
        )
