"""The sentences people read about one clip: what happened, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognition.models.recognizers import Kind
from training_jobs.labels import LONGEST_LABEL
from training_jobs.services.datasets import LONGEST_TRANSCRIPT

if TYPE_CHECKING:
    from training_jobs.services.analysis import Analysis

REJECTED: Final = {
    "audio_silent": "Silent from start to end. Record it again.",
    "audio_no_speech": "Holds a steady sound and no speech. Record it again, or restore it if you hear the word.",
    "audio_clipped_throughout": "Too loud from start to end: the peaks are cut off. Record it again, further away.",
    "by_hand": "Rejected by hand.",
    "waits_for_listener": "Waits until somebody else has listened to it.",
    "voted_bad": "Somebody who listened to it called it bad. Record it again, or restore it if it is good.",
}
CLIPPED: Final = "Too loud in places: the peaks are cut off. Kept and marked."
PAST_END: Final = "Is said to end after the recording does. Kept up to the end of the recording."


def text_limit(kind: str) -> int:
    """Return how many characters a label, or a transcript, may have."""
    return LONGEST_TRANSCRIPT if kind == Kind.SENTENCES else LONGEST_LABEL


def too_long_sentence(kind: str) -> str:
    """Return what is said of a text over that limit."""
    what, then = ("transcript", "Cut the recording and its text") if kind == Kind.SENTENCES else ("label", "Shorten it")
    return f"The {what} is longer than {text_limit(kind):,} characters. {then}."


def rejection_sentence(code: str) -> str:
    """Return why a clip was rejected."""
    return REJECTED.get(code, "Rejected.")


def warning_sentence(code: str, analysis: Analysis, *, name: str) -> str:
    """Return what is odd about a clip that was kept all the same."""
    if code == "audio_truncated":
        return f"Breaks off after {analysis.duration_seconds:.2f} s. Kept up to the break."
    if code == "lying_extension":
        return lying_sentence(container=analysis.container, name=name)
    return PAST_END if code == "time_past_end" else CLIPPED


def lying_sentence(*, container: str, name: str) -> str:
    """Return what is said of a file that is not what its name says."""
    said = name.rsplit(".", 1)[-1]
    return f"Is a {container.upper()} file although its name says {said}. Kept; the content counts."


def recording_sentence(code: str, *, container: str, seconds: float, name: str) -> str:
    """Return what is odd about a longer recording whose pieces are kept."""
    if code == "lying_extension":
        return lying_sentence(container=container, name=name)
    return f"Breaks off after {seconds:.0f} s. The pieces before that are kept."


def duplicate_sentence(*, other_text: str, other_name: str, text: str) -> str:
    """Return what is said of a clip whose samples are in the dataset already."""
    other = f"“{other_name}”" if other_name else f"a recorded clip of “{other_text}”"
    if other_text == text:
        return f"Has the same samples as {other}, which is here already. Left out."
    return f"Has the same samples as {other}, which is labelled “{other_text}”, not “{text}”. Left out; listen to it."
