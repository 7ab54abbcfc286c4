"""The sound of a clip as an export holds it: the very samples that are stored."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import soundfile

from recognition.engine.language import said, to_be_said
from training_jobs.exporters.layout import FLAC, CannotHold

if TYPE_CHECKING:
    from pathlib import Path

MAGIC: Final = b"fLaC"
GONE: Final = to_be_said("Its sound is gone from the disk, or damaged. Record or import this clip again.")


def sound_of(path: Path, *, audio: str) -> bytes:
    """Return a stored FLAC file as it is, or as 16 bit WAV of the same samples. Raises CannotHold audio_gone."""
    try:
        return _flac(path) if audio == FLAC else _wav(path)
    except (OSError, soundfile.LibsndfileError) as failure:
        raise CannotHold("audio_gone", said(GONE)) from failure


def _flac(path: Path) -> bytes:
    content = path.read_bytes()
    if not content.startswith(MAGIC):
        raise CannotHold("audio_gone", said(GONE))
    return content


def _wav(path: Path) -> bytes:
    samples, rate = soundfile.read(path, dtype="int16")
    out = io.BytesIO()
    soundfile.write(out, samples, rate, subtype="PCM_16", format="WAV")
    return out.getvalue()
