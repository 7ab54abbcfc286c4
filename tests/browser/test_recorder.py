"""The shared microphone module, with a fake microphone that plays a file: what it records is what was played."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RATE_HZ = 16_000
RECORD = """
async () => {
  const { Recorder } = await import('speechsite/recorder');
  const recorder = new Recorder({ workletUrl: '/static/js/recorder-worklet.js' });
  const levels = [];
  recorder.addEventListener('level', (event) => levels.push(event.detail));
  await recorder.open();
  await recorder.start();
  await new Promise((done) => {
    const check = () => levels.length >= 60 && (recorder.removeEventListener('level', check), done());
    recorder.addEventListener('level', check);
  });
  const take = await recorder.stop({ tailMs: 200 });
  recorder.close();
  const bytes = Array.from(new Uint8Array(await take.wav.arrayBuffer()));
  return { bytes, levels: levels.length, open: recorder.isOpen, seconds: take.durationSeconds,
           peak: take.peakDbfs, rms: take.rmsDbfs, clipped: take.clipped };
}
"""
OPEN = """
async () => {
  const { Recorder } = await import('speechsite/recorder');
  try {
    await new Recorder({ workletUrl: '/static/js/recorder-worklet.js' }).open();
    return null;
  } catch (failure) {
    return [failure.code, failure.title, failure.message];
  }
}
"""


def chirp(seconds: float, level: float) -> NDArray[np.float64]:
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return level * np.sin(2 * np.pi * (200 * time + 150 * time**2)) * (1 + np.sin(2 * np.pi * 3 * time)) / 2


def write_wav(path: Path, samples: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def read_wav(content: bytes) -> NDArray[np.float64]:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE_HZ)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def best_correlation(heard: NDArray[np.float64], played: NDArray[np.float64]) -> float:
    """Return the highest correlation of a part of what was heard with the file, which loops and starts anywhere."""
    part, looped = heard[-RATE_HZ:], np.tile(played, 3)
    size = len(looped)
    products = np.fft.irfft(np.fft.rfft(looped) * np.conj(np.fft.rfft(part, size)), size)
    power = np.concatenate([[0.0], np.cumsum(looped**2)])
    norms = np.sqrt(power[len(part) : len(part) + len(played)] - power[: len(played)]) * np.linalg.norm(part)
    return float(np.abs(products[: len(played)] / norms).max())


def take_of(page: Page) -> dict[str, Any]:
    page.goto("/login/")
    taken: dict[str, Any] = page.evaluate(RECORD)
    return taken


def test_what_is_recorded_is_what_the_microphone_played(
    microphone_page: Callable[[Path], Page], tmp_path: Path
) -> None:
    played = chirp(2.0, 0.5)
    take = take_of(microphone_page(write_wav(tmp_path / "speech.wav", played)))
    heard = read_wav(bytes(take["bytes"]))
    assert take["seconds"] == pytest.approx(len(heard) / RATE_HZ)
    assert 2.9 < take["seconds"] < 4.5
    assert best_correlation(heard, played) > 0.98
    assert take["peak"] == pytest.approx(20 * np.log10(np.abs(heard).max()), abs=0.1)
    assert (take["clipped"], take["open"]) == (False, False)


def test_a_take_at_full_scale_is_called_clipped(microphone_page: Callable[[Path], Page], tmp_path: Path) -> None:
    loud = np.clip(chirp(2.0, 3.0), -1, 1)
    assert take_of(microphone_page(write_wav(tmp_path / "loud.wav", loud)))["clipped"] is True


def test_without_a_microphone_it_says_what_to_do(page: Page) -> None:
    page.goto("/login/")
    code, title, message = page.evaluate(OPEN)
    assert code in {"microphone_missing", "microphone_blocked"}
    assert title
    assert "ask again" in message
