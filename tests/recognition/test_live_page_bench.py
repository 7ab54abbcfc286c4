"""The bench of the page: where clips lie in what a browser heard, and what belongs to which of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bench.live import Script, script_of
from bench.live_page import SAMPLES_PER_MS, length_ms, loudness, take_down

if TYPE_CHECKING:
    from collections.abc import Iterable

# The page's clock when its microphone opens; how long a piece of sound takes to the page at the soonest.
OPENED_MS, WAY_MS, PIECE_MS = 400.0, 1.5, 10


@pytest.fixture
def script() -> Script:
    random = np.random.default_rng(7)
    lengths = (5_000, 7_000, 6_400)
    speech = [(f"clip {n}", (random.standard_normal(n) * np.hanning(n) * 0.2).astype(np.float32)) for n in lengths]
    return script_of(speech, clips=len(speech), seed=1)


def noted(script: Script, notes: Iterable[tuple[str, float]], *, late: dict[int, float]) -> dict[str, Any]:
    """Write down what a page would: `late` says which pieces of sound come later, and by how many ms."""
    levels = loudness(script.sound)
    pieces = [
        [OPENED_MS + at, OPENED_MS + at + PIECE_MS + WAY_MS + late.get(at // PIECE_MS, 0), levels[at : at + PIECE_MS]]
        for at in range(0, len(levels), PIECE_MS)
    ]
    return {"sound": pieces, "notes": [(what, OPENED_MS + WAY_MS + when) for what, when in notes]}


def test_what_is_shown_is_measured_from_the_sound_of_its_clip(script: Script) -> None:
    starts = [clip.first / SAMPLES_PER_MS for clip in script.clips]
    ends = [clip.last / SAMPLES_PER_MS for clip in script.clips]
    notes = [
        ("begin", starts[0] + 90),
        ("words", starts[0] + 250),
        ("words", starts[0] + 280),
        ("final", ends[0] + 180),
    ]
    notes += [("final", ends[1] + 210)]
    assert take_down(script, noted(script, notes, late={3: 40.0, 77: 12.0})) == 0
    first, second, third = script.clips
    assert (first.begin_ms, first.words_ms, first.final_ms) == pytest.approx((90, 250, 180), abs=1)
    assert (second.begin_ms, second.final_ms) == (None, pytest.approx(210, abs=1))
    assert second.words_ms == pytest.approx(length_ms(second) + 210, abs=1)
    assert (third.begin_ms, third.words_ms, third.final_ms) == (None, None, None)


def test_sound_that_was_cut_out_is_told(script: Script) -> None:
    page = noted(script, [], late={})
    at = script.clips[1].last // SAMPLES_PER_MS // PIECE_MS + 20
    page["sound"] = page["sound"][:at] + [[start - 50, *rest] for start, *rest in page["sound"][at + 5 :]]
    assert take_down(script, page) == 50
