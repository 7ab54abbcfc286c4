"""Made sounds the tone model knows: swelling tones, silence, noise, as WAV files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import soundfile as sf

from tests.recognition.tone_model import FREQUENCIES_HZ, LABELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 16_000
HERTZ = dict(zip(LABELS, FREQUENCIES_HZ, strict=True))


def tone(frequency_hz: float, *, seconds: float = 0.5) -> NDArray[np.float32]:
    """Return a tone that swells and fades, as a spoken word does."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    swell = np.hanning(len(time)) ** 2
    return (0.6 * swell * np.sin(2 * np.pi * frequency_hz * time)).astype(np.float32)


def room(seconds: float) -> NDArray[np.float32]:
    """Return a quiet room."""
    random = np.random.default_rng(5)
    return (1e-4 * random.standard_normal(round(seconds * RATE_HZ))).astype(np.float32)


def said(*labels: str, pause_seconds: float = 0.6) -> NDArray[np.float32]:
    """Return tones one behind the other, with pauses, in a quiet room."""
    pieces = [room(0.3)]
    for label in labels:
        pieces += [tone(HERTZ[label]), room(pause_seconds)]
    return np.concatenate(pieces)


def wav(samples: NDArray[np.float32], *, rate_hz: int = RATE_HZ) -> bytes:
    """Return a 16 bit WAV file."""
    file = io.BytesIO()
    sf.write(file, samples, rate_hz, subtype="PCM_16", format="WAV")
    return file.getvalue()
