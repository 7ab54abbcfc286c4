"""Clips of another dataset, as words that a recogniser of this one learns to turn away."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from recognition.models.recognizers import Kind
from speechsite.lib.errors import ServiceError
from training_jobs.labels import NO_WORDS, NOISE, OTHER
from training_jobs.services.splits import (
    TEST,
    TRAIN,
    ClipRow,
    noise_learned,
    splits_of,
    stable_share,
    suggested_method,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from training_jobs.models import Dataset

# As many as a third of the words' own clips: a network that sees more of them takes words of new voices for others.
MOST_SHARE: Final = 1 / 3
FEWEST: Final = 20


def check_other_words(source: Dataset, *, dataset: Dataset) -> None:
    """Refuse a dataset that no other words can be taken from.

    Raises ServiceError: other_words_of_sentences, other_words_of_itself.
    """
    if dataset.kind != Kind.WORDS or source.kind != Kind.WORDS:
        sentences = dataset if dataset.kind != Kind.WORDS else source
        message = _("Other words can only be taken from words, for words. {name} holds sentences.")
        raise ServiceError("other_words_of_sentences", message.format(name=sentences.name))
    if source.pk == dataset.pk:
        message = _("{name} is what is learned from. Take the other words from another dataset of words.")
        raise ServiceError("other_words_of_itself", message.format(name=source.name))


def with_other_words(
    rows: Sequence[ClipRow],
    splits: Sequence[str],
    others: Sequence[ClipRow],
    *,
    seed: int,
    learned: Mapping[str, str],
) -> tuple[list[ClipRow], list[str]]:
    """Return clips and splits with clips of other words behind them, under the label that is turned away.

    Words that are learned, and samples that are there already, are not taken; of the rest as many as `MOST_SHARE`
    of the words' clips, by a stable hash. Where speakers are known they are kept apart among the others, too; one
    whom both datasets have stays on the side where the words' clips put them, and what was `learned` before on its own.
    """
    chosen = _chosen(rows, others)
    if not chosen:
        return list(rows), list(splits)
    renamed = [row._replace(text=NOISE if row.text == NOISE else OTHER, split="") for row in chosen]
    drawn = splits_of(renamed, method=suggested_method(renamed), options={}, seed=seed)
    known = _sides_of_speakers(rows, splits)
    sides = [learned.get(row.sha256, known.get(row.speaker, side)) for row, side in zip(renamed, drawn, strict=True)]
    return [*rows, *renamed], [*splits, *noise_learned(renamed, sides)]


def _chosen(rows: Sequence[ClipRow], others: Sequence[ClipRow]) -> list[ClipRow]:
    words, hashes = words_of(rows), {row.sha256 for row in rows}
    fitting = [row for row in others if row.text not in words and row.sha256 not in hashes]
    ranked = sorted(fitting, key=lambda row: stable_share(row.sha256, salt="other words"))
    own = sum(row.text not in NO_WORDS for row in rows)
    return ranked[: max(FEWEST, round(MOST_SHARE * own))]


def _sides_of_speakers(rows: Sequence[ClipRow], splits: Sequence[str]) -> dict[str, str]:
    """Return the side of each speaker who is on one alone, or not in the test; those who are everywhere have none."""
    sides: dict[str, set[str]] = defaultdict(set)
    for row, split in zip(rows, splits, strict=True):
        if row.speaker:
            sides[row.speaker].add(split)
    alone = {speaker: next(iter(found)) for speaker, found in sides.items() if len(found) == 1}
    return {**{speaker: TRAIN for speaker, found in sides.items() if TEST not in found}, **alone}
