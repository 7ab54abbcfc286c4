from __future__ import annotations

import numpy as np
import pytest

from training_jobs.trainer.calibration import (
    CAUTIOUS_THRESHOLD,
    HIGHEST_BESIDE_OTHERS,
    THRESHOLD_RANGE,
    calibrated,
    softmax,
    threshold_curve,
)


def drawn(count: int, *, sharpness: float) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose softmax, divided by ``sharpness``, is the true distribution the labels are drawn from."""
    random = np.random.default_rng(0)
    logits = random.normal(0, 2.0, (count, 5))
    shares = softmax(logits)
    labels = np.array([random.choice(5, p=share) for share in shares])
    return (logits * sharpness).astype(np.float32), labels


@pytest.mark.parametrize("sharpness", [0.5, 1.0, 2.5])
def test_the_temperature_undoes_too_much_and_too_little_confidence(sharpness: float) -> None:
    logits, labels = drawn(3000, sharpness=sharpness)
    assert calibrated(logits, labels, words=5).temperature == pytest.approx(sharpness, rel=0.1)


def test_the_threshold_keeps_nearly_all_right_answers() -> None:
    logits, labels = drawn(3000, sharpness=1.0)
    found = calibrated(logits, labels, words=5)
    shares = softmax(logits / found.temperature)
    right = shares.max(axis=1)[shares.argmax(axis=1) == labels]
    assert 0.97 <= np.mean(right >= found.threshold) <= 1.0


def test_sixty_right_answers_do_not_make_it_certain() -> None:
    labels = np.arange(60) % 3
    found = calibrated(np.where(np.eye(3)[labels] > 0, 4.0, 0.0).astype(np.float32), labels, words=3)
    confidence = softmax(np.array([[4.0, 0.0, 0.0]], np.float32) / found.temperature).max()
    assert confidence == pytest.approx(61 / 62, abs=0.005)
    assert found.threshold == THRESHOLD_RANGE[1]


def test_with_hardly_any_clips_to_check_on_the_threshold_is_cautious() -> None:
    logits, labels = drawn(5, sharpness=1.0)
    for count in (0, 5):
        found = calibrated(logits[:count], labels[:count], words=5)
        assert (found.temperature, found.threshold) == (1.0, CAUTIOUS_THRESHOLD)


def test_a_model_that_is_always_wrong_still_gets_a_calibration() -> None:
    logits = np.tile(np.array([[9.0, 0.0]], np.float32), (30, 1))
    assert calibrated(logits, np.ones(30, np.int64), words=2).threshold == THRESHOLD_RANGE[1]


def test_the_curve_of_thresholds_trades_answers_for_right_ones() -> None:
    # Half of the clips are sure and right, half are a toss-up of which half is right.
    sure, unsure = np.array([[6.0, 0.0]] * 40), np.array([[0.4, 0.0]] * 40)
    logits = np.concatenate([sure, unsure]).astype(np.float32)
    labels = np.concatenate([np.zeros(40), np.arange(40) % 2]).astype(np.int64)
    curve = threshold_curve(logits, labels, words=2, temperature=1.0)
    assert [point["threshold"] for point in curve][:3] == [0.0, 0.05, 0.1]
    assert curve[0] == {"threshold": 0.0, "answered": 1.0, "right": 0.75, "turned_away": None}
    assert next(point for point in curve if point["threshold"] == 0.7) == {
        "threshold": 0.7, "answered": 0.5, "right": 1.0, "turned_away": None,
    }  # fmt: skip
    hotter = threshold_curve(logits, labels, words=2, temperature=100.0)
    assert hotter[-1] == {"threshold": 0.95, "answered": 0.0, "right": 1.0, "turned_away": None}
    assert threshold_curve(logits[:0], labels[:0], words=2, temperature=1.0) == []


def test_other_words_count_as_turned_away_and_in_nothing_else() -> None:
    # Two words and the output for all others: of four clips of other words it takes two for the first word.
    words, others = np.array([[6.0, 0.0, 0.0]] * 40), np.array([[0.0, 0.0, 6.0]] * 2 + [[3.0, 0.0, 0.0]] * 2)
    logits = np.concatenate([words, others]).astype(np.float32)
    labels = np.concatenate([np.zeros(40), np.full(4, 2)]).astype(np.int64)
    curve = {point["threshold"]: point for point in threshold_curve(logits, labels, words=2, temperature=1.0)}
    assert curve[0.0] == {"threshold": 0.0, "answered": 1.0, "right": 1.0, "turned_away": 0.5}
    assert curve[0.95] == {"threshold": 0.95, "answered": 1.0, "right": 1.0, "turned_away": 1.0}
    assert calibrated(logits, labels, words=2).threshold == HIGHEST_BESIDE_OTHERS
    assert threshold_curve(logits[40:], labels[40:], words=2, temperature=1.0) == []
