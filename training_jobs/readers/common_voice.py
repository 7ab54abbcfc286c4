"""Mozilla Common Voice: tables for the splits beside a folder of clips."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from recognition.engine.language import said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.records import header_of, records_of
from training_jobs.readers.rows import Match, Problem, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

# In the order in which they are read: `validated` repeats what the others list, and holds more. `unsplit` is no table
# of Common Voice: exports of this site list there what is in none of their splits.
SPLIT_OF: Final = {"train": "train", "dev": "validation", "test": "test", "unsplit": "", "validated": ""}
ALL: Final = "validated"
HELD_OUT: Final = frozenset({"validation", "test"})
NOT_AGREED: Final = ("other", "invalidated")
COLUMNS: Final = frozenset({"client_id", "path", "sentence"})
FOLDERS: Final = ("clips", "")
SURE: Final = 0.97


class CommonVoice:
    """`<language>/{train,dev,test,validated}.tsv` and `clips/`; the speaker is client_id. Quotes are plain text.

    Of what only `validated.tsv` lists, clips whose speaker or sentence is in dev or test are left out: trained on,
    they would make the test easier than it is. `other.tsv` and `invalidated.tsv` are left out: nobody agreed on them.
    """

    name = "common_voice"
    title = "Common Voice"
    grammar = "train.tsv: client_id, path, sentence; clips/common_voice_en_1.mp3"

    def recognise(self, source: Source) -> Match | None:
        tables = _tables(source, tuple(SPLIT_OF))
        if not tables:
            return None
        reason = said("{file} has the columns of Common Voice: client_id, path and sentence.", file=tables[0])
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        languages: dict[str, _Splits] = defaultdict(_Splits)
        for name in _tables(source, tuple(SPLIT_OF)):
            path = PurePosixPath(name)
            splits, left_out = languages[path.parent.as_posix()], 0
            for entry in _entries(source, name, SPLIT_OF[path.stem]):
                if isinstance(entry, Problem):
                    yield entry
                elif path.stem != ALL:
                    splits.remember(entry)
                    yield from ledger.judge(entry, below=FOLDERS)
                elif splits.holds_out(entry):
                    left_out += 1
                elif entry.member not in splits.paths:
                    yield from ledger.judge(entry, below=FOLDERS)
            if left_out:
                message = said(
                    "Lists {count:,} clips more whose speaker or sentence is in dev or test. They are left out.",
                    count=left_out,
                )
                yield Problem(name, "held_out", message, is_clip_lost=False)
        yield from _not_agreed(source)
        yield from ledger.rest()


@dataclass
class _Splits:
    """What the splits of one language hold, to judge by it what only `validated.tsv` lists."""

    paths: set[str] = field(default_factory=set)
    speakers: set[str] = field(default_factory=set)
    sentences: set[str] = field(default_factory=set)

    def remember(self, entry: Row) -> None:
        """Take note of an entry of a table other than `validated.tsv`."""
        self.paths.add(entry.member)
        if entry.split in HELD_OUT:
            self.speakers.add(entry.speaker)
            self.sentences.add(entry.text)

    def holds_out(self, entry: Row) -> bool:
        """Say whether an entry that only `validated.tsv` has would tell of what is held out."""
        if entry.member in self.paths:
            return False
        return (bool(entry.speaker) and entry.speaker in self.speakers) or entry.text in self.sentences


def _not_agreed(source: Source) -> Iterator[Problem]:
    for name in _tables(source, NOT_AGREED):
        count = sum(1 for entry in _entries(source, name, "") if isinstance(entry, Row))
        if count:
            message = said("Lists {count:,} clips on which listeners have not agreed. They are left out.", count=count)
            yield Problem(name, "not_agreed", message, is_clip_lost=False)


def _entries(source: Source, name: str, split: str) -> Iterator[Row | Problem]:
    for record in records_of(source, name, delimiter="\t", is_quoted=False):
        if isinstance(record, Problem):
            yield record
            continue
        path, sentence, speaker = (record.get(column) for column in ("path", "sentence", "client_id"))
        yield Row(path, sentence, speaker, split, name, record.line)


def _tables(source: Source, stems: tuple[str, ...]) -> list[str]:
    """Return the tables with these names and the columns of Common Voice, in the order of the names."""
    named = {name: PurePosixPath(name) for name in source.names if name.endswith(".tsv")}
    fitting = [name for name, path in named.items() if path.stem in stems and _fits(source, name)]
    return sorted(fitting, key=lambda name: stems.index(named[name].stem))


def _fits(source: Source, name: str) -> bool:
    return set(header_of(source, name, delimiter="\t")) >= COLUMNS
