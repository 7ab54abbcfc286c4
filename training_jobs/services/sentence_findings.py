"""What is worth knowing about a dataset of sentences before training, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speechsite.lib.numbers import thousands_text
from training_jobs.models import Clip
from training_jobs.services.findings import Finding, findings
from training_jobs.services.overview import SECONDS_WORTH_TRAINING
from training_jobs.services.snapshots import LONGEST_SENTENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.models import Dataset
    from training_jobs.services.composition import Composition

USEFUL_SECONDS: Final = 3600.0
DOMINANT_SHARE: Final = 0.6
KINDS: Final = ("warn", "none", "good")


def sentence_findings(dataset: Dataset, made_of: Composition) -> list[Finding]:
    """Return the findings, warnings first; with those that hold for every dataset."""
    if not made_of.ready:
        return []
    own = [*_speech(made_of), *_one_voice(made_of), *_long_clips(dataset), *_same_texts(dataset, made_of)]
    return sorted([*own, *findings(dataset, made_of)], key=lambda one: KINDS.index(one.kind))


def _speech(made_of: Composition) -> Iterator[Finding]:
    minutes = made_of.duration_seconds / 60
    if made_of.duration_seconds < SECONDS_WORTH_TRAINING:
        title = ngettext("{count} minute of speech so far", "{count} minutes of speech so far", round(minutes))
        text = _("A recogniser of sentences learns from ten minutes of speech on; an hour and more make it useful.")
        yield Finding("warn", title.format(count=round(minutes)), text)
    elif made_of.duration_seconds < USEFUL_SECONDS:
        text = _("Enough to try. From an hour on, new sentences by new voices begin to come out right.")
        yield Finding("none", _("{count} minutes of speech").format(count=round(minutes)), text)


def _one_voice(made_of: Composition) -> Iterator[Finding]:
    if len(made_of.speakers) < 2:  # noqa: PLR2004 - one voice alone is a finding of every dataset
        return
    most = max(made_of.speakers, key=lambda bar: bar.count)
    if most.count > DOMINANT_SHARE * made_of.ready:
        share = round(100 * most.count / made_of.ready)
        title = _("{share} % of the clips are {name}’s").format(share=share, name=most.name)
        text = _("It will know this voice best. Speech of others helps more than more of this one.")
        yield Finding("none", title, text)


def _long_clips(dataset: Dataset) -> Iterator[Finding]:
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY)
    count = ready.filter(duration_seconds__gt=LONGEST_SENTENCE_SECONDS).count()
    if count:
        title = ngettext("{count} clip longer than {most} s", "{count} clips longer than {most} s", count).format(
            count=thousands_text(count), most=f"{LONGEST_SENTENCE_SECONDS:.0f}"
        )
        yield Finding("warn", title, _("They are left out of training. Cut them into shorter ones with their text."))


def _same_texts(dataset: Dataset, made_of: Composition) -> Iterator[Finding]:
    """Tell where the test asks for sentences that were trained on: the language model would know them by heart."""
    if not made_of.splits:
        return
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).exclude(split="").order_by()
    both = ready.values("text").annotate(splits=Count("split", distinct=True)).filter(splits__gt=1).count()
    if both:
        title = ngettext("{count} sentence in more than one split", "{count} sentences in more than one split", both)
        text = _(
            "Where the test asks for sentences it was trained on, the score is higher than new sentences will get."
        )
        yield Finding("none", title.format(count=thousands_text(both)), text)
