"""Sound and sound files for the engine's tests, made on the spot."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# name: (extension, muxer, codec, sample format)
FORMATS = {
    "wav 8 bit": ("wav", "wav", "pcm_u8", "u8"),
    "wav 16 bit": ("wav", "wav", "pcm_s16le", "s16"),
    "wav 24 bit": ("wav", "wav", "pcm_s24le", "s32"),
    "wav 32 bit": ("wav", "wav", "pcm_s32le", "s32"),
    "wav float": ("wav", "wav", "pcm_f32le", "flt"),
    "wav double": ("wav", "wav", "pcm_f64le", "dbl"),
    "wav mu-law": ("wav", "wav", "pcm_mulaw", "s16"),
    "wav adpcm": ("wav", "wav", "adpcm_ms", "s16"),
    "wav mp3": ("wav", "wav", "libmp3lame", "fltp"),
    "flac": ("flac", "flac", "flac", "s16"),
    "aiff": ("aiff", "aiff", "pcm_s16be", "s16"),
    "caf": ("caf", "caf", "pcm_s16be", "s16"),
    "au": ("au", "au", "pcm_s16be", "s16"),
    "mp3": ("mp3", "mp3", "libmp3lame", "fltp"),
    "m4a": ("m4a", "ipod", "aac", "fltp"),
    "mov": ("mov", "mov", "aac", "fltp"),
    "alac": ("m4a", "ipod", "alac", "s16p"),
    "aac": ("aac", "adts", "aac", "fltp"),
    "ogg opus": ("opus", "ogg", "libopus", "flt"),
    "webm opus": ("webm", "webm", "libopus", "flt"),
    "matroska pcm": ("mka", "matroska", "pcm_s16le", "s16"),
}
LOSSLESS = {"wav 16 bit", "wav 24 bit", "wav 32 bit", "wav float", "wav double", "flac", "aiff", "caf", "au", "alac"}
_FRAME_SAMPLES = 1024


def tone(seconds: float, *, rate_hz: int = 16_000, hz: float = 440.0, level: float = 0.3) -> NDArray[np.float32]:
    """A sine, shape (samples,)."""
    time = np.arange(int(seconds * rate_hz)) / rate_hz
    return (level * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def voice(seconds: float, *, pitch_hz: float = 120.0, level: float = 0.2, seed: int = 0) -> NDArray[np.float32]:
    """Something with the make-up of a spoken vowel at 16 kHz: harmonics, a swelling loudness, a little breath."""
    time = np.arange(int(seconds * 16_000)) / 16_000
    pitch = pitch_hz * (1 + 0.1 * np.sin(2 * np.pi * 2 * time))
    phase = 2 * np.pi * np.cumsum(pitch) / 16_000
    harmonics = sum(np.sin(n * phase) / n for n in range(1, 20))
    swell = np.sin(np.pi * np.linspace(0.02, 0.98, len(time))) ** 0.7
    breath = 0.01 * np.random.default_rng(seed).standard_normal(len(time))
    return (level * swell * (harmonics / 1.8 + breath)).astype(np.float32)


def noise(seconds: float, *, level: float = 0.01, seed: int = 1) -> NDArray[np.float32]:
    return (level * np.random.default_rng(seed).standard_normal(int(seconds * 16_000))).astype(np.float32)


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(int(seconds * 16_000), np.float32)


def sound_file(
    samples: NDArray[np.float32], form: str, *, rate_hz: int = 48_000, options: dict[str, str] | None = None
) -> bytes:
    """Encode float samples, shape (samples,) or (channels, samples), as one of `FORMATS`, with PyAV."""
    _, muxer, codec, sample_format = FORMATS[form]
    channels = np.atleast_2d(samples)
    layout = "mono" if len(channels) == 1 else "stereo"
    out = io.BytesIO()
    with av.open(out, "w", format=muxer, options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        stream.codec_context.format = sample_format
        resampler = av.AudioResampler(format=sample_format, layout=layout, rate=rate_hz)
        for frame in _frames(channels, layout, rate_hz):
            for converted in resampler.resample(frame):
                container.mux(stream.encode(converted))
        container.mux(stream.encode(None))
    return out.getvalue()


def _frames(channels: NDArray[np.float32], layout: str, rate_hz: int) -> list[av.AudioFrame]:
    frames = []
    for start in range(0, channels.shape[1], _FRAME_SAMPLES):
        piece = np.ascontiguousarray(channels[:, start : start + _FRAME_SAMPLES], dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
        frames.append(frame)
    return frames
