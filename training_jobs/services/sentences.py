"""The sentences people read about one clip: what happened, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from training_jobs.services.datasets import LONGEST_LABEL

if TYPE_CHECKING:
    from training_jobs.services.analysis import Analysis

REJECTED: Final = {
    "audio_silent": "Silent from start to end. Record it again.",
    "audio_no_speech": "Holds a steady sound and no speech. Record it again, or restore it if you hear the word.",
    "audio_clipped_throughout": "Too loud from start to end: the peaks are cut off. Record it again, further away.",
    "by_hand": "Rejected by hand.",
}
CLIPPED: Final = "Too loud in places: the peaks are cut off. Kept and marked."
TEXT_TOO_LONG: Final = f"The label is longer than {LONGEST_LABEL} characters. Shorten it."


def rejection_sentence(code: str) -> str:
    """Return why a clip was rejected."""
    return REJECTED.get(code, "Rejected.")


def warning_sentence(code: str, analysis: Analysis, *, name: str) -> str:
    """Return what is odd about a clip that was kept all the same."""
    if code == "audio_truncated":
        return f"Breaks off after {analysis.duration_seconds:.2f} s. Kept up to the break."
    if code == "lying_extension":
        said = name.rsplit(".", 1)[-1]
        return f"Is a {analysis.container.upper()} file although its name says {said}. Kept; the content counts."
    return CLIPPED


def duplicate_sentence(*, other_text: str, other_name: str, text: str) -> str:
    """Return what is said of a clip whose samples are in the dataset already."""
    other = f"“{other_name}”" if other_name else f"a recorded clip of “{other_text}”"
    if other_text == text:
        return f"Has the same samples as {other}, which is here already. Left out."
    return f"Has the same samples as {other}, which is labelled “{other_text}”, not “{text}”. Left out; listen to it."
