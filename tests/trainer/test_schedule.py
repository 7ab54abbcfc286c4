from __future__ import annotations

import pytest

from training_jobs.trainer.schedule import schedule_for


def test_a_large_dataset_is_gone_through_once_an_epoch() -> None:
    schedule = schedule_for(2430, epochs=36, batch_size=64, minimum_steps=500)
    assert (schedule.batch_size, schedule.steps_per_epoch, schedule.steps) == (64, 38, 36 * 38)


def test_forty_clips_get_small_batches_and_as_many_updates_as_asked_for() -> None:
    schedule = schedule_for(40, epochs=36, batch_size=64, minimum_steps=500)
    assert schedule.batch_size == 10
    assert schedule.steps >= 500
    assert schedule.steps < 500 + 36


@pytest.mark.parametrize("clips", [2, 9, 33, 257])
def test_any_size_gives_a_batch_of_eight_clips_or_more(clips: int) -> None:
    schedule = schedule_for(clips, epochs=10, batch_size=64, minimum_steps=300)
    assert 8 <= schedule.batch_size <= 64
    assert schedule.steps >= 300


def test_a_batch_size_asked_for_is_never_exceeded() -> None:
    assert schedule_for(40, epochs=10, batch_size=4, minimum_steps=300).batch_size == 4
