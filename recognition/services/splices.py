"""Changes of a list of segments, and how two people's changes come together without losing a word of either."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from recognition.services.segment_edits import with_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recognition.services.segment_edits import Segment, Word

_Region = tuple[int, int, list[Any]]


@dataclass(frozen=True)
class Splice:
    """The `count` segments from `at` on become `segments`."""

    at: int
    count: int
    segments: list[Segment]

    @property
    def is_of_one(self) -> bool:
        """Say whether one segment stays one."""
        return self.count == 1 and len(self.segments) == 1

    def applied(self, segments: Sequence[Segment]) -> list[Segment]:
        """Return the changed list."""
        return [*segments[: self.at], *self.segments, *segments[self.at + self.count :]]

    def behind(self, earlier: Splice) -> Splice | None:
        """Return this change in the list that `earlier` left; None where both change the same segments."""
        if earlier.at + earlier.count <= self.at:
            return Splice(self.at + len(earlier.segments) - earlier.count, self.count, self.segments)
        return self if self.at + self.count <= earlier.at else None

    def as_dict(self) -> dict[str, Any]:
        """Return what a row keeps."""
        return {"at": self.at, "count": self.count, "segments": self.segments}


def all_applied(segments: Sequence[Segment], splices: Sequence[Splice]) -> list[Segment]:
    """Apply changes of one list that do not overlap, the last first."""
    changed = list(segments)
    for splice in sorted(splices, key=lambda splice: splice.at, reverse=True):
        changed = splice.applied(changed)
    return changed


def smallest(old: Sequence[Segment], new: Sequence[Segment]) -> Splice:
    """Return the one change between two lists, without what is equal at their beginnings and ends."""
    shorter = min(len(old), len(new))
    before = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    rest = shorter - before
    behind = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    return Splice(before, len(old) - before - behind, list(new[before : len(new) - behind]))


def changes(old: Sequence[Segment], new: Sequence[Segment]) -> list[Splice]:
    """Return the changes between two lists, each as small as can be, in order."""
    whole = smallest(old, new)
    if not whole.count and not whole.segments:
        return []
    if whole.count * len(whole.segments) <= 1:
        return [whole]
    ours = [json.dumps(segment) for segment in old[whole.at : whole.at + whole.count]]
    theirs = [json.dumps(segment) for segment in whole.segments]
    return [
        Splice(whole.at + start, end - start, whole.segments[first:last])
        for start, end, first, last in _steps(ours, theirs)
    ]


def _steps(ours: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    for tag, start, end, first, last in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if end - start == last - first:
            yield from ((start + n, start + n + 1, first + n, first + n + 1) for n in range(end - start))
        else:
            yield start, end, first, last


def rebased(mine: Splice, *, base: Sequence[Segment], later: Sequence[Splice], now: Sequence[Segment]) -> Splice | None:
    """Return my change of `base` as a change of `now`, which came of it by the `later` ones.

    Two people's changes of different words of one segment are put together. None where they changed the same words, or
    one cut or joined what the other wrote: nothing is guessed.
    """
    at, touched = mine, False
    for splice in later:
        moved = at.behind(splice)
        if moved is None:
            if not (splice.is_of_one and mine.is_of_one):
                return None
            touched = True
        else:
            at = moved
    if not touched:
        return at
    merged = _merged(base[mine.at], theirs=now[at.at], mine=mine.segments[0])
    return None if merged is None else Splice(at.at, 1, [merged])


def _merged(base: Segment, *, theirs: Segment, mine: Segment) -> Segment | None:
    words = _merged_words(base["words"], theirs["words"], mine["words"])
    if words is None:
        return None
    edges = {edge: mine[edge] if mine[edge] != base[edge] else theirs[edge] for edge in ("start", "end")}
    return with_words({**theirs, **edges}, words)


def _merged_words(base: list[Word], theirs: list[Word], mine: list[Word]) -> list[Word] | None:
    regions = _regions(base, theirs)
    for region in _regions(base, mine):
        same = next((other for other in regions if _is_same(region, other)), None)
        if same is None:
            if any(_overlap(region, other) for other in regions):
                return None
            regions.append(region)
    merged = list(base)
    for start, end, words in sorted(regions, key=lambda region: region[:2], reverse=True):
        merged[start:end] = words
    return merged


def _regions(base: list[Word], changed: list[Word]) -> list[_Region]:
    matcher = SequenceMatcher(None, [_key(word) for word in base], [_key(word) for word in changed], autojunk=False)
    return [(i, j, changed[k:m]) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]


def _key(word: Word) -> tuple[Any, ...]:
    return word["word"], word["start"], word["end"], word["confidence"]


def _is_same(one: _Region, other: _Region) -> bool:
    return one[:2] == other[:2] and [w["word"] for w in one[2]] == [w["word"] for w in other[2]]


def _overlap(one: _Region, other: _Region) -> bool:
    is_at_one_place = one[0] == other[0] and (one[0] == one[1] or other[0] == other[1])
    return is_at_one_place or (one[0] < other[1] and other[0] < one[1])
