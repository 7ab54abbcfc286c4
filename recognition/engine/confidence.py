"""From the raw score of a word to the probability that it is right."""

from __future__ import annotations

import math


def confidence(score: float, slope: float, offset: float) -> float:
    """Give the probability that a word with this raw score is right: logistic(slope * score + offset)."""
    logit = slope * score + offset
    if logit >= 0:
        return 1 / (1 + math.exp(-min(logit, 700.0)))
    return math.exp(max(logit, -700.0)) / (1 + math.exp(max(logit, -700.0)))
