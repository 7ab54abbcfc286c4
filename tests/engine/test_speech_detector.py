"""Where speech begins and ends, told while the sound comes in."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine import audio
from recognition.engine.segments import speech_extent
from recognition.engine.speech_detector import Change, SpeechDetector
from tests.conftest import REPOSITORY
from tests.engine.sounds import noise, silence, voice

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SECOND = 16_000


def changes_in(samples: NDArray[np.float32], *, block: int = 400, position: int = 0) -> list[Change]:
    detector = SpeechDetector(pause_seconds=0.2, position=position)
    return [
        change for start in range(0, len(samples), block) for change in detector.feed(samples[start : start + block])
    ]


def spoken(*parts: float) -> NDArray[np.float32]:
    """Return pauses and vowels by turns, each so many seconds long, in a quiet room."""
    sound = np.concatenate([voice(s, seed=n) if n % 2 else silence(s) for n, s in enumerate(parts)])
    return (sound + noise(len(sound) / SECOND, level=2e-4)[: len(sound)]).astype(np.float32)


def test_a_word_begins_and_ends_where_it_does() -> None:
    begin, end = changes_in(spoken(1.0, 0.5, 1.0))
    assert (begin.is_speech, end.is_speech) == (True, False)
    assert begin.at / SECOND == pytest.approx(1.0, abs=0.05)
    assert end.at / SECOND == pytest.approx(1.5, abs=0.08)


@pytest.mark.parametrize("block", [1, 160, 777, 32_000])
def test_the_size_of_the_blocks_changes_nothing(block: int) -> None:
    sound = spoken(0.5, 0.4, 0.6, 0.3, 0.5)
    if block == 1:
        sound = sound[: SECOND // 4 * 5]
    assert changes_in(sound, block=block) == changes_in(sound)


def test_two_words_are_parted_by_a_pause_and_not_by_less() -> None:
    assert [change.is_speech for change in changes_in(spoken(0.5, 0.4, 0.5, 0.4, 0.5))] == [True, False, True, False]
    assert [change.is_speech for change in changes_in(spoken(0.5, 0.4, 0.1, 0.4, 0.5))] == [True, False]


def test_places_are_counted_from_the_position_given() -> None:
    sound = spoken(0.5, 0.5, 0.5)
    plain, moved = changes_in(sound), changes_in(sound, position=1_600)
    assert [change.at + 1_600 for change in plain] == [change.at for change in moved]


@pytest.mark.parametrize("nothing", [silence(3.0), noise(3.0, level=5e-4), np.full(48_000, 0.2, np.float32)], ids=str)
def test_in_a_quiet_room_nobody_speaks(nothing: NDArray[np.float32]) -> None:
    assert changes_in(nothing) == []


def test_a_click_is_no_speech() -> None:
    sound = spoken(2.0)
    sound[SECOND : SECOND + 300] += 0.8
    assert changes_in(sound) == []


def test_a_loud_room_becomes_the_background() -> None:
    """Noise is taken for speech for a second; a word said after that is told from it."""
    room = noise(6.0, level=0.02)
    word = voice(0.5, level=0.4)
    room[4 * SECOND : 4 * SECOND + len(word)] += word
    changes = changes_in(room)
    assert [change.is_speech for change in changes] == [True, False, True, False]
    assert changes[1].at < 2 * SECOND
    assert changes[2].at / SECOND == pytest.approx(4.0, abs=0.05)


def test_what_turned_out_to_be_no_speech_is_background() -> None:
    detector = SpeechDetector(pause_seconds=0.2)
    hum = noise(0.9, level=0.05)
    assert [change.is_speech for change in detector.feed(hum)] == [True]
    detector.forget_speech()
    assert list(detector.feed(noise(3.0, level=0.05, seed=2))) == []


def test_synthetic_voices_saying_words_are_one_piece_each() -> None:
    """Every fourth clip of the sample words: twelve voices, ten words, each in its own small room."""
    clips = _sounds(REPOSITORY / "training_jobs" / "sample" / "sample_words.zip", ".opus", every=4)
    assert len(clips) == 120
    counts = []
    for number, clip in enumerate(clips):
        room = noise(len(clip) / SECOND + 2, level=2e-4, seed=number)
        room[SECOND : SECOND + len(clip)] += clip
        counts.append([change.is_speech for change in changes_in(room)].count(False))
    assert np.mean(np.array(counts) == 1) >= 0.98


@pytest.mark.corpus
@pytest.mark.parametrize(("decibels", "lead"), [(50, 0.6), (30, 0.6), (20, 1.5)])
def test_spoken_digits_are_one_piece_each(corpora: Path, decibels: int, lead: float) -> None:
    """100 digits of six speakers in a room that much quieter: hardly one is missed, or cut in two."""
    (room,) = _sounds(corpora / "noise" / "background_noise.zip", "running_tap.wav")
    generator = np.random.default_rng(1)
    counts = []
    for digit in _sounds(corpora / "fsdd" / "fsdd.zip", ".wav", every=30):
        word = digit[slice(*(speech_extent(digit) or (0, len(digit))))]
        word = word * (0.056 / np.sqrt(np.mean(word**2)))
        quiet = round(lead * SECOND)
        begin = int(generator.integers(0, len(room) - len(word) - 2 * quiet))
        sound = room[begin : begin + len(word) + 2 * quiet].copy()
        sound *= np.sqrt(np.mean(word**2) / np.mean(sound**2) / 10 ** (decibels / 10))
        sound[quiet : quiet + len(word)] += word
        ends = [c.at for c in changes_in(sound) if not c.is_speech and c.at > quiet]
        counts.append(len(ends))
    assert len(counts) == 100
    assert np.mean(np.array(counts) == 1) >= 0.98


def _sounds(archive: Path, name_ends: str, *, every: int = 1) -> list[NDArray[np.float32]]:
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as files:
        names = sorted(name for name in files.namelist() if name.endswith(name_ends))[::every]
        return [audio.decode(files.read(name), name=name).samples for name in names]
