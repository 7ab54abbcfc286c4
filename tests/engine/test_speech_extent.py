from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.levels import measure, peaks
from recognition.engine.segments import speech_extent, speech_segments
from tests.engine.sounds import noise, silence, tone, voice

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 1_600


def hum() -> NDArray[np.float32]:
    return tone(1.5, hz=50, level=0.05) + tone(1.5, hz=100, level=0.02) + noise(1.5, level=0.001)


@pytest.mark.parametrize(
    "nothing",
    [silence(1.0), noise(1.0), noise(1.0, level=1e-5), noise(0.2), tone(1.0), hum(), tone(1.0) * 0 + 0.2, silence(0.0)],
    ids=["digital silence", "noise", "faint noise", "short noise", "a held tone", "mains hum", "an offset", "nothing"],
)
def test_where_nobody_speaks_there_is_no_extent(nothing: NDArray[np.float32]) -> None:
    assert speech_extent(nothing) is None
    assert speech_segments(nothing) == []
    assert measure(nothing).is_silent


@pytest.mark.parametrize("slope", [1.0, 1.5, 2.0, 3.0], ids=["pink", "between", "brown", "wind"])
def test_noise_of_any_colour_is_no_speech(slope: float) -> None:
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=20 * SAMPLE_RATE_HZ))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (slope / 2)
    sound = np.fft.irfft(spectrum)
    seconds = (0.05 * sound / sound.std()).astype(np.float32).reshape(20, SAMPLE_RATE_HZ)
    assert [speech_extent(second) for second in seconds] == [None] * 20


@pytest.mark.parametrize("background", [0.0, 0.0003, 0.003], ids=["digital silence", "a quiet room", "a noisy room"])
def test_the_word_is_found_with_a_margin(background: float) -> None:
    sound = np.concatenate([silence(0.9), voice(0.5), silence(0.7)])
    extent = speech_extent(sound + noise(2.1, level=background))
    assert extent is not None
    assert extent[0] == pytest.approx(0.8 * 16_000, abs=TOLERANCE)
    assert extent[1] == pytest.approx(1.5 * 16_000, abs=TOLERANCE)
    assert extent[0] <= 0.9 * 16_000
    assert extent[1] >= 1.4 * 16_000


def test_a_clip_that_is_all_speech_is_kept_whole() -> None:
    word = voice(0.4)
    assert speech_extent(word) == (0, len(word))


def test_a_quiet_word_is_found_as_well_as_a_loud_one() -> None:
    sound = np.concatenate([silence(0.9), voice(0.5), silence(0.7)])
    assert speech_extent(sound * 0.02) == speech_extent(sound)


def test_a_click_far_from_the_word_is_left_out() -> None:
    sound = np.concatenate([silence(0.5), voice(0.5), silence(1.0)])
    sound[31_000:31_080] = 0.3
    extent = speech_extent(sound)
    assert extent is not None
    assert extent[1] < 20_000


def test_one_word_in_a_long_recording_is_found() -> None:
    sound = noise(60.0, level=0.001)
    sound[400_000:408_000] += voice(0.5)
    extent = speech_extent(sound)
    assert extent is not None
    assert extent[0] == pytest.approx(400_000, abs=2 * TOLERANCE)
    assert extent[1] == pytest.approx(408_000, abs=2 * TOLERANCE)


def test_a_recording_is_cut_at_its_pauses() -> None:
    words = [voice(0.4, pitch_hz=100), voice(0.5, pitch_hz=150), voice(0.3, pitch_hz=200)]
    sound = np.concatenate([silence(0.6), words[0], silence(0.6), words[1], silence(0.8), words[2], silence(0.5)])
    found = speech_segments(sound + noise(len(sound) / 16_000, level=0.0005))
    expected = [(0.6, 1.0), (1.6, 2.1), (2.9, 3.2)]
    assert len(found) == 3
    for (start, end), (said_from, said_to) in zip(found, expected, strict=True):
        assert said_from - 0.2 < start / 16_000 <= said_from + 0.05
        assert said_to - 0.05 <= end / 16_000 < said_to + 0.2


def test_a_pause_shorter_than_asked_for_does_not_cut() -> None:
    sound = np.concatenate([silence(0.5), voice(0.4), silence(0.3), voice(0.4), silence(0.5)])
    assert len(speech_segments(sound, min_silence_seconds=0.7)) == 1
    assert len(speech_segments(sound, min_silence_seconds=0.2)) == 2


@settings(max_examples=60, deadline=None)
@given(
    pieces=st.lists(
        st.tuples(st.sampled_from(["voice", "noise", "silence", "tone"]), st.floats(0.0, 1.2)), min_size=1, max_size=6
    ),
    level=st.floats(0.001, 1.0),
)
def test_segments_are_ordered_and_inside_the_recording(pieces: list[tuple[str, float]], level: float) -> None:
    make = {"voice": voice, "noise": noise, "silence": silence, "tone": tone}
    sound = (np.concatenate([make[kind](seconds) for kind, seconds in pieces]) * level).astype(np.float32)
    found = speech_segments(sound)
    extent = speech_extent(sound)
    assert bool(found) == (extent is not None)
    assert [start for start, _ in found] == sorted(start for start, _ in found)
    assert all(0 <= start < end <= len(sound) for start, end in found)


def test_levels_are_in_decibels_of_full_scale() -> None:
    levels = measure(tone(1.0, level=0.5))
    assert levels.peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert levels.rms_dbfs == pytest.approx(-9.03, abs=0.01)
    assert levels.clipped_fraction == 0.0
    assert levels.silence_fraction == 0.0


def test_clipping_and_silence_are_measured_as_shares() -> None:
    assert measure(np.clip(tone(1.0, level=3.0), -1, 1)).clipped_fraction > 0.5
    half = measure(np.concatenate([voice(1.0), silence(1.0)]))
    assert half.silence_fraction == pytest.approx(0.5, abs=0.05)
    assert not half.is_silent


@pytest.mark.parametrize("empty", [silence(0.0), silence(1.0)])
def test_silence_has_the_lowest_level_there_is(empty: NDArray[np.float32]) -> None:
    levels = measure(empty)
    assert (levels.rms_dbfs, levels.peak_dbfs, levels.silence_fraction) == (-120.0, -120.0, 1.0)
    assert peaks(empty) == [0] * 72


def test_the_outline_has_as_many_bins_as_asked_for() -> None:
    outline = peaks(np.concatenate([tone(0.5, level=0.1), tone(0.5, level=0.2)]), count=10)
    assert outline == [50] * 5 + [100] * 5
    assert len(peaks(tone(0.001), count=72)) == 72
