"""The launch form: three questions with good answers filled in, and what will happen."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.models import ModelVersion, Recognizer
from recognition.models.recognizers import Kind
from recognition.services.models import model_resolve
from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import decimal_text, duration_text
from training_jobs.models import Dataset
from training_jobs.services.estimates import jobs_ahead, measured_rate, training_seconds, waiting_seconds
from training_jobs.services.jobs import DEFAULT_PRESET, chosen_options, recognizer_name_for
from training_jobs.services.launch_facts import (
    LaunchFacts,
    PlanAsked,
    PlanFacts,
    SentenceFacts,
    facts_of,
    launch_facts,
    sentence_facts,
    text_facts,
    words_plan_facts,
)
from training_jobs.services.snapshots import ENGINE_SAMPLE_RATE_HZ, clip_rows
from training_jobs.services.warm_start import (
    can_start,
    check_start,
    learned_by,
    start_other_words,
    start_recipe,
    start_split,
)
from training_jobs.trainer.recipes import RECIPES, presets_for, recipe_values
from training_jobs.web.launch_cards import (
    JudgeCard,
    PresetCard,
    ValueField,
    judge_cards,
    rounded,
    value_fields,
)
from training_jobs.web.sentences_launch import SentencePlan, Writing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django.http import QueryDict

    from training_jobs.services.splits import ClipRow
    from training_jobs.services.warm_start import Learned
    from training_jobs.trainer.recipes import Preset, Recipe

VALUE_PREFIX: Final = "value-"
MOST_SPEAKERS_SHOWN: Final = 60
MOST_STARTS_SHOWN: Final = 20
MOST_SOURCES_SHOWN: Final = 200
LONGEST_SEED: Final = 10  # digits
FOLDED: Final = ("launch-settings", "launch-voices", "launch-characters")


@dataclass
class Launch:
    """What the form says so far, and what would follow from it."""

    owner: User
    data: QueryDict
    failure: ServiceError | None = field(default=None)

    @cached_property
    def datasets(self) -> QuerySet[Dataset]:
        """Return the datasets that can be learned from."""
        return Dataset.objects.visible_to(self.owner).order_by("name")

    @cached_property
    def dataset(self) -> Dataset | None:
        """Return the chosen dataset, else the newest."""
        asked = self.data.get("dataset", "")
        try:
            found = self.datasets.filter(pk=uuid.UUID(asked)).first()
        except ValueError:
            found = None
        return found or self.datasets.order_by("-created_at").first()

    @property
    def kind(self) -> str:
        """Return what is to be learned: words or sentences."""
        return self.dataset.kind if self.dataset else Kind.WORDS

    @cached_property
    def rows(self) -> list[ClipRow]:
        """Return the clips that would be frozen: of a large dataset that takes seconds."""
        return clip_rows(self.dataset) if self.dataset else []

    @cached_property
    def facts(self) -> LaunchFacts:
        """Return what the questions of the form depend on."""
        return launch_facts(self.dataset, lambda: self.rows) if self.dataset else facts_of([])

    @cached_property
    def start(self) -> ModelVersion | None:
        """Return the version to go on from; where that cannot be, `failure` says why."""
        asked = self.data.get("from", "").strip()
        if not asked:
            return None
        try:
            version = model_resolve(owner=self.owner, model=asked)
            check_start(version, kind=self.kind)
        except ServiceError as refused:
            self.failure = self.failure or refused
            return None
        return version

    @cached_property
    def starts_there_are(self) -> list[ModelVersion]:
        """Return the versions it could go on from: those of the recogniser it becomes, and the chosen one."""
        own = ModelVersion.objects.visible_to(self.owner).filter(recognizer__kind=self.kind)
        named = own.filter(recognizer__name=self.recognizer_name).select_related("recognizer").order_by("-number")
        shown = [version for version in named[:MOST_STARTS_SHOWN] if can_start(version, kind=self.kind)]
        return shown if self.start is None or self.start in shown else [self.start, *shown]

    @cached_property
    def learned(self) -> Learned:
        """Return what the version to go on from has learned."""
        return learned_by(self.start)

    @property
    def recognizer(self) -> str:
        """Return the name the version gets; empty takes that of the start, else the dataset's."""
        return self.data.get("recognizer", "").strip()

    @property
    def recognizer_name(self) -> str:
        """Return the name in force."""
        if self.recognizer or self.dataset is None:
            return self.recognizer
        return self.start.recognizer.name if self.start else recognizer_name_for(self.dataset.name)

    @cached_property
    def recognizers(self) -> list[str]:
        """Return the names of recognisers of this kind."""
        return list(Recognizer.objects.visible_to(self.owner).filter(kind=self.kind).values_list("name", flat=True))

    @cached_property
    def next_number(self) -> int:
        """Return the number the version would get."""
        versions = ModelVersion.objects.visible_to(self.owner).filter(recognizer__name=self.recognizer_name)
        newest = versions.order_by("-number").values_list("number", flat=True).first()
        return (newest or 0) + 1

    @property
    def presets_there_are(self) -> dict[str, Preset]:
        """Return the presets for this kind of dataset."""
        return presets_for(self.kind)

    @property
    def recipes(self) -> list[Recipe]:
        """Return the recipes for this kind of dataset; what goes on from a version keeps its recipe."""
        fitting = [recipe for recipe in RECIPES.values() if recipe.kind == self.kind]
        return [recipe for recipe in fitting if not self.start or recipe.name == start_recipe(self.start)]

    @property
    def preset(self) -> str:
        """Return the chosen preset."""
        asked = self.data.get("preset", "")
        return asked if asked in self.presets_there_are else DEFAULT_PRESET

    @property
    def recipe(self) -> str:
        """Return the chosen recipe; one of another kind, from a form for another dataset, counts as none."""
        if self.start:
            return start_recipe(self.start)
        asked = self.data.get("recipe", "")
        fits = any(recipe.name == asked for recipe in self.recipes)
        return asked if fits else self.presets_there_are[self.preset].recipe

    @property
    def values(self) -> dict[str, str]:
        """Return the values typed in that the recipe knows."""
        known = {entry.name for entry in fields(RECIPES[self.recipe].values)}
        typed = {name: self.data.get(VALUE_PREFIX + name, "").strip() for name in known}
        return {name: text for name, text in typed.items() if text}

    @property
    def seed(self) -> int:
        """Return the seed; what is no whole number counts as 1."""
        text = self.data.get("seed", "").strip()
        return int(text) if text.isdecimal() and len(text) <= LONGEST_SEED and int(text) < 2**31 else 1

    @cached_property
    def method(self) -> str:
        """Return how it is judged: what was chosen if the dataset offers it, else what suits."""
        asked = self.data.get("split", "")
        suggested = self.facts.suggested_method
        return next(method for method in (asked, self.start_split[0], suggested) if method in self.methods)

    @cached_property
    def start_split(self) -> tuple[str, dict[str, Any]]:
        """Return how the version to go on from was judged, as far as this dataset allows it."""
        if self.start is None:
            return "", {}
        return start_split(self.start, speakers=self.speakers, has_test=bool(self.facts.test_clips))

    @cached_property
    def methods(self) -> list[str]:
        """Return the ways this dataset can be judged, the honest ones first."""
        return (
            (["column"] if self.facts.test_clips else []) + (["speaker"] if len(self.speakers) > 1 else []) + ["random"]
        )

    @property
    def speakers(self) -> Sequence[str]:
        """Return the names of the dataset's speakers."""
        return self.facts.speakers

    @property
    def test_speakers(self) -> list[str]:
        """Return the voices named to be kept aside."""
        if self.method != "speaker":
            return []
        named = [name for name in self.data.getlist("test_speaker") if name in self.speakers]
        return named or list(self.start_split[1].get("test_speakers", []))

    @property
    def split_options(self) -> dict[str, Any]:
        """Return the options of the split."""
        return {"test_speakers": self.test_speakers} if self.test_speakers else {}

    @cached_property
    def sources_of_other_words(self) -> list[Dataset]:
        """Return the datasets whose words it could learn to turn away."""
        if self.dataset is None or self.kind != Kind.WORDS:
            return []
        return list(self.datasets.filter(kind=Kind.WORDS).exclude(pk=self.dataset.pk)[:MOST_SOURCES_SHOWN])

    @cached_property
    def other_words(self) -> Dataset | None:
        """Return the chosen one of them; before anything is chosen, that of the version to go on from."""
        usual = start_other_words(self.start)
        asked = self.data.get("other_words", str(usual.pk) if usual else "")
        return next((source for source in self.sources_of_other_words if str(source.pk) == asked), None)

    @cached_property
    def plan(self) -> PlanFacts | None:
        """Return what would be frozen; where that cannot be, `failure` says why."""
        if self.dataset is None:
            return None
        try:
            if self.writing:
                return sentence_facts(self.dataset, lambda: self.rows, self.writing.rules, self._asked)
            return words_plan_facts(self.dataset, lambda: self.rows, self._asked)
        except ServiceError as refused:
            self.failure = self.failure or refused
            return None

    @property
    def _asked(self) -> PlanAsked:
        """Return what a plan depends on besides the clips and, of sentences, the rules of their texts."""
        return PlanAsked(self.method, self.split_options, self.start, self.other_words)

    @cached_property
    def writing(self) -> Writing | None:
        """Return how the texts of sentences are written down; None for words."""
        if self.dataset is None or self.kind != Kind.SENTENCES:
            return None
        return Writing(self.dataset, self.data, text_facts(self.dataset, lambda: self.rows))

    @cached_property
    def sentences(self) -> SentencePlan | None:
        """Return what would be frozen in speech and characters; None for words."""
        return SentencePlan(self.plan) if isinstance(self.plan, SentenceFacts) else None

    @property
    def settings(self) -> dict[str, Any]:
        """Return what `submit_training_job` takes."""
        return {
            "recognizer": self.recognizer,
            "preset": self.preset,
            "recipe": self.recipe,
            "options": self.values,
            "split_method": self.method,
            "split_options": self.split_options,
            "seed": self.seed,
            "start": self.start,
            "other_words": self.other_words,
        }

    def presets(self) -> list[PresetCard]:
        """Return the presets with their times for this dataset on this machine."""
        rate = measured_rate(self.recipe)[0]
        cards = []
        for name, preset in self.presets_there_are.items():
            seconds = self._seconds(name, rate) if self.plan else None
            title, summary = _(preset.title), _(preset.summary)
            cards.append(PresetCard(name, title, summary, seconds, is_chosen=name == self.preset))
        return cards

    def _seconds(self, preset: str, rate: float) -> float | None:
        if self.plan is None:
            return None
        try:
            name, changed = self._chosen(preset, self.values)
        except ServiceError as refused:
            self.failure = self.failure or refused
            name, changed = self._chosen(preset, {})
        return training_seconds(
            recipe=name,
            values=recipe_values(name, changed),
            counts=self.plan.counts,
            clip_seconds=self.plan.clip_seconds,
            rate=rate,
        )

    def _chosen(self, preset: str, values: dict[str, str]) -> tuple[str, dict[str, Any]]:
        return chosen_options(kind=self.kind, preset=preset, recipe=self.recipe, options=values, start=self.start)

    @property
    def source_of_times(self) -> str:
        """Say where the times come from."""
        jobs = measured_rate(self.recipe)[1]
        cores = os.cpu_count() or 1
        machine = ngettext("this machine ({count} core)", "this machine ({count} cores)", cores).format(count=cores)
        known = ngettext(
            "Times are for {machine} and this dataset, from its last job.",
            "Times are for {machine} and this dataset, from its last {count} jobs.",
            jobs,
        )
        unknown = _("Times are for {machine} and this dataset, a guess until it has run one.")
        times = (known if jobs else unknown).format(machine=machine, count=jobs)
        if self.recipe == self.presets_there_are[self.preset].recipe:
            return times
        return _("{times} The recipe {recipe} is chosen below; the presets belong to another one.").format(
            times=times, recipe=self.recipe
        )

    @cached_property
    def value_fields(self) -> list[ValueField]:
        """Return every value of the recipe as a field."""
        name, changed = self._chosen(self.preset, {})
        return value_fields(RECIPES[self.recipe], defaults=recipe_values(name, changed), given=self.values)

    def is_value_refused(self) -> bool:
        """Say whether a value was typed that cannot be used."""
        return any(value.problem for value in self.value_fields)

    def judges(self) -> list[JudgeCard]:
        """Return the ways it can be judged, each with what it tells."""
        return judge_cards(self.methods, chosen=self.method, facts=self.facts, aside=self.test_speakers)

    @property
    def opened(self) -> list[str]:
        """Return which folded parts are open."""
        return [part for part in FOLDED if part in self.data.get("open", "").split()]

    @property
    def shown_speakers(self) -> Sequence[str]:
        """Return the speakers that can be named on the page."""
        return self.speakers[:MOST_SPEAKERS_SHOWN] if self.method == "speaker" else ()

    def begins(self) -> str:
        """Say what it begins with."""
        if self.start is None:
            return ""
        sentence = (
            _("with what {version} knows, in half the epochs; no clip it has learned is in the test")
            if self.learned.is_known
            else _(
                "with what {version} knows, in half the epochs; which clips it learned is not known here, so the test "
                "may hold some of them"
            )
        )
        return sentence.format(version=self.start)

    def takes(self) -> str:
        """Say how long it will take."""
        seconds = self._seconds(self.preset, measured_rate(self.recipe)[0])
        if not seconds:
            return ""
        return _("about {length}, stoppable at any time").format(length=duration_text(rounded(seconds)))

    def starts(self) -> str:
        """Say when it will begin."""
        ahead = jobs_ahead()
        if not ahead:
            return _("at once")
        return ngettext(
            "after {count} job ahead, in about {length}", "after {count} jobs ahead, in about {length}", ahead
        ).format(count=ahead, length=duration_text(rounded(waiting_seconds())))

    def band(self) -> str:
        """Say which frequencies it looks at, and why."""
        if self.plan is None:
            return ""
        limit = decimal_text(self.plan.band_limit_hz / 1000, 1)
        if self.plan.lowest_source_rate_hz >= ENGINE_SAMPLE_RATE_HZ:
            return _("{limit} kHz, all there is to hear").format(limit=limit)
        rate = number_format(f"{self.plan.lowest_source_rate_hz / 1000:g}")
        return _("{limit} kHz, because of the {rate} kHz clips").format(limit=limit, rate=rate)
