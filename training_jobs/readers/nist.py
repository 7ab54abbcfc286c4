"""STM and CTM of NIST: lists that name the recording in each line."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from functools import reduce
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from recognition.engine.language import said
from training_jobs.readers.aligned import A_FEW, LOOKED_AT, MOST_RECORDINGS, SURE, WITHOUT_SOUND, unused
from training_jobs.readers.lines import head_lines, lines_of
from training_jobs.readers.options import EACH, JOINED, NO_OPTIONS, Options, Question
from training_jobs.readers.recordings import Recordings, folder_splits
from training_jobs.readers.rows import Match, Problem, extension_of
from training_jobs.readers.spans import Place, Span, rows_of
from training_jobs.readers.times import number
from training_jobs.readers.word_times import TimedWord, pieces_of, pieces_question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source
    from training_jobs.readers.rows import Row

COMMENT = ";;"
HEAD_LINES = 200
STM_CELLS = 5
CTM_CELLS = 5
IGNORED = "ignore_time_segment_in_scoring"
OF_NOBODY = frozenset({"inter_segment_gap", IGNORED})
LABEL = re.compile(r"<[^<>\s]*>")
UNKNOWN = "<unk>"
NO_WORD = re.compile(r"<[^<>\s]*>|\{[^{}/]*\}|\[[^\[\]]*\]|\(%[^()]*\)")
CHOICE = re.compile(r"\{([^{}/]*)/[^{}]*\}")
OPTIONAL = re.compile(r"\(([^()]*)\)")
VARIANT = re.compile(r"(?<=\w)\(\d{1,2}\)")
CLITIC = re.compile(r" ('(?:s|re|ll|ve|d|m|t)\b)")


class Line(NamedTuple):
    """One line: the recording and channel it names, and its piece, its word, or why it has none."""

    recording: str
    channel: str
    item: Span | TimedWord


class NistList(ABC):
    """What STM and CTM have in common."""

    name: ClassVar[str]
    title: ClassVar[str]
    grammar: ClassVar[str]
    extension: ClassVar[str]

    @abstractmethod
    def line(self, file: str, number_of_line: int, text: str) -> Line | Problem | None:
        """Read one line that is no comment; None where it is to be left out."""

    @abstractmethod
    def spans(self, items: Sequence[Span | TimedWord], options: Options) -> Iterator[Span]:
        """Yield the pieces that the lines of one recording and channel make."""

    def recognise(self, source: Source) -> Match | None:
        recordings = Recordings(source)
        files = [name for name in source.names if extension_of(name) == self.extension]
        named: dict[str, str | None] = {}
        for file in files[:LOOKED_AT]:
            for line in _content(head_lines(source, file, most=HEAD_LINES)):
                if isinstance(read := self.line(file, 1, line), Line):
                    named[read.recording] = recordings.named(read.recording, beside=file)
        if not named:
            return None
        found = {name for name in named.values() if name}
        what = {"file": files[0], "title": self.title}
        if not found:
            reason = said("{file} is {title}, but the recordings it names were not found.", **what)
            return Match(WITHOUT_SOUND, reason)
        sure = SURE if len(found) >= MOST_RECORDINGS * min(len(named), len(recordings.names)) else A_FEW
        return Match(sure, said("{file} is {title}, and recordings it names are there.", **what))

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        recordings = Recordings(source)
        files = [name for name in source.names if extension_of(name) == self.extension]
        splits = folder_splits(files)
        used: set[str] = set()
        for file in files:
            lists: dict[str, dict[str, list[Span | TimedWord]]] = defaultdict(lambda: defaultdict(list))
            yield from self._lists(source, file, lists)
            for name, channels in lists.items():
                member = recordings.named(name, beside=file)
                if member is None:
                    yield _missing(file, name, channels)
                    continue
                used.add(member)
                yield from self._recording(Place(member, file, splits.get(file, "")), channels, options)
        yield from unused(recordings, used)

    def _lists(
        self, source: Source, file: str, lists: dict[str, dict[str, list[Span | TimedWord]]]
    ) -> Iterator[Problem]:
        """Fill `lists` with what one file says, by recording and channel."""
        left_out: list[int] = []
        for item in lines_of(source, file):
            if isinstance(item, Problem):
                yield item
                continue
            number_of_line, text = item
            if text.lstrip().startswith(COMMENT):
                continue
            read = self.line(file, number_of_line, text)
            if isinstance(read, Problem):
                yield read
            elif read is None:
                left_out.append(number_of_line)
            else:
                lists[read.recording][read.channel].append(read.item)
        if left_out:
            message = said(
                "{count:,} lines say that nothing is to be read in them, or name no word. Left out.",
                count=len(left_out),
            )
            yield Problem(file, "not_a_word", message, line=left_out[0], is_clip_lost=False)

    def _recording(
        self, place: Place, channels: dict[str, list[Span | TimedWord]], options: Options
    ) -> Iterator[Row | Problem]:
        if len(channels) > 1:
            names = reduce(lambda one, other: said("{one} and {other}", one=one, other=other), sorted(channels)[:4])
            message = said(
                "Names the channels {channels} of “{recording}”. Its channels are mixed: all voices are heard.",
                channels=names,
                recording=place.member,
            )
            yield Problem(place.listed_in, "channels_mixed", message, is_clip_lost=False)
        spans = (span for items in channels.values() for span in self.spans(items, options))
        # Over both channels in the order of time, so that what overlaps is seen.
        ordered: list[Span] = sorted(spans, key=lambda span: (span.start, span.end))
        yield from rows_of(place, ordered)


class Stm(NistList):
    """`FILE CHANNEL SPEAKER START END [<LABEL>] TEXT`; `;;` begins a comment."""

    name = "stm"
    title = "NIST STM"
    grammar = "talk 1 ana 12.40 15.90 <o,f0,female> text"
    extension = "stm"

    def line(self, file: str, number_of_line: int, text: str) -> Line | Problem | None:
        cells = text.split(None, STM_CELLS)
        if len(cells) < STM_CELLS:
            return _short(file, number_of_line, len(cells), "FILE CHANNEL SPEAKER START END TEXT")
        recording, channel, speaker = cells[:3]
        start, end = number(cells[3]), number(cells[4])
        if start is None or end is None:
            return _bad_times(file, number_of_line, cells[3:5])
        words = cells[STM_CELLS].strip() if len(cells) > STM_CELLS else ""
        label = LABEL.match(words)
        words = words[label.end() :] if label and "," in label[0] else words
        if IGNORED in words.lower() or speaker.lower() in OF_NOBODY:
            return None
        if UNKNOWN in words.lower():
            message = said(
                "Holds a word that nobody wrote down (“{text}”), so its text is incomplete. Left out.",
                text=words.strip()[:60],
            )
            return Problem(file, "text_incomplete", message, line=number_of_line)
        return Line(recording, channel, Span(stm_words(words), start, end, speaker=speaker, line=number_of_line))

    def spans(self, items: Sequence[Span | TimedWord], options: Options) -> Iterator[Span]:
        yield from (item for item in items if isinstance(item, Span))


class Ctm(NistList):
    """`FILE CHANNEL START DURATION WORD [CONFIDENCE]`: one word in each line, joined to clips at the pauses."""

    name = "ctm"
    title = "NIST CTM"
    grammar = "talk 1 12.40 0.32 word 0.98"
    extension = "ctm"

    def line(self, file: str, number_of_line: int, text: str) -> Line | Problem | None:
        cells = text.split()
        if len(cells) < CTM_CELLS:
            return _short(file, number_of_line, len(cells), "FILE CHANNEL START DURATION WORD")
        start, duration = number(cells[2]), number(cells[3])
        if start is None or duration is None:
            return _bad_times(file, number_of_line, cells[2:4])
        word = VARIANT.sub("", cells[4])
        if NO_WORD.fullmatch(word):
            return None
        return Line(cells[0], cells[1], TimedWord(word, start, start + duration, line=number_of_line))

    def spans(self, items: Sequence[Span | TimedWord], options: Options) -> Iterator[Span]:
        words = [item for item in items if isinstance(item, TimedWord)]
        if options.pieces == EACH:
            return (Span(word.word, word.start, word.end, line=word.line) for word in words)
        return pieces_of(words)

    def questions(self, source: Source) -> list[Question]:
        """Ask whether words are joined."""
        return [pieces_question(JOINED, said("the cat sat down"))]


def stm_words(text: str) -> str:
    """Return the words of a segment: the first of alternatives, no noises, no hesitations, no numbers."""
    plain = NO_WORD.sub(" ", CHOICE.sub(r" \1 ", VARIANT.sub("", text)))
    plain = OPTIONAL.sub(r" \1 ", plain)
    return CLITIC.sub(r"\1", " ".join(plain.split()))


def _content(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith(COMMENT)]


def _missing(file: str, name: str, channels: dict[str, list[Span | TimedWord]]) -> Problem:
    items = [item for held in channels.values() for item in held]
    message = said(
        "Names the recording “{recording}” in {count:,} lines, which is not in the upload. Add it.",
        recording=name,
        count=len(items),
    )
    return Problem(file, "file_missing", message, line=items[0].line)


def _short(file: str, line: int, count: int, expected: str) -> Problem:
    message = said("Has {count} cells; {columns} are expected.", count=count, columns=expected)
    return Problem(file, "row_too_short", message, line=line)


def _bad_times(file: str, line: int, cells: Sequence[str]) -> Problem:
    one, other = (cell[:20] for cell in cells)
    message = said("Has the times “{one}” and “{other}”; seconds are expected.", one=one, other=other)
    return Problem(file, "times_unreadable", message, line=line)
