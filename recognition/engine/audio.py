"""The one door for sound: any accepted file in, float32 mono at 16 kHz out, within limits.

Everything behind it works on `NDArray[np.float32]` of shape (samples,), -1..1, `SAMPLE_RATE_HZ` samples a second.
"""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import soundfile

from recognition.engine.containers import (
    AAC,
    AMR,
    HEAD_BYTES,
    MATROSKA,
    MP3,
    MP4,
    OGG,
    WAV,
    extension_lies,
    ogg_ends_early,
    sniff,
    wav_ends_early,
)
from recognition.engine.errors import EngineError
from recognition.engine.language import said
from recognition.engine.resampling import resampled
from recognition.engine.sources import Source, open_source, undecodable

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
MIN_SECONDS = 0.1
WARNING_TRUNCATED = "audio_truncated"
WARNING_EXTENSION = "lying_extension"

_INT16_SCALE = 32_768.0
_WRITE_BLOCK_SAMPLES = 1 << 18
# Lossless containers count samples; the others pad, prime and round, and their headers are a little off.
_LOSSY_CONTAINERS = frozenset({MATROSKA, MP4, MP3, OGG, AAC, AMR})
# Where FFmpeg's idea of the length follows the file instead of the header, the file is looked at.
_ENDS_EARLY = {OGG: ogg_ends_early, WAV: wav_ends_early}
_LOSSLESS_TOLERANCE_SECONDS = 0.02
_LOSSY_TOLERANCE_SECONDS = 0.25
_LOSSY_TOLERANCE_FRACTION = 0.03


@dataclass(frozen=True)
class AudioLimits:
    """How much of one file is read: seconds of sound (checked while decoding) and bytes on disk (checked before)."""

    max_seconds: float = 3_600.0
    max_bytes: int = 1 << 30


DEFAULT_LIMITS = AudioLimits()


@dataclass(frozen=True)
class DecodedAudio:
    """What one file held. `samples` has shape (samples,) at `SAMPLE_RATE_HZ`; the rest tells what the file was."""

    samples: NDArray[np.float32]
    source_sample_rate_hz: int
    source_channels: int
    container: str
    codec: str
    warnings: tuple[str, ...] = ()

    @property
    def duration_seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE_HZ


def decode(source: Path | bytes, *, name: str = "", limits: AudioLimits = DEFAULT_LIMITS) -> DecodedAudio:
    """Decode a whole file (or the bytes of one) to 16 kHz mono; channels are averaged, resampling is soxr's HQ.

    `name` is what the sender called the file; only used to warn of an extension that lies. Raises EngineError with
    audio_undecodable, audio_no_stream, audio_empty, audio_too_short (under 0.1 s), audio_too_long, audio_too_large or
    audio_not_finite. A file that breaks off is kept up to the break and carries the warning "audio_truncated".
    """
    with decode_blocks(source, name=name, limits=limits) as blocks:
        samples = np.concatenate(list(blocks))
        return DecodedAudio(
            samples=samples,
            source_sample_rate_hz=blocks.source_sample_rate_hz,
            source_channels=blocks.source_channels,
            container=blocks.container,
            codec=blocks.codec,
            warnings=blocks.warnings,
        )


def decode_blocks(source: Path | bytes, *, name: str = "", limits: AudioLimits = DEFAULT_LIMITS) -> AudioBlocks:
    """Decode in blocks of about 10 s, so that memory stays bounded. The same errors as `decode`; those about the
    length come while, or at the end of, iterating."""
    return AudioBlocks(source, name=name, limits=limits)


