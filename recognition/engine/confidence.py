"""From the raw score of a word to the probability that it is right."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FEWEST_WORDS = 20
USUAL_SLOPE, USUAL_OFFSET = 2.5, 3.5
"""For a recogniser with too few words to learn it from: what networks of read sentences gave (docs/engine.md)."""

_ROUNDS = 100
_ENOUGH = 1e-9
# Worth about one word: keeps the slope of perfectly separated scores finite, and positive unless the data insist.
_PRIOR_PRECISION = 0.05
_MOST_LOGIT = 500.0


def confidence(score: float, slope: float, offset: float) -> float:
    """Give the probability that a word with this raw score is right: logistic(slope * score + offset)."""
    logit = min(max(slope * score + offset, -_MOST_LOGIT), _MOST_LOGIT)
    return 1 / (1 + math.exp(-logit))


def fit_confidence(scores: Sequence[float], is_correct: Sequence[bool]) -> tuple[float, float]:
    """Fit (slope, offset) of `confidence` to words that were not trained on.

    Platt scaling (J. Platt, 1999: "Probabilistic outputs for support vector machines"): logistic regression on the
    score, its targets drawn in from 0 and 1 by one imagined word of each kind, and a weak prior on the slope. With
    fewer than 20 words the usual values. The slope is never negative: a surer word is never less likely to be right.
    """
    values, right = np.asarray(scores, np.float64), np.asarray(is_correct, np.bool_)
    if len(values) < FEWEST_WORDS:
        return USUAL_SLOPE, USUAL_OFFSET
    hits, misses = int(right.sum()), int((~right).sum())
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))
    slope, offset = _logistic_regression(values, targets)
    if slope < 0:
        share = float(targets.mean())
        return 0.0, math.log(share / (1 - share))
    return slope, offset


def expected_calibration_error(confidences: Sequence[float], is_correct: Sequence[bool], *, bins: int = 10) -> float:
    """Give how far confidence and the share of right words are apart, on average over words in bins of confidence.

    C. Guo and others, 2017: "On calibration of modern neural networks". Nothing to look at is nothing wrong: 0.
    """
    values, right = np.asarray(confidences, np.float64), np.asarray(is_correct, np.float64)
    if not len(values):
        return 0.0
    places = np.minimum((values * bins).astype(int), bins - 1)
    gaps = np.bincount(places, weights=right - values, minlength=bins)
    return float(np.abs(gaps).sum() / len(values))


def _logistic_regression(values: NDArray[np.float64], targets: NDArray[np.float64]) -> tuple[float, float]:
    """Fit by Newton's method, each step halved until it is one downhill."""
    features = np.stack([values, np.ones_like(values)], axis=1)
    prior = np.diag([_PRIOR_PRECISION, 0.0])
    weights = np.array([0.0, math.log(targets.mean() / (1 - targets.mean()))])
    loss = _loss(features, targets, weights)
    for _ in range(_ROUNDS):
        shares = 1 / (1 + np.exp(-np.clip(features @ weights, -_MOST_LOGIT, _MOST_LOGIT)))
        gradient = features.T @ (shares - targets) + prior @ weights
        curvature = (features * (shares * (1 - shares))[:, np.newaxis]).T @ features + prior + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        while (lower := _loss(features, targets, weights - step)) > loss and np.abs(step).max() > _ENOUGH:
            step /= 2
        if loss - lower < _ENOUGH:
            break
        weights, loss = weights - step, lower
    return float(weights[0]), float(weights[1])


def _loss(features: NDArray[np.float64], targets: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    logits = features @ weights
    prior = _PRIOR_PRECISION * weights[0] ** 2 / 2
    return float((np.logaddexp(0.0, logits) - targets * logits).sum() + prior)
