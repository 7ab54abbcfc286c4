"""What hearing needs: audio in, words out. NumPy, PyAV, soxr, pydub and LiteRT; no Django, no TensorFlow."""

from __future__ import annotations
