"""What to record next, or to add as text, after a test of sentences: at most three sentences, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Count, Q, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from speechsite.lib.numbers import percent_text
from training_jobs.models import Clip, SnapshotClip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.models import TrainingJob
    from training_jobs.web.sentences_result import SentencesResult

WORDS_LOOKED_UP: Final = 8
FEW_SPEAKERS: Final = 8
MOST_ADVICE: Final = 3
ONE_SIDED: Final = 0.6


@dataclass(frozen=True)
class Advice:
    """One thing to do: why, and where."""

    title: str
    text: str
    act: str = ""
    url: str = ""


def advice_for(result: SentencesResult) -> list[Advice]:
    """Return what helps most, the surest first."""
    return list(_all(result))[:MOST_ADVICE]


def _all(result: SentencesResult) -> Iterator[Advice]:
    yield from _unread_words(result)
    yield from _hard_voices(result)
    yield from _few_voices(result)
    yield from _one_sided(result)


def _unread_words(result: SentencesResult) -> Iterator[Advice]:
    """Name words of the test that training never met in writing: a language model can learn those from text alone."""
    said = [confusion.said for confusion in result.confused_words() if confusion.said][:WORDS_LOOKED_UP]
    unread = words_never_read(result.job, said)
    if unread and result.job.dataset:
        names = ", ".join(_("“{word}”").format(word=word) for word in unread[:4])
        text = ngettext(
            "{names} is in no text it learned from. Text alone helps: no recording.",
            "{names} are in no text it learned from. Text alone helps: no recording.",
            len(unread),
        )
        yield Advice(
            ngettext("Let it read this word", "Let it read these words", len(unread)),
            text.format(names=names),
            _("Add text"),
            reverse("training_jobs:dataset-texts", args=[result.job.dataset.pk]),
        )


def words_never_read(job: TrainingJob, words: Sequence[str]) -> list[str]:
    """Return those of these words that no training clip of the job's snapshot holds, in the order given."""
    if not words or job.snapshot is None:
        return []
    padded = Concat(Value(" "), "text", Value(" "), output_field=TextField())
    learned = SnapshotClip.objects.filter(snapshot=job.snapshot, split=Clip.Split.TRAIN).order_by()
    counts = learned.annotate(padded=padded).aggregate(
        **{f"word{place}": Count("pk", filter=Q(padded__contains=f" {word} ")) for place, word in enumerate(words)}
    )
    return [word for place, word in enumerate(words) if not counts[f"word{place}"]]


def _hard_voices(result: SentencesResult) -> Iterator[Advice]:
    """Name a voice that is surely heard worse than the whole."""
    whole = result.score
    hard = [dot for dot in result.speakers if whole and dot.score.low > whole.value]
    if hard and result.job.dataset:
        worst = hard[0]
        yield Advice(
            _("More voices like {name}’s").format(name=worst.name),
            _(
                "{share} of its words were wrong, more than chance explains. Listen why, then record others who speak "
                "alike."
            ).format(share=percent_text(worst.score.value)),
            _("Record sentences"),
            reverse("training_jobs:dataset-record", args=[result.job.dataset.pk]),
        )


def _few_voices(result: SentencesResult) -> Iterator[Advice]:
    speakers = result.job.snapshot.speakers.get("train", []) if result.job.snapshot else []
    if 0 < len(speakers) < FEW_SPEAKERS and result.job.dataset:
        yield Advice(
            _("More people"),
            ngettext(
                "It learned from {count} voice. Ten minutes each of new people help more than an hour of the same.",
                "It learned from {count} voices. Ten minutes each of new people help more than an hour of the same.",
                len(speakers),
            ).format(count=len(speakers)),
            _("Record sentences"),
            reverse("training_jobs:dataset-record", args=[result.job.dataset.pk]),
        )


def _one_sided(result: SentencesResult) -> Iterator[Advice]:
    """Say what it means where most errors are of one kind."""
    metrics, errors = result.metrics, result.errors
    if not errors:
        return
    if metrics.get("deletions", 0) > ONE_SIDED * errors:
        text = _("Most errors are words it leaves out: fast or quiet speech, or a training that was too short.")
        yield Advice(_("It leaves words out"), text)
    elif metrics.get("insertions", 0) > ONE_SIDED * errors:
        text = _(
            "Most errors are words nobody said: noise or other voices in the clips. Listen to the first ones below."
        )
        yield Advice(_("It hears words that are not there"), text)
