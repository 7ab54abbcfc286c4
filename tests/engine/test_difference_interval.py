from __future__ import annotations

import numpy as np
import pytest

from recognition.engine.error_rates import bootstrap_difference_interval


def test_the_interval_of_a_paired_difference_agrees_with_its_standard_error() -> None:
    random = np.random.default_rng(2)
    one, other = random.random(2_000) < 0.10, random.random(2_000) < 0.16
    counts = [(int(a), 1, int(b), 1) for a, b in zip(one, other, strict=True)]
    low, high = bootstrap_difference_interval(counts, list(range(len(counts))))
    difference = one.mean() - other.mean()
    error = (one.astype(float) - other.astype(float)).std() / np.sqrt(len(counts))
    assert (low, high) == pytest.approx((difference - 1.96 * error, difference + 1.96 * error), abs=0.002)


def test_pairing_makes_it_narrow_where_both_fail_on_the_same_clips() -> None:
    hard = np.random.default_rng(3).random(1_000) < 0.3
    counts = [(int(wrong), 1, int(wrong), 1) for wrong in hard]
    assert bootstrap_difference_interval(counts, list(range(len(counts)))) == (0.0, 0.0)


def test_whole_speakers_are_drawn_so_that_their_clips_count_together() -> None:
    counts = [(0, 1, 1, 1)] * 50 + [(1, 1, 1, 1)] * 150
    speakers = ["ada"] * 50 + ["ben"] * 50 + ["cleo"] * 50 + ["dev"] * 50
    low, high = bootstrap_difference_interval(counts, speakers)
    assert (low, high) == (-0.75, 0.0)  # the one speaker who gained may be drawn thrice, or never
    by_clip = bootstrap_difference_interval(counts, list(range(200)))
    assert by_clip[1] < -0.15


def test_each_rate_is_over_its_own_words() -> None:
    counts = [(1, 4, 1, 2)] * 30
    assert bootstrap_difference_interval(counts, list(range(30))) == (-0.25, -0.25)


def test_one_group_tells_nothing() -> None:
    assert bootstrap_difference_interval([(0, 1, 1, 1)] * 9, ["ada"] * 9) == (-1.0, 1.0)
