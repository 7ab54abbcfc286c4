"""What is worth knowing about a dataset before training, in words. Charts show it; these say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count

from recognition.engine.audio import SAMPLE_RATE_HZ
from training_jobs.models import Clip, ImportProblem
from training_jobs.services.snapshots import band_limit_hz

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.models import Dataset
    from training_jobs.services.composition import Bar, Composition

WORTH_TRAINING_CLIPS: Final = 10
LABELS_NAMED: Final = 3


@dataclass(frozen=True)
class Finding:
    """One sentence for the page: `kind` is warn, none or good; `record` names a label to record more of."""

    kind: str
    title: str
    text: str
    record: str = ""


def findings(dataset: Dataset, made_of: Composition) -> list[Finding]:
    """Return the findings, warnings first."""
    if not made_of.ready:
        return []
    of_clips = (*_labels(made_of), *_no_words(made_of), *_rates(made_of))
    found = [*of_clips, *_speakers(dataset, made_of), *_conflicts(dataset)]
    return sorted(found, key=lambda one: ("warn", "none", "good").index(one.kind))


def _labels(made_of: Composition) -> Iterator[Finding]:
    if len(made_of.labels) == 1:
        only = made_of.labels[0].name
        yield Finding("warn", f"Only “{only}” so far", "Telling words apart takes at least two of them.")
        return
    few = [bar for bar in made_of.labels if bar.count < WORTH_TRAINING_CLIPS]
    low = [bar for bar in made_of.labels if bar.is_low and bar not in few]
    if few:
        text = f"{_names(few)}: fewer than {WORTH_TRAINING_CLIPS} clips each. A model learns a word from about 10 on."
        yield Finding("warn", f"{_count(len(few), 'word')} with few clips", text, record=few[0].name)
    elif low:
        usual = sorted(bar.count for bar in made_of.labels)[len(made_of.labels) // 2]
        text = f"{low[0].count:,} clips; other words have about {usual:,}."
        yield Finding("warn", f"“{low[0].name}” has few clips", text, record=low[0].name)


def _no_words(made_of: Composition) -> Iterator[Finding]:
    if made_of.noises:
        title = _count(made_of.noises, "recording") + " of background noise"
        yield Finding("good", title, "Mixed into the clips while training, and learned as something to turn away.")
    if made_of.others:
        text = "Learned as “none of these”; those in the test show how often that works."
        yield Finding("good", _count(made_of.others, "clip") + " of other words", text)


def _rates(made_of: Composition) -> Iterator[Finding]:
    lowest, count = made_of.rates[0]
    if lowest < SAMPLE_RATE_HZ:
        limit = band_limit_hz(lowest) / 1000
        title = f"{_count(count, 'clip')} come{'s' if count == 1 else ''} from {lowest / 1000:g} kHz"
        text = f"The model will listen up to {limit:.1f} kHz, so that it learns the word and not the recorder."
        yield Finding("none", title, text)


def _speakers(dataset: Dataset, made_of: Composition) -> Iterator[Finding]:
    if not made_of.speakers:
        yield Finding("none", "Speakers are not known", "The score will not tell known voices from unknown ones.")
        return
    if len(made_of.speakers) == 1:
        title = f"One voice: {made_of.speakers[0].name}"
        yield Finding("none", title, "The model will know this voice best. Let others record too.")
        return
    if not made_of.splits:
        return
    in_two = _speakers_in_two_splits(dataset)
    if in_two:
        title = f"{_count(in_two, 'speaker')} in more than one split"
        text = "On the dataset’s own split the score is for known voices. Split by speaker to measure unknown ones."
        yield Finding("none", title, text)
    else:
        yield Finding("good", "No leaks found", "No speaker is in two splits.")


def _speakers_in_two_splits(dataset: Dataset) -> int:
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).exclude(speaker="").exclude(split="")
    per_speaker = ready.order_by().values("speaker").annotate(splits=Count("split", distinct=True))
    return per_speaker.filter(splits__gt=1).count()


def _conflicts(dataset: Dataset) -> Iterator[Finding]:
    same_sound = ImportProblem.objects.filter(dataset_import__dataset=dataset, code="duplicate_other_label").count()
    if same_sound:
        title = f"{_count(same_sound, 'file')} had the same sound under another label"
        yield Finding("warn", title, "The first one read was kept. The report of the import names both.")


def _names(labels: list[Bar]) -> str:
    named = ", ".join(f"“{bar.name}”" for bar in labels[:LABELS_NAMED])
    return f"{named} and {len(labels) - LABELS_NAMED:,} more" if len(labels) > LABELS_NAMED else named


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
