"""The part of the launch form that only sentences have: how texts are written down, and the characters that leaves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from recognition.engine.errors import EngineError
from recognition.engine.writing import (
    CHOICES,
    WritingRules,
    is_right_to_left,
    rules_of,
    written,
    written_or_empty,
)
from speechsite.lib.numbers import duration_text, thousands_text
from training_jobs.services.import_characters import RARE_BELOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

    from training_jobs.models import Dataset
    from training_jobs.services.launch_facts import SentenceFacts, TextFacts

RULE_PREFIX: Final = "rule-"
RULES_OF: Final = "rules-of"
EXAMPLES: Final = 2
MOST_CHARACTERS: Final = 120
TITLES: Final = {
    "case": gettext_lazy("Capitals"),
    "punctuation": gettext_lazy("Punctuation"),
    "digits": gettext_lazy("Digits"),
    "vowel_marks": gettext_lazy("Vowel marks"),
}
MEANINGS: Final = {
    ("case", "fold"): gettext_lazy("small letters only"),
    ("case", "keep"): gettext_lazy("as written"),
    ("punctuation", "drop"): pgettext_lazy("signs", "left out"),
    ("punctuation", "keep"): gettext_lazy("kept and learned"),
    ("digits", "keep"): gettext_lazy("kept as digits"),
    ("digits", "refuse"): gettext_lazy("leave out clips with digits"),
    ("vowel_marks", "keep"): gettext_lazy("kept and learned"),
    ("vowel_marks", "drop"): pgettext_lazy("signs", "left out"),
}
_DIGIT: Final = regex.compile(r"\p{Decimal_Number}")


@dataclass(frozen=True)
class RuleOption:
    """One answer to one rule; `is_suggested` is what the text itself suggests."""

    value: str
    text: StrOrPromise
    is_chosen: bool
    is_suggested: bool


@dataclass(frozen=True)
class RuleChoice:
    """One rule with its answers."""

    name: str
    title: StrOrPromise
    options: tuple[RuleOption, ...]


@dataclass(frozen=True)
class Example:
    """A text before and after; `problem` says why its clip is left out."""

    before: str
    after: str
    problem: str = ""


@dataclass(frozen=True)
class Character:
    """A character of the texts with how often it occurs."""

    text: str
    count: int
    is_rare: bool


class Writing:
    """How the texts of a dataset of sentences would be written down."""

    def __init__(self, dataset: Dataset, data: Mapping[str, str], facts: TextFacts) -> None:
        self.dataset, self.facts = dataset, facts
        # A form that was filled in for another dataset says nothing about this one.
        self._data = data if data.get(RULES_OF) == str(dataset.pk) else {}

    @cached_property
    def suggested(self) -> WritingRules:
        """Return what the texts suggest."""
        return rules_of(self.facts.suggested)

    @cached_property
    def rules(self) -> WritingRules:
        """Return what the form says, else what was chosen before, else what the texts suggest."""
        return rules_of({**self.suggested.as_dict(), **self.dataset.text_rules, **self.given})

    @property
    def given(self) -> dict[str, str]:
        """Return what the form says, where it is an answer there is."""
        given = {name: self._data.get(RULE_PREFIX + name, "") for name in CHOICES}
        return {name: value for name, value in given.items() if value in CHOICES[name]}

    def choices(self) -> list[RuleChoice]:
        """Return the rules that matter for these texts, each with its answers."""
        chosen, suggested = self.rules.as_dict(), self.suggested.as_dict()
        return [
            RuleChoice(
                name,
                TITLES[name],
                tuple(
                    RuleOption(value, MEANINGS[name, value], value == chosen[name], value == suggested[name])
                    for value in CHOICES[name]
                ),
            )
            for name in CHOICES
            if name != "vowel_marks" or self.has_vowel_marks
        ]

    @cached_property
    def has_vowel_marks(self) -> bool:
        """Say whether the script is one that marks vowels or leaves them out (Arabic, Hebrew)."""
        return any(is_right_to_left(text) for text in self.facts.first)

    def examples(self) -> list[Example]:
        """Return texts on which the rules do something, one with digits among them where there is one."""
        texts = self.facts.first
        telling = [text for text in texts if written_or_empty(text, self.rules) != text]
        with_digits = [text for text in texts if _DIGIT.search(text)][:1]
        shown = list(dict.fromkeys([*with_digits, *telling, *texts]))[:EXAMPLES]
        return [self._example(text) for text in shown]

    def _example(self, text: str) -> Example:
        try:
            return Example(text, written(text, self.rules))
        except EngineError as refused:
            return Example(text, "", _("Left out. {reason}").format(reason=refused.message))


@dataclass(frozen=True)
class SentencePlan:
    """What would be frozen of a dataset of sentences, in speech and characters."""

    facts: SentenceFacts

    @property
    def speech(self) -> str:
        """Say how much speech there is in all."""
        return duration_text(sum(self.facts.seconds.values()))

    @property
    def split_sentence(self) -> str:
        """Say how large the parts are, in clips and in time."""
        counts = {split: self.facts.counts.get(split, 0) for split in ("train", "validation", "test")}
        parts = {
            "train": ngettext(
                "{count} clips, {length} to train on", "{count} clips, {length} to train on", counts["train"]
            ),
            "validation": ngettext(
                "{count} clips, {length} to choose by", "{count} clips, {length} to choose by", counts["validation"]
            ),
            "test": ngettext(
                "{count} clips, {length} locked away for the test",
                "{count} clips, {length} locked away for the test",
                counts["test"],
            ),
        }
        told = [
            part.format(count=thousands_text(counts[split]), length=duration_text(self.facts.seconds[split]))
            for split, part in parts.items()
            if split in self.facts.seconds
        ]
        return "; ".join(told)

    @cached_property
    def characters(self) -> list[Character]:
        """Return the characters of the texts as they are learned, the rarest first, the space left aside."""
        ordered = sorted(self.facts.characters.items(), key=lambda pair: (pair[1], pair[0]))
        return [Character(text, count, count < RARE_BELOW) for text, count in ordered]

    @property
    def shown_characters(self) -> list[Character]:
        """Return what fits on the page, in the order of the script."""
        return sorted(self.characters[:MOST_CHARACTERS], key=lambda one: one.text)

    @property
    def characters_left_out(self) -> int:
        """Return how many characters the page does not show."""
        return max(0, len(self.characters) - MOST_CHARACTERS)

    @property
    def rare(self) -> list[Character]:
        """Return the characters that occur too seldom to be learned."""
        return [one for one in self.characters if one.is_rare]

    @property
    def left_out(self) -> tuple[tuple[int, str], ...]:
        """Return how many clips are left out, by the first sentence that says why."""
        return self.facts.left_out
