from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.segments import speech_extent
from recognition.engine.splitting import split_for_recognition
from tests.engine.sounds import noise, silence, tone, voice

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 16_000


def spoken(*parts: float) -> NDArray[np.float32]:
    """Speak for the first, third, ... number of seconds and say nothing for the others, in a quiet room."""
    sound = np.concatenate([silence(seconds) if at % 2 else _speech(seconds) for at, seconds in enumerate(parts)])
    return sound + noise((len(sound) + 1) / RATE, level=0.0002)[: len(sound)]


def _speech(seconds: float) -> NDArray[np.float32]:
    """Words of half a second without a pause between them."""
    return np.concatenate([voice(min(0.5, seconds - at)) for at in np.arange(0.0, seconds - 0.05, 0.5)])


@pytest.mark.parametrize(
    "nothing", [silence(0.0), silence(40.0), noise(40.0), tone(40.0)], ids=["empty", "silence", "noise", "tone"]
)
def test_where_nobody_speaks_there_is_no_piece(nothing: NDArray[np.float32]) -> None:
    assert split_for_recognition(nothing) == []


def test_what_is_short_is_one_piece_cut_to_its_speech() -> None:
    sound = spoken(3.0, 2.0, 4.0, 1.0, 2.0)
    assert split_for_recognition(sound) == [speech_extent(sound)]
    behind_silence = np.concatenate([silence(60.0), sound, silence(60.0)])
    assert len(split_for_recognition(behind_silence)) == 1


def test_it_is_cut_at_the_longest_pause() -> None:
    pieces = split_for_recognition(spoken(8.0, 0.4, 8.0, 1.5, 8.0, 0.4, 8.0))
    assert len(pieces) == 2
    assert pieces[0][1] / RATE == pytest.approx(16.5, abs=0.1)
    assert pieces[1][0] / RATE == pytest.approx(17.8, abs=0.1)


def test_no_piece_is_too_long_and_none_is_cut_inside_a_word() -> None:
    sound = spoken(*[4.0, 0.4] * 20, 4.0)
    pieces = split_for_recognition(sound, max_seconds=10.0)
    assert len(pieces) >= 9
    assert all(end - start <= 10.3 * RATE for start, end in pieces)
    for (_, end), (start, _) in pairwise(pieces):
        assert np.abs(sound[end:start]).max(initial=0.0) < 0.002
        middle = (end + start) / 2 / RATE
        assert middle % 4.4 == pytest.approx(4.2, abs=0.1)


def test_without_a_pause_it_is_cut_where_it_is_quietest() -> None:
    sound = spoken(24.0)
    quiet = slice(int(13.0 * RATE), int(13.3 * RATE))
    sound[quiet] *= 0.3
    pieces = split_for_recognition(sound, max_seconds=15.0)
    assert len(pieces) == 2
    assert pieces[0][1] / RATE == pytest.approx(13.15, abs=0.15)
    assert pieces[1][0] - pieces[0][1] < 0.05 * RATE
    assert pieces[0][0] == 0
    assert pieces[-1][1] == pytest.approx(len(sound), abs=0.1 * RATE)


def test_a_long_stretch_of_noise_between_speech_is_no_piece() -> None:
    hiss = noise(12.0, level=0.004)
    sound = np.concatenate([spoken(12.0), silence(1.0), hiss, silence(1.0), spoken(12.0)])
    pieces = split_for_recognition(sound, max_seconds=13.0)
    assert all(end <= 13.5 * RATE or start >= 25.0 * RATE for start, end in pieces)


@given(
    parts=st.lists(st.floats(0.1, 6.0), min_size=1, max_size=9),
    most=st.floats(1.0, 8.0),
    level=st.floats(0.05, 1.0),
)
@settings(deadline=None, max_examples=25)
def test_pieces_are_in_order_and_short_and_hold_all_speech(parts: list[float], most: float, level: float) -> None:
    sound = (spoken(*parts) * level).astype(np.float32)
    pieces = split_for_recognition(sound, max_seconds=most)
    assert all(0 <= start < end <= len(sound) for start, end in pieces)
    assert all(one[1] <= other[0] for one, other in pairwise(pieces))
    assert all(end - start <= (most + 0.3) * RATE for start, end in pieces)
    if speech_extent(sound) is not None:
        kept = sum(float((sound[start:end] ** 2).sum()) for start, end in pieces)
        assert kept > 0.95 * float((sound**2).sum())


def test_ten_minutes_are_cut_in_seconds() -> None:
    sound = np.tile(spoken(*[7.0, 0.5] * 8), 10)
    began = time.process_time()
    pieces = split_for_recognition(sound)
    assert time.process_time() - began < 10.0
    assert all(end - start <= 30.3 * RATE for start, end in pieces)
    assert sum(end - start for start, end in pieces) > 0.9 * 7.0 / 7.5 * len(sound)
