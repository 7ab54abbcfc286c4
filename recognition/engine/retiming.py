"""A corrected text gets the times of what was heard: words that stayed keep theirs, new ones share a neighbour's."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from recognition.engine.error_rates import DELETION, INSERTION, OK, SUBSTITUTION, align
from recognition.engine.text import normalise_for_scoring
from recognition.engine.writing import graphemes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Source = TypeVar("Source")

_ROOM_SECONDS = 0.4
"""A word that was not heard may stretch this far into the silence that follows."""


@dataclass(frozen=True)
class HeardWord(Generic[Source]):
    """One word that was heard, its times in seconds; `source` is what the caller wants back with it."""

    text: str
    start: float
    end: float
    source: Source


@dataclass(frozen=True)
class RetimedWord(Generic[Source]):
    """One word of the corrected text; `source` is that of the heard word whose time it has, or shares."""

    text: str
    start: float
    end: float
    source: Source


@dataclass
class _Slot(Generic[Source]):
    """The time of one heard word and the words of the corrected text that share it."""

    heard: HeardWord[Source]
    words: list[str]
    start: float
    end: float
    is_replaced: bool


def retimed(
    words: Sequence[str], heard: Sequence[HeardWord[Source]], *, until: float | None = None
) -> list[RetimedWord[Source]]:
    """Give each word of a corrected text its time; nothing where nothing was heard, or nothing was said after all.

    `until` is where the recording ends, in seconds.
    """
    if not heard or not words:
        return []
    slots = list(_slots(words, heard))
    found: list[RetimedWord[Source]] = []
    for slot, following in zip(slots, [*slots[1:], None], strict=True):
        found += _shared(slot, until=until if following is None else following.start)
    return found


def _slots(words: Sequence[str], heard: Sequence[HeardWord[Source]]) -> Iterator[_Slot[Source]]:
    """Give the heard words that stayed or were replaced; added words go with the one before them, or the first."""
    slot: _Slot[Source] | None = None
    waiting: list[str] = []
    removed: list[HeardWord[Source]] = []
    said, sound = iter(words), iter(heard)
    for operation in _operations(words, heard):
        if operation == INSERTION:
            removed.append(next(sound))
        elif operation == DELETION:
            (waiting if slot is None else slot.words).append(next(said))
        else:
            if slot is not None:
                yield _widened(slot, behind=removed)
            word = next(sound)
            slot = _Slot(word, [*waiting, next(said)], word.start, word.end, is_replaced=operation == SUBSTITUTION)
            slot = _widened(slot, before=removed)
            waiting, removed = [], []
    if slot is not None:
        yield _widened(slot, behind=removed)


def _widened(
    slot: _Slot[Source], *, before: Sequence[HeardWord[Source]] = (), behind: Sequence[HeardWord[Source]] = ()
) -> _Slot[Source]:
    """Give a word that replaced several the time of all of them: what was taken out right before or behind it."""
    if not slot.is_replaced:
        return slot
    for word in reversed(before):
        if slot.start - word.end < _ROOM_SECONDS:
            slot.start = min(slot.start, word.start)
    for word in behind:
        if word.start - slot.end < _ROOM_SECONDS:
            slot.end = max(slot.end, word.end)
    return slot


def _operations(words: Sequence[str], heard: Sequence[HeardWord[Source]]) -> list[str]:
    """Align by what is said, not by how it is written; the equal beginning and end need no alignment."""
    ours, theirs = [_key(word) for word in words], [_key(word.text) for word in heard]
    shorter = min(len(ours), len(theirs))
    before = next((at for at in range(shorter) if ours[at] != theirs[at]), shorter)
    rest = shorter - before
    behind = next((at for at in range(rest) if ours[-1 - at] != theirs[-1 - at]), rest)
    middle = align(ours[before : len(ours) - behind], theirs[before : len(theirs) - behind])
    return [OK] * before + [operation for operation, _, _ in middle] + [OK] * behind


def _key(word: str) -> str:
    return normalise_for_scoring(word) or word


def _shared(slot: _Slot[Source], *, until: float | None) -> Iterator[RetimedWord[Source]]:
    """Divide a slot among its words by their length; with added words it stretches into free time behind it."""
    start, end = slot.start, slot.end
    if len(slot.words) > 1:
        end = max(end, slot.heard.end + _ROOM_SECONDS * (len(slot.words) - 1))
    if until is not None and until > start:
        end = min(end, until)
    lengths = [len(graphemes(word)) + 1 for word in slot.words]
    edges = [start + (end - start) * sum(lengths[:at]) / sum(lengths) for at in range(len(lengths) + 1)]
    for word, (first, last) in zip(slot.words, pairwise(edges), strict=True):
        yield RetimedWord(word, first, last, slot.heard.source)
