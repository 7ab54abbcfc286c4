"""How high the sound of a clip reaches. librosa lives here, and only the worker calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognition.engine.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAME: Final = 512
HOP: Final = 256
ENERGY_SHARE: Final = 0.995
LOUD_SHARE: Final = 0.1


def bandwidth_hz(samples: NDArray[np.float32]) -> int:
    """Return the frequency in Hz below which 99.5 % of the energy of the fullest frames lies.

    The frames are those whose spectrum reaches highest (the top tenth): fricatives fill the band that the recorder
    passed, vowels never do. `samples` has shape (samples,), 16 kHz.
    """
    # Here, because librosa takes seconds to load and the web process never needs it.
    import librosa  # noqa: PLC0415
    import numpy  # noqa: PLC0415, ICN001

    rolloff = librosa.feature.spectral_rolloff(
        y=samples, sr=SAMPLE_RATE_HZ, n_fft=FRAME, hop_length=HOP, roll_percent=ENERGY_SHARE
    )
    return round(float(numpy.quantile(rolloff[0], 1 - LOUD_SHARE)))
