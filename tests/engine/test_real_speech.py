"""The thresholds of speech detection, held against real recordings."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine import audio
from recognition.engine.segments import speech_extent, speech_segments

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.corpus


def sounds_of(archive: Path, extension: str) -> dict[str, NDArray[np.float32]]:
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as files:
        names = sorted(name for name in files.namelist() if name.endswith(extension))
        return {name.rsplit("/", 1)[-1]: audio.decode(files.read(name), name=name).samples for name in names}


@pytest.fixture(scope="module")
def digits(corpora: Path) -> dict[str, NDArray[np.float32]]:
    return sounds_of(corpora / "fsdd" / "fsdd.zip", ".wav")


@pytest.fixture(scope="module")
def noises(corpora: Path) -> dict[str, NDArray[np.float32]]:
    return sounds_of(corpora / "noise" / "background_noise.zip", ".wav")


def test_no_spoken_digit_is_taken_for_silence_or_cut_into(digits: dict[str, NDArray[np.float32]]) -> None:
    assert len(digits) == 3_000
    extents = {name: speech_extent(clip) for name, clip in digits.items()}
    assert [name for name, extent in extents.items() if extent is None] == []
    lost = [
        1 - float(np.sum(clip[slice(*extent)].astype(float) ** 2) / np.sum(clip.astype(float) ** 2))
        for clip, extent in ((digits[name], extent) for name, extent in extents.items() if extent)
    ]
    assert max(lost) < 0.02
    assert sum(share > 0.001 for share in lost) < 30


@pytest.mark.parametrize(
    ("name", "at_least"),
    [
        ("white_noise.wav", 0.99),
        ("pink_noise.wav", 0.99),
        ("running_tap.wav", 0.99),
        ("exercise_bike.wav", 0.99),
        ("doing_the_dishes.wav", 0.8),
    ],
)
def test_seconds_of_steady_noise_are_silence(
    noises: dict[str, NDArray[np.float32]], name: str, at_least: float
) -> None:
    noise = noises[name]
    seconds = [noise[start : start + 16_000] for start in range(0, len(noise) - 16_000, 16_000)]
    assert np.mean([speech_extent(second) is None for second in seconds]) >= at_least


@pytest.mark.parametrize("name", ["white_noise.wav", "pink_noise.wav", "running_tap.wav"])
def test_a_digit_is_found_in_the_noise_of_a_room(
    digits: dict[str, NDArray[np.float32]], noises: dict[str, NDArray[np.float32]], name: str
) -> None:
    """At 20 dB SNR, 0.7 s in: start and end within 0.3 s for at least nine of ten digits."""
    rng = np.random.default_rng(3)
    found = [_embedded_error(digit, noises[name], rng) for digit in list(digits.values())[::30]]
    assert np.mean([error is not None and error < 0.3 for error in found]) >= 0.9


def _embedded_error(digit: NDArray[np.float32], noise: NDArray[np.float32], rng: np.random.Generator) -> float | None:
    inner = speech_extent(digit)
    assert inner
    word = digit[slice(*inner)]
    lead = 11_200
    begin = int(rng.integers(0, len(noise) - len(word) - 2 * lead))
    sound = noise[begin : begin + len(word) + 2 * lead].copy()
    sound *= np.sqrt(np.mean(word**2) / np.mean(sound**2) / 100)
    sound[lead : lead + len(word)] += word
    extent = speech_extent(sound)
    return max(abs(extent[0] - lead), abs(extent[1] - lead - len(word))) / 16_000 if extent else None


def test_digits_said_one_after_another_are_counted(
    digits: dict[str, NDArray[np.float32]], noises: dict[str, NDArray[np.float32]]
) -> None:
    """Strings of four digits of one speaker, pauses of 0.6 s, a room 30 dB quieter: nine of ten cut into four."""
    counts = []
    for number in range(50):
        words = [digits[f"{(number + step) % 10}_jackson_{number % 50}.wav"] for step in range(4)]
        pause = np.zeros(9_600, np.float32)
        sound = np.concatenate([part for word in words for part in (pause, word)] + [pause])
        room = noises["running_tap.wav"][number * 3_000 :][: len(sound)]
        room = room * np.sqrt(np.mean(sound**2) / np.mean(room**2) / 1_000)
        counts.append(len(speech_segments(sound + room)))
    assert np.mean(np.array(counts) == 4) >= 0.9


def test_read_sentences_are_never_taken_for_silence(corpora: Path) -> None:
    sentences = sounds_of(corpora / "an4" / "an4.zip", ".sph")
    assert len(sentences) == 1_078
    assert [name for name, samples in sentences.items() if speech_extent(samples) is None] == []
