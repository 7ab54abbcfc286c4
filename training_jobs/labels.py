"""Labels that are no words: recordings of noise, and speech that a recogniser of words must turn away.

They are called as in Speech Commands (P. Warden, 2018), so that its folders and exports keep their meaning.
"""

from __future__ import annotations

from typing import Final

NOISE: Final = "_background_noise_"
OTHER: Final = "_unknown_"
NO_WORDS: Final = frozenset({NOISE, OTHER})
