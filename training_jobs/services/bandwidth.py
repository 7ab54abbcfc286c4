"""How high the sound of a clip reaches. librosa lives here, and only the worker calls it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from recognition.engine.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

LOADING_TICK_SECONDS: Final = 0.5
FRAME: Final = 512
HOP: Final = 256
ENERGY_SHARE: Final = 0.995
LOUD_SHARE: Final = 0.1


def librosa_load(meanwhile: Callable[[], None]) -> None:
    """Load librosa, calling `meanwhile` every moment: on a busy machine it takes longer than a heartbeat may."""
    thread = threading.Thread(target=_load, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(LOADING_TICK_SECONDS)
        meanwhile()


def _load() -> None:
    import librosa  # noqa: PLC0415 - see below

    # librosa loads what is behind a name when the name is first touched.
    _ = librosa.feature.spectral_rolloff


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
