"""TextGrids of Praat, in the long and in the short form."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from recognition.engine.language import said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.lines import head_lines
from training_jobs.readers.praat_tokens import Token, tokens
from training_jobs.readers.rows import Problem, not_utf8
from training_jobs.readers.spans import UNNAMED, Span
from training_jobs.readers.text import annotation_lines
from training_jobs.readers.tiers import Tier, TieredFile, TieredFiles, tier_text

if TYPE_CHECKING:
    from training_jobs.archives import Source
    from training_jobs.readers.text import Lines

INTERVALS, POINTS = "IntervalTier", "TextTier"
KINDS = {INTERVALS, POINTS}
HEAD_NUMBERS = 3
MOST_INTERVALS = 10**8
INTERVAL_NUMBERS = 2
BETWEEN_SPEAKER_AND_KIND = " - "


class TextGrids(TieredFiles):
    """`talk.TextGrid` beside `talk.wav`: interval tiers with a text for each interval; points have no length."""

    name = "textgrid"
    title = "Praat TextGrid"
    grammar = 'Object class = "TextGrid", IntervalTier'
    extensions = frozenset({"textgrid"})

    def looks_right(self, source: Source, name: str) -> bool:
        return any("TextGrid" in line for line in head_lines(source, name)[:HEAD_NUMBERS])

    def parse(self, source: Source, name: str) -> TieredFile:
        lines = annotation_lines(source, name)
        if not any("TextGrid" in text for text in lines.texts[:HEAD_NUMBERS]):
            message = said(
                "Is no TextGrid: its first lines do not say so. Save it in Praat as a text file, not as a binary one."
            )
            raise MemberError("file_unreadable", message)
        parser = _Parser(name, lines)
        for token in tokens("\n".join(lines.texts)):
            parser.take(token)
        return parser.finished()


class _Parser:
    """Builds tiers out of tokens. How many tiers and intervals there should be is not believed: an interval ends with
    its text, so one that is broken does not take the next ones with it."""

    def __init__(self, file: str, lines: Lines) -> None:
        self._file = file
        self._damaged = lines.damaged
        self._last_line = len(lines.texts)
        self._tiers: list[Tier] = []
        self._points: dict[str, int] = {}
        self._point_tier = ""
        self._problems: list[Problem] = []
        self._kind = ""
        self._is_named = False
        self._numbers: list[Token] = []
        self._head: list[float] = []

    def take(self, token: Token) -> None:
        if token.is_open:
            message = said(
                "Breaks off: the quote that opens in line {line:,} is never closed. What is before is kept.",
                line=token.line,
            )
            self._problems.append(Problem(self._file, "file_unreadable", message, line=token.line))
        elif token.text is None:
            self._number(token)
        elif token.text in KINDS and not self._numbers:
            self._close()
            self._kind, self._is_named, self._head = token.text, False, []
        elif self._kind and not self._is_named:
            self._name(token.text)
        elif self._kind:
            self._text(token)

    def finished(self) -> TieredFile:
        self._close()
        for name, count in self._points.items():
            message = said(
                "The tier “{tier}” holds {count:,} points, which have no length. Left out.",
                tier=tier_text(name),
                count=count,
            )
            self._problems.append(Problem(self._file, "points_left_out", message, is_clip_lost=False))
        return TieredFile(self._tiers, problems=self._problems)

    def _number(self, token: Token) -> None:
        if not self._is_named:
            return
        if len(self._head) < HEAD_NUMBERS:
            self._head.append(token.number)
        else:
            self._numbers.append(token)

    def _name(self, text: str) -> None:
        self._is_named = True
        name = text.strip() or UNNAMED
        if self._kind == INTERVALS:
            speaker, between, kind = name.partition(BETWEEN_SPEAKER_AND_KIND)
            is_pair = bool(between and speaker.strip() and kind.strip())
            self._tiers.append(Tier(name, kind=kind.strip(), speaker=speaker.strip() if is_pair else ""))
        else:
            self._point_tier = name
            self._points.setdefault(name, 0)

    def _text(self, token: Token) -> None:
        numbers, self._numbers = self._numbers, []
        if self._kind == POINTS:
            self._points[self._point_tier] += bool(token.text)
            return
        self._tiers[-1].spans.append(self._span(numbers, token))

    def _span(self, numbers: list[Token], token: Token) -> Span | Problem:
        line = numbers[0].line if numbers else token.line
        text = " ".join((token.text or "").split())
        if any(one in self._damaged for one in range(token.line, token.last_line + 1)):
            return not_utf8(self._file, line=token.line)
        times = [one.number for one in numbers if math.isfinite(one.number)]
        if len(numbers) != INTERVAL_NUMBERS or len(times) != INTERVAL_NUMBERS:
            message = said(
                "The interval “{text}” has {count} times that can be read; it needs 2.",
                text=text[:60],
                count=len(times),
            )
            return Problem(self._file, "times_unreadable", message, line=line)
        return Span(text, times[0], times[1], line=line)

    def _close(self) -> None:
        """Say what is missing at the end of a tier: a file that breaks off between two intervals is short as well."""
        if self._kind != INTERVALS or not self._is_named:
            return
        counted, found = self._head[-1] if len(self._head) == HEAD_NUMBERS else 0, len(self._tiers[-1].spans)
        if found < counted <= MOST_INTERVALS:
            message = said(
                "The tier “{tier}” should hold {expected:,.0f} intervals and holds {found:,}.",
                tier=tier_text(self._tiers[-1].name),
                expected=counted,
                found=found,
            )
            note = Problem(self._file, "file_unreadable", message, line=self._last_line, is_clip_lost=False)
            self._problems.append(note)
