"""AN4 of Carnegie Mellon, and other databases in the form of CMU Sphinx training."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said, to_be_said
from training_jobs.readers.audio_index import AudioIndex
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.lines import head_lines, lines_of
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.rows import Match, Problem, Row, extension_of
from training_jobs.readers.splits import split_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

TRANSCRIPTION, FILE_IDS = ".transcription", ".fileids"
LINE: Final = re.compile(r"^(?P<text>.*?)\s*\((?P<utterance>[^()\s]+)\)\s*$")
# Marks of sentences and noises, and the numbers of pronunciations, are no words.
NO_WORD: Final = re.compile(r"^(</?s>|<sil>|\+\+.*\+\+)$", re.IGNORECASE)
PRONUNCIATION: Final = re.compile(r"(?<=.)\(\d+\)$")
WAVES: Final = "wav"
RAW: Final = "raw"
# As `recognition.engine.headerless` calls 16 bit samples at 16 kHz; readers know no sound.
RAW_ENCODING: Final = "pcm16_16000"
SURE: Final = 0.99


class An4:
    """`etc/<name>_{train,test}.transcription` and `.fileids`, and the sound below `wav/`; a speaker is a folder.

    A line is `<s> WORDS </s> (utterance)` or `WORDS (utterance)`. Sound may be NIST SPHERE or raw without a header.
    """

    name = "an4"
    title = to_be_said("AN4 or CMU Sphinx")
    grammar = "etc/an4_train.transcription: <s> WORDS </s> (an251-fash-b); etc/an4_train.fileids; wav/an4_clstk/fash/"

    def recognise(self, source: Source) -> Match | None:
        lists = [name for name in _transcriptions(source) if any(map(LINE.match, head_lines(source, name)))]
        if not lists:
            return None
        reason = said("{file} ends its lines with the utterance in brackets, as the lists of AN4 do.", file=lists[0])
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source, audio=AudioIndex(source, extra=frozenset({RAW})))
        for name in _transcriptions(source):
            paths: dict[str, str] = {}
            yield from _read_file_ids(source, name, paths)
            split = split_of_file(name)
            for item in lines_of(source, name):
                entry = item if isinstance(item, Problem) else _entry(name, split, item, paths)
                if isinstance(entry, Problem):
                    yield entry
                    continue
                yield from map(_with_encoding, ledger.judge(entry, below=_places(name)))
        yield from ledger.rest()


def _entry(name: str, split: str, numbered: tuple[int, str], paths: dict[str, str]) -> Row | Problem:
    line, text = numbered
    match = LINE.match(text)
    if match is None:
        message = said("Does not end with the utterance in brackets: WORDS (id).")
        return Problem(name, "row_unreadable", message, line=line)
    utterance = match["utterance"]
    path = paths.get(PurePosixPath(utterance).name, utterance)
    return Row(path, _words(match["text"]), _speaker(path), split, name, line)


def _words(text: str) -> str:
    words = (PRONUNCIATION.sub("", word) for word in text.split() if not NO_WORD.match(word))
    return " ".join(words)


def _speaker(path: str) -> str:
    return PurePosixPath(path).parent.name


def _with_encoding(item: Row | Problem) -> Row | Problem:
    if isinstance(item, Problem) or extension_of(item.member) != RAW:
        return item
    return Row(item.member, item.text, item.speaker, item.split, item.listed_in, item.line, encoding=RAW_ENCODING)


def _read_file_ids(source: Source, transcription: str, paths: dict[str, str]) -> Iterator[Problem]:
    """Fill `paths` by the names of utterances. Bad lines are notes: the utterances they lose are named later."""
    name = transcription.removesuffix(TRANSCRIPTION) + FILE_IDS
    if name not in source.sizes:
        message = said(
            "Has no list of files beside it (.fileids). Recordings are found by their names, without speakers."
        )
        yield Problem(transcription, "list_missing", message, is_clip_lost=False)
        return
    for item in lines_of(source, name):
        if isinstance(item, Problem):
            yield Problem(item.file, item.code, item.message, line=item.line, is_clip_lost=False)
            continue
        line, text = item
        path = text.strip()
        earlier = paths.setdefault(PurePosixPath(path).name, path)
        if earlier != path:
            message = said(
                "Names “{path}”; an earlier line names “{earlier}”, called the same. The earlier one counts.",
                path=path,
                earlier=earlier,
            )
            yield Problem(name, "id_twice", message, line=line, is_clip_lost=False)


def _places(name: str) -> tuple[str, ...]:
    """Return where sound lies, from the folder of the list: AN4 has `etc` and `wav` side by side."""
    return (f"../{WAVES}", WAVES, "")


def _transcriptions(source: Source) -> list[str]:
    return [name for name in source.names if name.endswith(TRANSCRIPTION)]
