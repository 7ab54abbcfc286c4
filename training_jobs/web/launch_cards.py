"""What the launch form shows to choose from: presets, ways to be judged, the values of a recipe."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speechsite.lib.numbers import duration_text, thousands_text
from training_jobs.services.splits import speakers_drawn
from training_jobs.trainer.errors import RecipeError
from training_jobs.trainer.naming import bound_text
from training_jobs.trainer.recipes import checked_value
from training_jobs.web.value_labels import value_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from training_jobs.services.launch_facts import LaunchFacts
    from training_jobs.trainer.recipes import Recipe, Value


@dataclass(frozen=True)
class PresetCard:
    """One answer to "how thorough?"."""

    name: str
    title: str
    summary: str
    seconds: float | None
    is_chosen: bool

    @property
    def pace(self) -> str:
        """Return its time on this machine, in words."""
        return _("about {length}").format(length=duration_text(rounded(self.seconds))) if self.seconds else ""


@dataclass(frozen=True)
class JudgeCard:
    """One answer to "how is it judged?"."""

    method: str
    title: str
    sentence: str
    is_chosen: bool


@dataclass(frozen=True)
class ValueField:
    """One value of a recipe; `given` is what was typed, `default` what stands there otherwise, `problem` why not."""

    name: str
    label: str
    doc: str
    default: str
    given: str
    low: str
    high: str
    problem: str


def judge_cards(methods: Sequence[str], *, chosen: str, facts: LaunchFacts, aside: Sequence[str]) -> list[JudgeCard]:
    """Return the ways a dataset can be judged, each with what it tells; `aside` are the voices named for the test."""
    told = {
        "column": (
            _("On the dataset’s own test"),
            ngettext(
                "The {count} clips it names as its test. Comparable with others.",
                "The {count} clips it names as its test. Comparable with others.",
                facts.test_clips,
            ).format(count=thousands_text(facts.test_clips)),
        ),
        "speaker": (_("On voices it has never heard"), _aside_sentence(aside or speakers_drawn(facts.speakers))),
        "random": (_("On new takes of known voices"), _known_sentence(len(facts.speakers))),
    }
    return [JudgeCard(method, *told[method], is_chosen=method == chosen) for method in methods]


def _aside_sentence(aside: Sequence[str]) -> str:
    sentence = ngettext(
        "{names} is kept aside. The honest number for new people.",
        "{names} are kept aside. The honest number for new people.",
        max(1, len(aside)),
    )
    if len(aside) <= 1:
        return sentence.format(names="".join(aside))
    return sentence.format(names=_("{names} and {last}").format(names=", ".join(aside[:-1]), last=aside[-1]))


def _known_sentence(speakers: int) -> str:
    if speakers > 1:
        return _("Higher number. Right if only these {count} people will use it.").format(count=speakers)
    return _("Higher number. Right if only the same people will use it.")


def value_fields(recipe: Recipe, *, defaults: Mapping[str, Value], given: Mapping[str, str]) -> list[ValueField]:
    """Return every value of a recipe as a field."""
    return [
        ValueField(
            name=entry.name,
            label=value_label(entry.name),
            doc=_(entry.metadata["doc"]),
            default=f"{defaults[entry.name]:g}",
            given=given.get(entry.name, ""),
            low=bound_text(entry.metadata["low"]),
            high=bound_text(entry.metadata["high"]),
            problem=value_problem(entry, given.get(entry.name, "")),
        )
        for entry in fields(recipe.values)
    ]


def value_problem(entry: Field[Any], given: str) -> str:
    """Say what is wrong with what was typed for a value; nothing where it can be used, or nothing was typed."""
    if not given:
        return ""
    try:
        checked_value(entry, given)
    except RecipeError as failure:
        return failure.message
    return ""


def rounded(seconds: float | None) -> float | None:
    """Round an estimate to what it is worth: 5 s below a minute, 30 s below ten."""
    if seconds is None:
        return None
    step = 5 if seconds < 60 else 30 if seconds < 600 else 60  # noqa: PLR2004 - a minute, ten minutes
    return max(step, round(seconds / step) * step)
