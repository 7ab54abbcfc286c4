"""The states page: every component once, for looking at and for the accessibility test. Routed in DEBUG only."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component and state."""
    return render(request, "styleguide.html", {**_speech(), "curve": _curve(), "counts": _counts()})


def _speech() -> dict[str, Any]:
    words = (("seven", 0.96), ("eight", 0.78), ("nine", 0.54))
    return {
        "words": [{"text": text, "confidence": confidence} for text, confidence in words],
        "peaks": [round(100 * math.exp(-(((position - 30) / 12) ** 2))) for position in range(72)],
        "sample_audio": static("styleguide.wav"),
    }


def _curve() -> dict[str, Any]:
    def points(rate: float, top: float) -> list[list[float]]:
        return [[epoch, round(top * (1 - math.exp(-epoch * rate)), 1)] for epoch in range(1, 19)]

    return {
        "epochs": 40,
        "y": {"min": 0, "max": 100, "interval": 50},
        "series": [
            {"name": "validation", "role": "main", "points": points(0.25, 91), "end": "90.0"},
            {"name": "training", "role": "reference", "points": points(0.3, 96)},
            {"name": "v3", "role": "best", "points": [[1, 88.6], [40, 88.6]], "end": "v3"},
        ],
    }


def _counts() -> dict[str, Any]:
    return {
        "labels": ["−48", "−44", "−40", "−36", "−32", "−28", "−24", "−20", "−16"],
        "counts": [20, 45, 220, 500, 810, 840, 545, 200, 35],
        "low": [0, 1],
        "every": 2,
    }
