"""LJSpeech: a list without a header, its cells separated by pipes."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import PurePosixPath
from statistics import median
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said, to_be_said
from training_jobs.archives.errors import MemberError
from training_jobs.readers.audio_index import AudioIndex
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.records import Line, cells_of
from training_jobs.readers.rows import SPLITS, Match, Problem, Row, extension_of
from training_jobs.readers.splits import split_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from training_jobs.archives import Source

EXTENSIONS: Final = frozenset({"csv", "txt"})
SEPARATOR: Final = "|"
FOLDERS: Final = ("wavs", "wav", "")
FEWEST_CELLS, MOST_CELLS = 2, 3
CELL: Final = r'(?:"(?:[^"]|"")*"|[^"|]*)'
CSV_LINE: Final = re.compile(rf"{CELL}(?:\|{CELL})*")
# A first cell in quotes, or doubled quotes or a pipe within some.
NEEDS_QUOTES: Final = re.compile(r'^"|\|"(?:[^"]|"")*(?:""|\|)(?:[^"]|"")*"(?:\||$)')
# A second cell that never repeats is a speaker only where the third is clearly a sentence.
SENTENCE_WORDS: Final = 3
SURE: Final = 0.96
HEADER_ONLY: Final = 0.6


class LjSpeech:
    """`id|text`, `id|text|text as spoken` or `id|speaker|text` in `metadata.csv`; the sound is `wavs/<id>.wav`.

    Of two texts the one as spoken is read. Quotes are plain text, unless the list is written with quotes as in CSV.
    """

    name = "ljspeech"
    title = "LJSpeech"
    grammar = to_be_said("metadata.csv: a|Text or a|speaker|Text; wavs/a.wav")

    def recognise(self, source: Source) -> Match | None:
        lists = _lists(source)
        if not lists:
            return None
        if _is_there(source, lists[0]):
            reason = said(
                "{file} has no header and separates its cells with “|”, as LJSpeech does, and the recordings it names "
                "are there.",
                file=lists[0],
            )
            return Match(SURE, reason)
        reason = said(
            "{file} has no header and separates its cells with “|”, as LJSpeech does, but the recordings it names "
            "were not found.",
            file=lists[0],
        )
        return Match(HEADER_ONLY, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _lists(source):
            split = split_of_file(name)
            lines: list[Line] = []
            for item in _lines(source, name):
                if isinstance(item, Problem):
                    yield item
                elif FEWEST_CELLS <= len(item.cells) <= MOST_CELLS:
                    lines.append(item)
                else:
                    code = "row_too_short" if len(item.cells) < FEWEST_CELLS else "row_too_long"
                    message = said("Has {count} cells, expected 2 or 3.", count=len(item.cells))
                    yield Problem(name, code, message, line=item.line)
            has_speakers = _has_speakers([line.cells for line in lines])
            for line in lines:
                yield from ledger.judge(_entry(name, split, line, has_speakers=has_speakers), below=FOLDERS)
        yield from ledger.rest()


def _entry(name: str, split: str, line: Line, *, has_speakers: bool) -> Row:
    path, second, *third = line.cells
    last = third[0] if third else ""
    if has_speakers and third:
        return Row(path, last, second, split, name, line.line)
    return Row(path, last if last.strip() else second, "", split, name, line.line)


def _has_speakers(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the second of three cells is a speaker and not the text as it was printed.

    A speaker is one word and comes back with another text; a printed text is, mostly, the spoken one.
    """
    pairs = [(row[1].strip(), row[2].strip()) for row in rows if len(row) == MOST_CELLS]
    if not pairs or any(len(second.split()) != 1 for second, _ in pairs):
        return False
    texts: dict[str, set[str]] = defaultdict(set)
    for second, third in pairs:
        texts[second].add(third.casefold())
    same = sum(1 for second, third in pairs if second.casefold() == third.casefold())
    if 2 * same >= len(pairs):
        return False
    if len(texts) < len(pairs):
        return any(len(said) > 1 for said in texts.values())
    return median(len(third.split()) for _, third in pairs) >= SENTENCE_WORDS


def _lines(source: Source, name: str) -> Iterator[Line | Problem]:
    """Yield the lines, read with CSV's quotes where the list shows that it was written with them."""
    plain = list(cells_of(source, name, delimiter=SEPARATOR, is_quoted=False))
    is_quoted = _is_quoted([SEPARATOR.join(item.cells) for item in plain if isinstance(item, Line)])
    yield from cells_of(source, name, delimiter=SEPARATOR, is_quoted=True) if is_quoted else plain


def _is_quoted(lines: Sequence[str]) -> bool:
    """Say whether quotes are CSV's: most lines that have any follow CSV, and some could not be written without.

    A text that merely begins and ends with a quotation mark shows nothing; an id in quotes does.
    """
    marked = [line for line in lines if '"' in line]
    fitting = [line for line in marked if CSV_LINE.fullmatch(line)]
    return 2 * len(fitting) > len(marked) and any(map(NEEDS_QUOTES.search, fitting))


def _lists(source: Source) -> list[str]:
    return [name for name in source.names if _is_named_so(name) and _is_piped(head_lines(source, name))]


def _is_named_so(name: str) -> bool:
    stem = PurePosixPath(name).stem.lower()
    is_list = stem.startswith("metadata") or "filelist" in stem or stem in SPLITS
    return is_list and extension_of(name) in EXTENSIONS


def _is_piped(lines: list[str]) -> bool:
    piped = sum(1 for line in lines if SEPARATOR in line)
    return bool(lines) and 2 * piped > len(lines)


def _is_there(source: Source, name: str) -> bool:
    audio = AudioIndex(source)
    for line in head_lines(source, name):
        try:
            return bool(audio.find(line.split(SEPARATOR)[0].strip('"'), beside=name, below=FOLDERS))
        except MemberError:
            continue
    return False
