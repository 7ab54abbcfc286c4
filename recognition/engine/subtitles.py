"""Words with times become subtitles a person can read.

The rules are those of broadcasters (BBC subtitle guidelines; Netflix timed text style guide): at most two lines of 42
characters, 17 characters a second where there is time and not more than 20 if it can be helped, a cue stands 1 to 7
seconds, two frames lie between cues, and a cue ends where somebody pauses or a sentence does, not between an article
and its noun. A wide character (Chinese, Japanese, Korean) counts as two: 21 fill a line, 8.5 are read in a second.
Which cues to make is decided for a whole stretch of speech at once: the division with the lowest cost (D. Knuth, M.
Plass, 1981: "Breaking paragraphs into lines").
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import regex

from recognition.engine.writing import graphemes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINE_WIDTH = 42
LINES = 2
READ_PER_SECOND = 17.0
READ_PER_SECOND_AT_MOST = 20.0
SHORTEST_MS = 1_000
LONGEST_MS = 7_000
GAP_MS = 80
"""Two frames at 25 frames a second."""

_NEW_TEXT_MS = 1_000
_SENTENCE_END = regex.compile(r"[.!?…。！？؟।]['\"”’»)\]]*$")
_CLAUSE_END = regex.compile(r"[,;:،؛、，；：–—]['\"”’»)\]]*$")
# Scripts that write words without spaces between them: a line may break between any two characters.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
# Small kana, marks and closing signs never begin a line; opening signs never end one (JIS X 4051).
_NOT_FIRST = frozenset("、。，．・：；？！）］｝〕〉》」』】’”ぁぃぅぇぉっゃゅょァィゥェォッャュョーๆฯ,.!?;:)]}%")
_NOT_LAST = frozenset("（［｛〔〈《「『【‘“([{")


@dataclass(frozen=True)
class TimedWord:
    """One word of a text with its times in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Cue:
    """What stands on the screen from one moment to another, in milliseconds."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class _Atom:
    """What is never broken: a word, or one character of a script without spaces."""

    text: str
    width: int
    start_ms: int
    end_ms: int
    has_space_before: bool
    ends_sentence: bool
    ends_clause: bool


def cues_of(words: Iterable[TimedWord], *, duration_seconds: float) -> list[Cue]:
    """Divide the words of a recording, in order, into cues that do not overlap; the last one may stand to the end."""
    atoms = list(_atoms(words))
    ends_ms = max([round(duration_seconds * 1000), *(atom.end_ms for atom in atoms)], default=0)
    cues: list[Cue] = []
    for stretch in _stretches(atoms):
        following = atoms[stretch.stop].start_ms - GAP_MS if stretch.stop < len(atoms) else ends_ms
        cues += _cues_of_stretch(atoms[stretch.start : stretch.stop], until_ms=following)
    return cues


def width_of(text: str) -> int:
    """Give how much room a text takes: one for each grapheme cluster, two for a wide one."""
    return sum(2 if unicodedata.east_asian_width(cluster[0]) in "WF" else 1 for cluster in graphemes(text))


def _atoms(words: Iterable[TimedWord]) -> Iterator[_Atom]:
    """Give the words in milliseconds, each beginning behind the one before; long ones in pieces that fit a line."""
    free_ms = 0
    for word in words:
        pieces = _pieces(word.text)
        start = max(free_ms, round(word.start * 1000))
        end = max(start + max(1, len(pieces)), round(word.end * 1000))  # no two pieces begin at once
        for number, piece in enumerate(pieces):
            first = start + (end - start) * number // len(pieces)
            last = start + (end - start) * (number + 1) // len(pieces)
            yield _atom(piece, first, max(first + 1, last), has_space_before=number == 0)
        free_ms = end


def _atom(text: str, start_ms: int, end_ms: int, *, has_space_before: bool) -> _Atom:
    ends_sentence, ends_clause = bool(_SENTENCE_END.search(text)), bool(_CLAUSE_END.search(text))
    return _Atom(text, width_of(text), start_ms, end_ms, has_space_before, ends_sentence, ends_clause)


def _pieces(word: str) -> list[str]:
    clusters = graphemes(word)
    if _UNSPACED.search(word):
        return _unspaced(clusters)
    if width_of(word) <= LINE_WIDTH:
        return [word]
    return ["".join(clusters[at : at + LINE_WIDTH // 2]) for at in range(0, len(clusters), LINE_WIDTH // 2)]


def _unspaced(clusters: Sequence[str]) -> list[str]:
    """Split between all characters but those that belong to their neighbour."""
    pieces: list[str] = []
    for cluster in clusters:
        belongs = pieces and (
            cluster[0] in _NOT_FIRST or pieces[-1][-1] in _NOT_LAST or _is_latin_run(pieces[-1], cluster)
        )
        if belongs and width_of(pieces[-1]) < LINE_WIDTH // 2:
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    return pieces


def _is_latin_run(piece: str, cluster: str) -> bool:
    """Say whether a foreign word or a number goes on inside a text without spaces."""
    return not _UNSPACED.search(piece) and not _UNSPACED.search(cluster)


def _stretches(atoms: Sequence[_Atom]) -> Iterator[range]:
    """Give the stretches without a pause of a second: no cue spans such a pause."""
    begin = 0
    for place in range(1, len(atoms) + 1):
        if place == len(atoms) or atoms[place].start_ms - atoms[place - 1].end_ms >= _NEW_TEXT_MS:
            yield range(begin, place)
            begin = place


def _cues_of_stretch(atoms: Sequence[_Atom], *, until_ms: int) -> list[Cue]:
    stretch = _Stretch(atoms, until_ms)
    best = [0.0] + [math.inf] * len(atoms)
    came_from = [0] * (len(atoms) + 1)
    for first in range(len(atoms)):
        for last, cost in stretch.costs_from(first):
            if best[first] + cost < best[last + 1]:
                best[last + 1], came_from[last + 1] = best[first] + cost, first
    return [stretch.cue(first, last) for first, last in _bounds(came_from)]


def _bounds(came_from: Sequence[int]) -> list[tuple[int, int]]:
    """Give first and last atom of each cue, in order."""
    bounds: list[tuple[int, int]] = []
    behind = len(came_from) - 1
    while behind:
        bounds.append((came_from[behind], behind - 1))
        behind = came_from[behind]
    return bounds[::-1]


class _Stretch:
    """Speech without a long pause: what each cue that could be made of it costs. It may stand until `until_ms`."""

    def __init__(self, atoms: Sequence[_Atom], until_ms: int) -> None:
        self._atoms = atoms
        self._next_ms = [*(atom.start_ms - GAP_MS for atom in atoms[1:]), until_ms]
        pauses = [after.start_ms - before.end_ms for before, after in pairwise(atoms)]
        self._pause_costs = [0.0, *(_pause_cost(pause) for pause in pauses)]
        self._break_costs = [*map(_break_cost, atoms, atoms[1:], pauses), 0.0]

    def costs_from(self, first: int) -> Iterator[tuple[int, float]]:
        """Give the last atom and the cost of each cue that can begin with this atom."""
        width, pauses = -int(self._atoms[first].has_space_before), 0.0
        for last in range(first, len(self._atoms)):
            atom = self._atoms[last]
            width += atom.width + atom.has_space_before
            pauses += self._pause_costs[last] if last > first else 0.0
            is_too_long = width > LINES * LINE_WIDTH + 1 or atom.end_ms - self._atoms[first].start_ms > LONGEST_MS
            if last > first and is_too_long:
                return
            if width <= LINE_WIDTH or _line_break(self._atoms[first : last + 1]) is not None:
                yield last, pauses + self._break_costs[last] + _standing_cost(width, *self._times(first, last, width))

    def cue(self, first: int, last: int) -> Cue:
        """Make one cue."""
        shown = self._atoms[first : last + 1]
        text = _joined(shown)
        place = _line_break(shown) if width_of(text) > LINE_WIDTH else None
        lines = (text,) if place is None else (_joined(shown[:place]), _joined(shown[place:]))
        return Cue(*self._times(first, last, width_of(text)), lines)

    def _times(self, first: int, last: int, width: int) -> tuple[int, int]:
        """Give start and end: a cue stands as long as reading takes, if the next one leaves the time."""
        start, room_until = self._atoms[first].start_ms, self._next_ms[last]
        wanted = max(self._atoms[last].end_ms, start + SHORTEST_MS, start + math.ceil(width / READ_PER_SECOND * 1000))
        end = min(wanted, room_until, start + LONGEST_MS)
        # Where the next word begins within two frames there is no room for a gap, and still no cue overlaps the next.
        return start, end if end > start else start + max(1, (room_until + GAP_MS - start) // 2)


def _standing_cost(width: int, start_ms: int, end_ms: int) -> float:
    """Weigh a cue: each costs 1; one that must be read too fast, or vanishes too soon, costs more."""
    seconds = (end_ms - start_ms) / 1000
    speed = width / seconds
    too_fast = max(0.0, speed - READ_PER_SECOND) / 4 + max(0.0, speed - READ_PER_SECOND_AT_MOST)
    return 1.0 + too_fast + 4 * max(0.0, SHORTEST_MS / 1000 - seconds)


def _pause_cost(pause_ms: int) -> float:
    """Weigh a pause inside a cue: half a second of it is worth a new cue."""
    return max(0, pause_ms - 300) / 250


def _break_cost(before: _Atom, after: _Atom, pause_ms: int) -> float:
    """Weigh a cue's end where the text goes on: nothing after a sentence, little after a pause, much after neither."""
    if before.ends_sentence:
        return 0.0
    cost = (0.4 if before.ends_clause else 1.2) * math.exp(-max(0, pause_ms) / 250)
    return cost if after.has_space_before else cost + 0.3


