from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.confidence import confidence, expected_calibration_error, fit_confidence


def drawn(count: int, slope: float, offset: float, *, seed: int = 0) -> tuple[list[float], list[bool]]:
    """Draw words that are right as often as a slope and an offset say."""
    generator = np.random.default_rng(seed)
    scores = -generator.exponential(1.5, count)
    shares = 1 / (1 + np.exp(-(slope * scores + offset)))
    return scores.tolist(), (generator.random(count) < shares).tolist()


@pytest.mark.parametrize(("slope", "offset"), [(1.5, 2.0), (0.4, 0.5), (5.0, 4.0)])
def test_the_relation_behind_the_words_is_found(slope: float, offset: float) -> None:
    found = fit_confidence(*drawn(20_000, slope, offset))
    assert found == pytest.approx((slope, offset), rel=0.1)


def test_fitted_confidence_is_as_often_right_as_it_says() -> None:
    scores, right = drawn(2_000, 2.0, 1.0)
    fitted = fit_confidence(scores, right)
    others, truth = drawn(5_000, 2.0, 1.0, seed=1)
    calibrated = [confidence(score, *fitted) for score in others]
    assert expected_calibration_error(calibrated, truth) < 0.02
    assert expected_calibration_error([math.exp(score) for score in others], truth) > 0.05


def test_with_few_words_the_usual_values_are_taken() -> None:
    usual = fit_confidence([], [])
    assert fit_confidence([-1.0] * 19, [True] * 19) == usual
    assert confidence(0.0, *usual) > 0.9
    assert confidence(-6.0, *usual) < 0.1


def test_words_that_are_all_right_do_not_make_it_certain() -> None:
    slope, offset = fit_confidence([-0.1] * 30, [True] * 30)
    assert 0.9 < confidence(-0.1, slope, offset) < 0.99
    slope, offset = fit_confidence([-0.1] * 30, [False] * 30)
    assert 0.01 < confidence(-0.1, slope, offset) < 0.1


def test_perfectly_parted_scores_stay_within_reason() -> None:
    slope, offset = fit_confidence([-0.1] * 30 + [-4.0] * 30, [True] * 30 + [False] * 30)
    assert 0 < slope < 20
    assert 0.9 < confidence(-0.1, slope, offset) < 1.0
    assert 0.0 < confidence(-4.0, slope, offset) < 0.1


def test_a_surer_word_is_never_less_likely_to_be_right() -> None:
    slope, offset = fit_confidence([-0.1] * 30 + [-4.0] * 30, [False] * 30 + [True] * 30)
    assert slope == 0.0
    assert confidence(-1.0, slope, offset) == pytest.approx(0.5, abs=0.01)


@given(
    words=st.lists(st.tuples(st.floats(-1_000.0, 0.0), st.booleans()), min_size=20, max_size=80),
    score=st.floats(-1_000.0, 0.0),
)
@settings(deadline=None, max_examples=100)
def test_any_words_give_a_probability(words: list[tuple[float, bool]], score: float) -> None:
    slope, offset = fit_confidence([value for value, _ in words], [right for _, right in words])
    assert math.isfinite(slope)
    assert math.isfinite(offset)
    assert slope >= 0
    assert 0.0 <= confidence(score, slope, offset) <= 1.0


def test_the_calibration_error_is_the_gap_in_each_bin() -> None:
    assert expected_calibration_error([], []) == 0.0
    assert expected_calibration_error([1.0, 1.0], [True, True]) == 0.0
    assert expected_calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0.0)
    assert expected_calibration_error([0.95] * 4 + [0.15] * 4, [True, True, False, False] * 2) == pytest.approx(0.4)
