"""From scores to a confidence that means something, and the threshold below which a word is not accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENOUGH_CLIPS = 20  # below this a temperature fitted to the clips would only describe those clips
KEPT_SHARE = 0.975  # share of the right validation answers that the threshold lets pass
CAUTIOUS_THRESHOLD = 0.5
# Not higher: the clips mostly have voices that trained, too, and a stricter threshold turns new voices away.
THRESHOLD_RANGE = (0.3, 0.8)
HIGHEST_BESIDE_OTHERS = 0.5  # where an output of its own takes most of what is no word
THRESHOLDS = np.arange(0.0, 1.0, 0.05)
TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(4.0), 121))


@dataclass(frozen=True)
class Calibration:
    """Divide log-probabilities by ``temperature`` before the softmax; accept from ``threshold`` on."""

    temperature: float
    threshold: float


def calibrated(logits: NDArray[np.float32], labels: NDArray[np.int64], *, words: int) -> Calibration:
    """Fit both to validation clips: logits, shape (n, outputs); labels, shape (n,).

    The first ``words`` outputs stand for words; one more, if there is one, for all that is none of them. With fewer
    than ENOUGH_CLIPS the scores are taken as they are, with a cautious threshold.
    """
    if len(labels) < ENOUGH_CLIPS:
        return Calibration(temperature=1.0, threshold=CAUTIOUS_THRESHOLD)
    temperature = float(min(TEMPERATURES, key=lambda value: mean_surprise(logits / value, labels)))
    share = softmax(logits / temperature)
    right = share.max(axis=1)[(share.argmax(axis=1) == labels) & (labels < words)]
    lowest, highest = THRESHOLD_RANGE
    highest = HIGHEST_BESIDE_OTHERS if logits.shape[1] > words else highest
    if not len(right):
        return Calibration(temperature=round(temperature, 4), threshold=highest)
    threshold = float(np.clip(np.quantile(right, 1.0 - KEPT_SHARE), lowest, highest))
    return Calibration(temperature=round(temperature, 4), threshold=round(threshold, 4))


def mean_surprise(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Return the mean negative log-probability of the labels: what the temperature makes smallest.

    The true label counts (n + 1) / (n + 2), the others share the rest (J. Platt, 1999): n clips that are all right
    do not prove that the next one will be.
    """
    count, choices = logits.shape
    surprise = -np.log(np.maximum(softmax(logits), 1e-12))
    true = surprise[np.arange(count), labels]
    others = (surprise.sum(axis=1) - true) / max(1, choices - 1)
    return float(((count + 1) * true + others).mean() / (count + 2))


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return probabilities, shape (n, labels)."""
    grown = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = grown / grown.sum(axis=1, keepdims=True)
    return shares


def threshold_curve(
    logits: NDArray[np.float32], labels: NDArray[np.int64], *, words: int, temperature: float
) -> list[dict[str, float | None]]:
    """Return what each threshold would do on validation clips: share answered, and how much of that is right.

    Twenty steps from 0 to 0.95. `right` is 1 where nothing is answered any more. `turned_away` is the share of the
    clips of other words that are not answered, None without such clips. Empty without clips of words.
    """
    is_word = labels < words
    if not is_word.any():
        return []
    share = softmax(logits / temperature)
    best, sure = share.argmax(axis=1), share.max(axis=1)
    curve = []
    for threshold in THRESHOLDS:
        is_answered = (sure >= threshold) & (best < words)
        curve.append(_at_threshold(threshold, is_answered, best == labels, is_word))
    return curve


def _at_threshold(
    threshold: float, is_answered: NDArray[np.bool_], is_right: NDArray[np.bool_], is_word: NDArray[np.bool_]
) -> dict[str, float | None]:
    known = is_answered & is_word
    return {
        "threshold": round(float(threshold), 2),
        "answered": round(float(is_answered[is_word].mean()), 5),
        "right": round(float(is_right[known].mean()), 5) if known.any() else 1.0,
        "turned_away": None if is_word.all() else round(float((~is_answered[~is_word]).mean()), 5),
    }
