"""Loudness and voicing of short frames: what tells speech from what is not.

A frame is 25 ms long and one begins every 10 ms, as in the features of nearly every recogniser.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_SAMPLES = 400
HOP_SAMPLES = 160
QUIETEST_DB = -120.0

_VOICING_SAMPLES = 640
_VOICING_FFT = 1_024  # a window and the longest lag: nothing comes round
_SAMPLE_RATE_HZ = 16_000
_VOICE_BAND_HZ = (80, 1_500)
_PITCH_LAGS = slice(40, 200)  # 400 to 80 Hz


def frame_levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the mean power of each frame in dB relative to full scale, shape (frames,), at least one frame.

    Power is averaged around nothing: a constant offset of the sound card (DC) is taken away first.
    """
    centred = samples.astype(np.float64) - (samples.mean(dtype=np.float64) if len(samples) else 0.0)
    if len(centred) < FRAME_SAMPLES:
        centred = np.pad(centred, (0, FRAME_SAMPLES - len(centred)))
    energy = np.concatenate([[0.0], np.cumsum(centred**2)])
    starts = np.arange(0, len(centred) - FRAME_SAMPLES + 1, HOP_SAMPLES)
    power = (energy[starts + FRAME_SAMPLES] - energy[starts]) / FRAME_SAMPLES
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (QUIETEST_DB / 10))))


def frame_voicing(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give how periodic each 40 ms is at the pitch of a voice: 0 (noise) to 1 (a steady vowel), shape (frames,).

    The highest autocorrelation at lags of 2.5 to 12.5 ms, of the sound between 80 and 1,500 Hz, divided by the
    window's own autocorrelation (P. Boersma, 1993: "Accurate short-term analysis of the fundamental frequency").
    """
    if len(samples) < _VOICING_SAMPLES:
        samples = np.pad(samples, (0, _VOICING_SAMPLES - len(samples)))
    window, of_window = _voicing_window()
    frames = sliding_window_view(samples, _VOICING_SAMPLES)[::HOP_SAMPLES]
    power = np.abs(np.fft.rfft(frames * window, _VOICING_FFT)) ** 2
    low, high = (round(hz * _VOICING_FFT / _SAMPLE_RATE_HZ) for hz in _VOICE_BAND_HZ)
    power[:, :low] = 0.0
    power[:, high:] = 0.0
    correlation = np.fft.irfft(power)[:, : _PITCH_LAGS.stop]
    normalised = correlation / np.maximum(correlation[:, :1], 1e-12) / of_window
    return np.asarray(np.clip(normalised[:, _PITCH_LAGS].max(axis=1), 0.0, 1.0), np.float64)


@cache
def _voicing_window() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the window, and its autocorrelation, 1 at lag 0."""
    window = np.hanning(_VOICING_SAMPLES).astype(np.float32)
    correlation = np.fft.irfft(np.abs(np.fft.rfft(window, _VOICING_FFT)) ** 2)[: _PITCH_LAGS.stop]
    return window, correlation / correlation[0]
