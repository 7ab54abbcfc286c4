"""What one revision changed, line by line and word by word, for reading."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING

from recognition.services.splices import changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recognition.services.segment_edits import Segment

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True)
class Piece:
    """Words that stayed, went or came: `kind` is same, gone or new."""

    kind: str
    text: str


@dataclass(frozen=True)
class ChangedLine:
    """A line of either text, at its start in seconds; only its times changed where no piece went or came."""

    start: float
    pieces: tuple[Piece, ...]

    @property
    def is_of_times(self) -> bool:
        """Say whether the words stayed as they were."""
        return all(piece.kind == SAME for piece in self.pieces)


def changed_lines(old: Sequence[Segment], new: Sequence[Segment]) -> list[ChangedLine]:
    """Return the lines that differ between two revisions, in order."""
    return [
        line
        for splice in changes(old, new)
        for line in _lines(old[splice.at : splice.at + splice.count], splice.segments)
    ]


def _lines(old: Sequence[Segment], new: Sequence[Segment]) -> Iterator[ChangedLine]:
    if len(old) != len(new):
        # A line that was cut or joined is one stretch of words.
        start = (list(old) or list(new))[0]["start"]
        yield ChangedLine(start, tuple(_pieces(_text(old), _text(new))))
        return
    for before, after in zip_longest(old, new):
        yield ChangedLine(after["start"], tuple(_pieces(before["text"], after["text"])))


def _text(segments: Sequence[Segment]) -> str:
    return " ".join(segment["text"] for segment in segments)


def _pieces(old: str, new: str) -> Iterator[Piece]:
    before, after = old.split(), new.split()
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(SAME, " ".join(before[i:j]))
            continue
        if i < j:
            yield Piece(GONE, " ".join(before[i:j]))
        if k < m:
            yield Piece(NEW, " ".join(after[k:m]))