def _line_break(atoms: Sequence[_Atom]) -> int | None:
    """Give the atom that begins the second line, so that both fit and are nearly as long; None where none does."""
    total = sum(atom.width + atom.has_space_before for atom in atoms) - atoms[0].has_space_before
    best: tuple[float, int] | None = None
    upper = -int(atoms[0].has_space_before)
    for place in range(1, len(atoms)):
        upper += atoms[place - 1].width + atoms[place - 1].has_space_before
        lower = total - upper - atoms[place].has_space_before
        if upper > LINE_WIDTH:
            break
        if lower <= LINE_WIDTH:
            best = min(best or (math.inf, 0), (_unbalance(atoms[place - 1], atoms[place], upper, lower), place))
    return best[1] if best else None


def _unbalance(before: _Atom, after: _Atom, upper: int, lower: int) -> float:
    """Weigh a line break: even lines, the upper rather the shorter; a break after a comma is worth six characters."""
    uneven = abs(upper - lower) + (1 if upper > lower else 0)
    return uneven - (6 if before.ends_sentence or before.ends_clause else 0) + (0 if after.has_space_before else 2)


def _joined(atoms: Sequence[_Atom]) -> str:
    return "".join((" " if atom.has_space_before and at else "") + atom.text for at, atom in enumerate(atoms))
