"""What is worth knowing about a dataset before training, in words. Charts show it; these say it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from recognition.engine.audio import SAMPLE_RATE_HZ
from recognition.engine.language import quoted
from speechsite.lib.numbers import decimal_text, thousands_text
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
        title = _("Only “{word}” so far").format(word=only)
        yield Finding("warn", title, _("Telling words apart takes at least two of them."))
        return
    few = [bar for bar in made_of.labels if bar.count < WORTH_TRAINING_CLIPS]
    low = [bar for bar in made_of.labels if bar.is_low and bar not in few]
    if few:
        title = ngettext("{count} word with few clips", "{count} words with few clips", len(few))
        text = _("{words}: fewer than {enough} clips each. A model learns a word from about 10 on.").format(
            words=_names(few), enough=WORTH_TRAINING_CLIPS
        )
        yield Finding("warn", title.format(count=thousands_text(len(few))), text, record=few[0].name)
    elif low:
        usual = sorted(bar.count for bar in made_of.labels)[len(made_of.labels) // 2]
        text = _("{count} clips; other words have about {usual}.").format(
            count=thousands_text(low[0].count), usual=thousands_text(usual)
        )
        title = _("“{word}” has few clips").format(word=low[0].name)
        yield Finding("warn", title, text, record=low[0].name)


def _no_words(made_of: Composition) -> Iterator[Finding]:
    if made_of.noises:
        title = ngettext(
            "{count} recording of background noise", "{count} recordings of background noise", made_of.noises
        ).format(count=thousands_text(made_of.noises))
        yield Finding("good", title, _("Mixed into the clips while training, and learned as something to turn away."))
    if made_of.others:
        title = ngettext("{count} clip of other words", "{count} clips of other words", made_of.others)
        text = _("Learned as “none of these”; those in the test show how often that works.")
        yield Finding("good", title.format(count=thousands_text(made_of.others)), text)


def _rates(made_of: Composition) -> Iterator[Finding]:
    lowest, count = made_of.rates[0]
    if lowest < SAMPLE_RATE_HZ:
        title = ngettext("{count} clip comes from {rate} kHz", "{count} clips come from {rate} kHz", count).format(
            count=thousands_text(count), rate=number_format(f"{lowest / 1000:g}")
        )
        text = _("The model will listen up to {limit} kHz, so that it learns the word and not the recorder.").format(
            limit=decimal_text(band_limit_hz(lowest) / 1000, 1)
        )
        yield Finding("none", title, text)


def _speakers(dataset: Dataset, made_of: Composition) -> Iterator[Finding]:
    if not made_of.speakers:
        text = _("The score will not tell known voices from unknown ones.")
        yield Finding("none", _("Speakers are not known"), text)
        return
    if len(made_of.speakers) == 1:
        title = _("One voice: {name}").format(name=made_of.speakers[0].name)
        yield Finding("none", title, _("The model will know this voice best. Let others record too."))
        return
    if not made_of.splits:
        return
    in_two = _speakers_in_two_splits(dataset)
    if in_two:
        title = ngettext("{count} speaker in more than one split", "{count} speakers in more than one split", in_two)
        text = _("On the dataset’s own split the score is for known voices. Split by speaker to measure unknown ones.")
        yield Finding("none", title.format(count=thousands_text(in_two)), text)
    else:
        yield Finding("good", _("No leaks found"), _("No speaker is in two splits."))


def _speakers_in_two_splits(dataset: Dataset) -> int:
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).exclude(speaker="").exclude(split="")
    per_speaker = ready.order_by().values("speaker").annotate(splits=Count("split", distinct=True))
    return per_speaker.filter(splits__gt=1).count()


def _conflicts(dataset: Dataset) -> Iterator[Finding]:
    same_sound = ImportProblem.objects.filter(dataset_import__dataset=dataset, code="duplicate_other_label").count()
    if same_sound:
        title = ngettext(
            "{count} file had the same sound under another label",
            "{count} files had the same sound under another label",
            same_sound,
        ).format(count=thousands_text(same_sound))
        yield Finding("warn", title, _("The first one read was kept. The report of the import names both."))


def _names(labels: list[Bar]) -> str:
    named = quoted(bar.name for bar in labels[:LABELS_NAMED])
    more = len(labels) - LABELS_NAMED
    return _("{names} and {count} more").format(names=named, count=thousands_text(more)) if more > 0 else named
