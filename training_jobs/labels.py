"""Labels: how long one may be, and those that are no words: noise, and speech that must be turned away.

The latter are called as in Speech Commands (P. Warden, 2018), so that its folders and exports keep their meaning.
"""

from __future__ import annotations

from typing import Final

LONGEST_LABEL: Final = 200  # characters
NOISE: Final = "_background_noise_"
OTHER: Final = "_unknown_"
NO_WORDS: Final = frozenset({NOISE, OTHER})