class AudioBlocks(Iterator["NDArray[np.float32]"]):
    """The blocks of one file, in order. `warnings` is complete when the last block has been taken."""

    def __init__(self, source: Path | bytes, *, name: str = "", limits: AudioLimits = DEFAULT_LIMITS) -> None:
        self._file = _open_checked(source, limits)
        try:
            self._source = _open_sniffed(self._file)
        except EngineError:
            self._file.close()
            raise
        self._name = name or (source.name if isinstance(source, Path) else "")
        self._max_samples = int(limits.max_seconds * SAMPLE_RATE_HZ)
        self._samples = 0
        self.warnings: tuple[str, ...] = ()
        self._blocks = self._checked()

    def __next__(self) -> NDArray[np.float32]:
        return next(self._blocks)

    def __enter__(self) -> AudioBlocks:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Needed only when the blocks were not taken to the end."""
        self._source.close()
        self._file.close()

    @property
    def source_sample_rate_hz(self) -> int:
        return self._source.sample_rate_hz

    @property
    def source_channels(self) -> int:
        return self._source.channels

    @property
    def container(self) -> str:
        return self._source.container.name

    @property
    def codec(self) -> str:
        return self._source.codec

    def _checked(self) -> Iterator[NDArray[np.float32]]:
        for block in resampled(self._source.chunks, to_hz=SAMPLE_RATE_HZ):
            self._samples += len(block)
            self._check_not_too_long()
            yield block
        self._check_not_too_short()
        self.warnings = tuple(self._found_warnings())

    def _found_warnings(self) -> Iterator[str]:
        if extension_lies(self._source.container, self._name):
            yield WARNING_EXTENSION
        if self._is_truncated():
            yield WARNING_TRUNCATED

    def _check_not_too_long(self) -> None:
        if self._samples > self._max_samples:
            seconds = self._max_samples / SAMPLE_RATE_HZ
            raise EngineError("audio_too_long", _too_long(seconds))

    def _check_not_too_short(self) -> None:
        seconds = self._samples / SAMPLE_RATE_HZ
        if seconds >= MIN_SECONDS:
            return
        if self._source.is_broken:
            raise undecodable(f"broke off after {seconds:.3f} s")
        if not self._samples:
            raise _empty("no samples behind the header")
        raise EngineError(
            "audio_too_short",
            said(
                "This recording lasts {length:.0f} milliseconds; a word needs at least 100. Record it again.",
                length=seconds * 1000,
            ),
        )

    def _is_truncated(self) -> bool:
        ends_early = _ENDS_EARLY.get(self._source.container)
        if self._source.is_broken or (ends_early is not None and ends_early(self._file)):
            return True
        declared = self._source.declared_seconds
        if declared is None:
            return False
        tolerance = _LOSSLESS_TOLERANCE_SECONDS
        if self._source.container in _LOSSY_CONTAINERS:
            tolerance = max(_LOSSY_TOLERANCE_SECONDS, declared * _LOSSY_TOLERANCE_FRACTION)
        return self._samples / SAMPLE_RATE_HZ < declared - tolerance


def samples_to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Round to 16 bit, saturating: the form in which sound is stored and hashed."""
    whole: NDArray[np.int16] = np.clip(np.rint(samples * _INT16_SCALE), -_INT16_SCALE, _INT16_SCALE - 1).astype(
        np.int16
    )
    return whole


def samples_from_int16(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Undo `samples_to_int16` exactly."""
    return samples.astype(np.float32) / np.float32(_INT16_SCALE)


def samples_sha256(samples: NDArray[np.float32]) -> str:
    """Hash the 16 bit samples, little-endian: the same sound has the same hash, whatever file it came in."""
    return hashlib.sha256(samples_to_int16(samples).astype("<i2").tobytes()).hexdigest()


def write_flac(path: Path, samples: NDArray[np.float32]) -> None:
    """Write 16 bit FLAC. The file appears whole or not at all: it is written beside its place and renamed."""
    partial = path.with_name(f".{path.name}.{threading.get_native_id()}.partial")
    try:
        partial.write_bytes(flac_bytes(samples))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def flac_bytes(samples: NDArray[np.float32]) -> bytes:
    """Give the samples as a 16 bit FLAC file."""
    return _encoded(samples, "FLAC")


def wav_bytes(samples: NDArray[np.float32]) -> bytes:
    """Give the samples as a 16 bit WAV file."""
    return _encoded(samples, "WAV")


def _encoded(samples: NDArray[np.float32], container: str) -> bytes:
    out = io.BytesIO()
    whole = samples_to_int16(samples)
    with soundfile.SoundFile(out, "w", SAMPLE_RATE_HZ, 1, "PCM_16", format=container) as file:
        # libsndfile keeps a call's samples on its stack for some formats: write in pieces.
        for start in range(0, len(whole), _WRITE_BLOCK_SAMPLES):
            file.write(whole[start : start + _WRITE_BLOCK_SAMPLES])
    return out.getvalue()


def _open_checked(source: Path | bytes, limits: AudioLimits) -> BinaryIO:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if not size:
        raise _empty("a file of 0 bytes")
    if size > limits.max_bytes:
        raise EngineError(
            "audio_too_large",
            said("This file is larger than {most} MB. Cut it into shorter files.", most=limits.max_bytes // 1_000_000),
            f"{size} bytes",
        )
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _open_sniffed(file: BinaryIO) -> Source:
    head = file.read(HEAD_BYTES)
    file.seek(0)
    container = sniff(head)
    if container is None:
        raise undecodable(f"begins with {head[:12]!r}")
    return open_source(file, container, head)


def _empty(detail: str) -> EngineError:
    return EngineError("audio_empty", said("This file holds no sound at all. Record it again."), detail)


def _too_long(most_seconds: float) -> str:
    minutes = most_seconds / 60
    if minutes < 1:
        return said("This recording is longer than {most:g} seconds. Cut it into shorter files.", most=most_seconds)
    if minutes == 1:
        return said("This recording is longer than 1 minute. Cut it into shorter files.")
    return said("This recording is longer than {most:g} minutes. Cut it into shorter files.", most=minutes)
