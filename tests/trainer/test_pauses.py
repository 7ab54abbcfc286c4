"""Pauses around training clips."""

from __future__ import annotations

import numpy as np

from training_jobs.trainer.pauses import LONGEST_SECONDS, with_pauses


def tone(samples: int, level: float) -> np.ndarray:
    return (level * np.sin(np.arange(samples) * 0.3)).astype(np.float32)


def test_without_pauses_the_sounds_lie_behind_each_other() -> None:
    sounds = [tone(4_000, 0.5), tone(3_000, 0.2)]
    joined = with_pauses(sounds, probability=0.0, random=np.random.default_rng(1))
    np.testing.assert_array_equal(joined, np.concatenate(sounds))


def test_a_pause_is_as_soft_as_the_quietest_part_beside_it() -> None:
    room = np.random.default_rng(0).normal(0, 0.002, 8_000).astype(np.float32)
    sound = np.concatenate([tone(8_000, 0.5), room])
    heard = with_pauses([sound], probability=1.0, random=np.random.default_rng(3))
    assert len(sound) < len(heard) <= len(sound) + 2 * LONGEST_SECONDS * 16_000
    start = next(at for at in range(len(heard)) if np.array_equal(heard[at : at + 100], sound[:100]))
    np.testing.assert_array_equal(heard[start : start + len(sound)], sound)
    before, behind = heard[:start], heard[start + len(sound) :]
    assert len(before) > 400
    assert len(behind) > 400
    for pause in (before, behind):
        assert 0.001 < float(np.std(pause)) < 0.004


def test_the_same_seed_makes_the_same_pauses() -> None:
    sounds = [tone(4_000, 0.5)] * 2
    one, other = (with_pauses(sounds, probability=0.5, random=np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
