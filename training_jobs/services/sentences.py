"""The sentences people read about one clip: what happened, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.models.recognizers import Kind
from speechsite.lib.numbers import thousands_text
from training_jobs.labels import LONGEST_LABEL
from training_jobs.services.datasets import LONGEST_TRANSCRIPT

if TYPE_CHECKING:
    from training_jobs.services.analysis import Analysis

REJECTED: Final = {
    "audio_silent": gettext_lazy("Silent from start to end. Record it again."),
    "audio_no_speech": gettext_lazy(
        "Holds a steady sound and no speech. Record it again, or restore it if you hear the word."
    ),
    "audio_clipped_throughout": gettext_lazy(
        "Too loud from start to end: the peaks are cut off. Record it again, further away."
    ),
    "by_hand": gettext_lazy("Rejected by hand."),
    "waits_for_listener": gettext_lazy("Waits until somebody else has listened to it."),
    "voted_bad": gettext_lazy(
        "Somebody who listened to it called it bad. Record it again, or restore it if it is good."
    ),
}
CLIPPED: Final = gettext_lazy("Too loud in places: the peaks are cut off. Kept and marked.")
PAST_END: Final = gettext_lazy("Is said to end after the recording does. Kept up to the end of the recording.")


def text_limit(kind: str) -> int:
    """Return how many characters a label, or a transcript, may have."""
    return LONGEST_TRANSCRIPT if kind == Kind.SENTENCES else LONGEST_LABEL


def too_long_sentence(kind: str) -> str:
    """Return what is said of a text over that limit."""
    sentence = (
        _("The transcript is longer than {most} characters. Cut the recording and its text.")
        if kind == Kind.SENTENCES
        else _("The label is longer than {most} characters. Shorten it.")
    )
    return sentence.format(most=thousands_text(text_limit(kind)))


def rejection_sentence(code: str) -> str:
    """Return why a clip was rejected."""
    return str(REJECTED.get(code) or _("Rejected."))


def warning_sentence(code: str, analysis: Analysis, *, name: str) -> str:
    """Return what is odd about a clip that was kept all the same."""
    if code == "audio_truncated":
        seconds = number_format(f"{analysis.duration_seconds:.2f}")
        return _("Breaks off after {seconds} s. Kept up to the break.").format(seconds=seconds)
    if code == "lying_extension":
        return lying_sentence(container=analysis.container, name=name)
    return str(PAST_END if code == "time_past_end" else CLIPPED)


def lying_sentence(*, container: str, name: str) -> str:
    """Return what is said of a file that is not what its name says."""
    return _("Is a {format} file although its name says {ending}. Kept; the content counts.").format(
        format=container.upper(), ending=name.rsplit(".", 1)[-1]
    )


def recording_sentence(code: str, *, container: str, seconds: float, name: str) -> str:
    """Return what is odd about a longer recording whose pieces are kept."""
    if code == "lying_extension":
        return lying_sentence(container=container, name=name)
    return _("Breaks off after {seconds} s. The pieces before that are kept.").format(seconds=f"{seconds:.0f}")


def duplicate_sentence(*, other_text: str, other_name: str, text: str) -> str:
    """Return what is said of a clip whose samples are in the dataset already."""
    if other_name and other_text == text:
        sentence = _("Has the same samples as “{name}”, which is here already. Left out.")
    elif other_name:
        sentence = _(
            "Has the same samples as “{name}”, which is labelled “{other_text}”, not “{text}”. Left out; listen to it."
        )
    elif other_text == text:
        sentence = _("Has the same samples as a recorded clip of “{text}”, which is here already. Left out.")
    else:
        sentence = _(
            "Has the same samples as a recorded clip of “{other_text}”, which is labelled “{other_text}”, not “{text}”."
            " Left out; listen to it."
        )
    return sentence.format(name=other_name, other_text=other_text, text=text)
