"""Give sound without a header the header it lacks. Only a layout that says what its bytes are leads here."""

from __future__ import annotations

import struct
from typing import Final

import numpy as np

from recognition.engine.errors import EngineError
from recognition.engine.language import said

# 16 bit samples at 16 kHz, mono, of either byte order.
PCM16_16K: Final = "pcm16_16000"
RATES_HZ: Final = {PCM16_16K: 16_000}

# A name such as `a.raw` may lie about its content.
_HAS_HEADER: Final = (b"RIFF", b"NIST_1A", b".snd", b"FORM", b"fLaC")
_AU_LINEAR_16: Final = 3
_AU_HEADER_BYTES: Final = 24
_SAMPLES_LOOKED_AT: Final = 1 << 17


def with_header(content: bytes, encoding: str) -> bytes:
    """Return the same sound as an AU file; what has a header after all is returned as it is.

    The byte order is told from the sound: read in the wrong one, speech leaps from sample to sample as noise does.
    """
    if encoding not in RATES_HZ:
        raise EngineError(
            "audio_undecodable", said("This recording has no header, and nothing says what it holds."), encoding
        )
    if content.startswith(_HAS_HEADER):
        return content
    whole = content[: len(content) // 2 * 2]
    samples = np.frombuffer(whole, ">i2")
    if _roughness(samples[:_SAMPLES_LOOKED_AT].byteswap()) < _roughness(samples[:_SAMPLES_LOOKED_AT]):
        whole = samples.byteswap().tobytes()
    head = struct.pack(">4s5I", b".snd", _AU_HEADER_BYTES, len(whole), _AU_LINEAR_16, RATES_HZ[encoding], 1)
    return head + whole


def _roughness(samples: np.typing.NDArray[np.int16]) -> float:
    """Return the mean step between neighbours as a share of the mean level."""
    plain = samples.astype(np.float64)
    level = np.abs(plain).mean() if len(plain) else 0.0
    return float(np.abs(np.diff(plain)).mean() / level) if level and len(plain) > 1 else 0.0
