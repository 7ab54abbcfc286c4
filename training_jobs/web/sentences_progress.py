"""A running job of sentences in words: how many words are wrong, and what it writes now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from recognition.models.recognizers import Kind
from speechsite.lib.numbers import percent_text, points_text
from training_jobs.models import Clip, TrainingJob
from training_jobs.services.estimates import SENTENCES_PER_SECOND
from training_jobs.trainer.recipes import RECIPES
from training_jobs.web.alignment import Alignment, alignment_of
from training_jobs.web.training_progress import (
    EPOCHS_LOOKED_BACK,
    RISE_THAT_COUNTS,
    Meaning,
    Progress,
    loss_chart,
    nothing_to_check,
    points_of,
    series_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

SILENT_FROM: Final = 0.97
"""So many wrong characters are as good as no answer."""
LETTERS_FROM: Final = 0.9
LONG_SILENCE_EPOCHS: Final = 25
LOSS_GAP: Final = 2.0


@dataclass(frozen=True)
class HeardSentence:
    """One of the shown clips: what was said over what it writes now."""

    clip: Clip | None
    said: str
    heard: str
    confidence: float
    alignment: Alignment


class SentencesProgress(Progress):
    """A job's present and its history, for a recogniser of sentences."""

    is_of_sentences = True
    tested_per_second = SENTENCES_PER_SECOND

    def preparing(self) -> Meaning:
        """Say what happens before it learns."""
        text = _("Each clip is decoded, its text written by the rules. The test clips are set aside unread.")
        return Meaning("scissors", _("Reading the clips"), text)

    def learning(self) -> Meaning:
        """Say what the curves say."""
        return sentences_meaning(self.epochs)

    def curves(self) -> dict[str, Any]:
        """Return what the two charts draw: wrong words and characters in percent, and loss."""
        epochs = max(self.job.epochs, len(self.epochs), 2)
        words, characters = (points_of(_capped(self.epochs, name), name, scale=100) for name in ("val_wer", "val_cer"))
        series = [
            series_of(_("words"), "main", words, decimals=1),
            series_of(_("characters"), "reference", characters, decimals=1),
        ]
        return {
            "wrong": {"epochs": epochs, "y": {"min": 0, "max": 100, "interval": 25}, "series": series},
            "loss": loss_chart(self.epochs, epochs),
        }

    def best(self) -> str:
        """Return the fewest wrong words on validation and when that was."""
        scored = [(data["val_wer"], data["epoch"]) for data in self.epochs if data.get("val_wer") is not None]
        if not scored:
            return ""
        rate, epoch = min(scored, key=lambda pair: pair[0])
        return _("best {share} at epoch {epoch}").format(share=percent_text(rate), epoch=epoch)

    def sentences(self) -> list[HeardSentence]:
        """Return the shown clips with what they are heard as."""
        newest: list[dict[str, Any]] = self.heard[-1]["clips"] if self.heard else []
        wanted = [heard["clip"] for heard in newest if heard.get("clip")]
        clips = Clip.objects.visible_to(self.job.owner).in_bulk(wanted) if wanted else {}
        by_id = {str(identity): clip for identity, clip in clips.items()}
        return [
            HeardSentence(
                clip=by_id.get(str(heard.get("clip") or "")),
                said=heard["said"],
                heard=heard["heard"],
                confidence=heard["confidence"],
                alignment=alignment_of(heard["said"], heard["heard"]),
            )
            for heard in newest
        ]


def progress_of(job: TrainingJob) -> Progress:
    """Return a job's progress as its kind is told."""
    return SentencesProgress(job) if kind_of(job) == Kind.SENTENCES else Progress(job)


def kind_of(job: TrainingJob) -> str:
    """Return what a job learns: words or sentences."""
    if job.snapshot:
        return str(job.snapshot.kind)
    return RECIPES[job.recipe].kind if job.recipe in RECIPES else Kind.WORDS


def sentences_meaning(epochs: Sequence[dict[str, Any]]) -> Meaning:
    """Say what the curves say. `epochs` are the epochs' metrics, oldest first."""
    scored = [data for data in epochs if data.get("val_wer") is not None and data.get("val_cer") is not None]
    if not scored:
        return nothing_to_check()
    newest = scored[-1]
    if newest["val_cer"] >= SILENT_FROM:
        return _silent(len(scored))
    if newest["val_wer"] >= LETTERS_FROM:
        wrong = percent_text(newest["val_cer"], decimals=0)
        text = _("It writes letters, not yet words: {share} of the characters are wrong. Words follow quickly now.")
        return Meaning("trending-up", _("The first letters"), text.format(share=wrong))
    earlier = scored[-1 - EPOCHS_LOOKED_BACK] if len(scored) > EPOCHS_LOOKED_BACK else scored[0]
    fall = earlier["val_wer"] - newest["val_wer"]
    if fall > RISE_THAT_COUNTS:
        text = _("Wrong words on validation fell by {points} over the last epochs.").format(points=points_text(fall))
        return Meaning("trending-up", _("Still learning"), text)
    if (newest.get("val_loss") or 0.0) > LOSS_GAP * (newest.get("loss") or 0.0) > 0:
        text = _(
            "It knows its own clips much better than those it is checked on. More speech by more people helps most."
        )
        return Meaning("alert-triangle", _("Learning by heart"), text, kind="warn")
    text = _("Wrong words have hardly changed over the last epochs; the rest makes it steadier.")
    return Meaning("check", _("Polishing"), text)


def _silent(epochs: int) -> Meaning:
    if epochs < LONG_SILENCE_EPOCHS:
        text = _(
            "It answers nothing in the first epochs. That is normal: first it learns when to be silent, then letters."
        )
        return Meaning("trending-up", _("Silent at first"), text)
    text = _(
        "It has written next to nothing for {count} epochs. Mostly there is too little speech, or the texts do not say "
        "what is heard: listen to some clips."
    ).format(count=epochs)
    return Meaning("alert-triangle", _("Still silent"), text, kind="warn")


def _capped(epochs: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Keep a rate inside the chart: more words can be wrong than were said."""
    return [{**data, name: min(1.0, data[name])} for data in epochs if data.get(name) is not None]
