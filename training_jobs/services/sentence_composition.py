"""What a dataset of sentences is made of besides the figures of every dataset: speech per split, words per text,
characters. Everything but the characters is counted by the database."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, F, Sum
from django.db.models.expressions import Value
from django.db.models.functions import Floor, Length, Replace

from recognition.engine.errors import EngineError
from recognition.engine.writing import graphemes, written
from training_jobs.models import Clip
from training_jobs.services.import_characters import RARE_BELOW
from training_jobs.services.remembered import remembered
from training_jobs.services.text_rules import ready_texts, text_rules_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from training_jobs.models import Dataset

BARS: Final = 15
LABELS_SHOWN: Final = 5
WIDTHS: Final = (1, 2, 5, 10, 20, 50)
SHOWN_SHARE: Final = 0.99
MIDDLE: Final = (0.25, 0.75)


@dataclass(frozen=True)
class SplitLine:
    """One split that the dataset itself names."""

    name: str
    clips: int
    seconds: float


@dataclass(frozen=True)
class SentenceComposition:
    """Charts are in the shape the chart script reads."""

    splits: tuple[SplitLine, ...]
    words: int
    text_lengths: dict[str, Any]
    middle_half_words: tuple[int, int]
    durations: dict[str, Any]
    middle_half_seconds: tuple[int, int]


@dataclass(frozen=True)
class CharacterCount:
    """A character as it would be learned, and how often it occurs."""

    text: str
    count: int
    is_rare: bool


def sentence_composition(dataset: Dataset) -> SentenceComposition:
    """Return what only sentences have, remembered until a clip changes."""
    return remembered(dataset, SentenceComposition, lambda: _composition(dataset))


def _composition(dataset: Dataset) -> SentenceComposition:
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY).order_by()
    words = _counted(ready.annotate(words=_word_count()), F("words"))
    seconds = _counted(ready, Floor(F("duration_seconds")))
    return SentenceComposition(
        splits=_splits(ready),
        words=sum(length * clips for length, clips in words.items()),
        text_lengths=_histogram(words),
        middle_half_words=_middle_half(words),
        durations=_histogram(seconds),
        middle_half_seconds=_middle_half(seconds),
    )


def characters_of(dataset: Dataset) -> list[CharacterCount]:
    """Count the characters of the ready texts, written by the dataset's rules, in the order of their code points.

    Texts that the rules refuse are left aside, as they are in training.
    """
    rules = text_rules_of(dataset)
    texts = []
    for text in ready_texts(dataset):
        with suppress(EngineError):
            texts.append(written(text, rules))
    counts = character_counts(texts)
    return [CharacterCount(text, counts[text], counts[text] < RARE_BELOW) for text in sorted(counts)]


def character_counts(texts: Iterable[str]) -> Counter[str]:
    """Count the characters of written texts, but for the space; word by word, as most words come again."""
    characters: Counter[str] = Counter()
    for word, count in Counter(word for text in texts for word in text.split()).items():
        for one in graphemes(word):
            characters[one] += count
    return characters


def _word_count() -> Any:
    """Count the words of a text: one more than its spaces, since texts are kept with single ones."""
    return Length("text") - Length(Replace("text", Value(" "), Value(""))) + 1


def _counted(clips: QuerySet[Clip], value: Any) -> dict[int, int]:
    rows = clips.values_list(value).annotate(clips=Count("status"))
    return {int(number): count for number, count in rows}


def _splits(ready: QuerySet[Clip]) -> tuple[SplitLine, ...]:
    rows = ready.exclude(split="").values_list("split").annotate(clips=Count("status"), seconds=Sum("duration_seconds"))
    found = {split: SplitLine(split, clips, seconds) for split, clips, seconds in rows}
    return tuple(found[split] for split in Clip.Split.values if split in found)


def _histogram(counts: dict[int, int]) -> dict[str, Any]:
    """Fold counts by whole numbers into at most so many bars; the last one takes all that is longer."""
    width = next((width for width in WIDTHS if _quantile(counts, SHOWN_SHARE) < width * BARS), WIDTHS[-1])
    bars = min(BARS, max(counts, default=0) // width + 1)
    folded = [0] * bars
    for number, count in counts.items():
        folded[min(number // width, bars - 1)] += count
    labels = [str(bar * width) for bar in range(bars)]
    if max(counts, default=0) >= bars * width:
        labels[-1] += "+"
    return {"labels": labels, "counts": folded, "low": [], "every": max(1, bars // LABELS_SHOWN)}


def _middle_half(counts: dict[int, int]) -> tuple[int, int]:
    return _quantile(counts, MIDDLE[0]), _quantile(counts, MIDDLE[1])


def _quantile(counts: dict[int, int], share: float) -> int:
    """Return the number below or at which `share` of the clips are."""
    total, seen = sum(counts.values()), 0
    for number, count in sorted(counts.items()):
        seen += count
        if seen >= share * total:
            return number
    return 0
