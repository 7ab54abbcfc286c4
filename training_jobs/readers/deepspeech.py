"""DeepSpeech and Coqui STT: a CSV file for each split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recognition.engine.language import said, to_be_said
from training_jobs.readers.ledger import Ledger
from training_jobs.readers.options import NO_OPTIONS, Options
from training_jobs.readers.records import header_of, records_of
from training_jobs.readers.rows import Match, Problem, Row, extension_of
from training_jobs.readers.splits import split_of_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training_jobs.archives import Source

COLUMNS: Final = frozenset({"wav_filename", "transcript"})
SPEAKER: Final = ("speaker", "speaker_id", "client_id")
SURE: Final = 0.97


class DeepSpeech:
    """`wav_filename,wav_filesize,transcript` in `train.csv`, `dev.csv`, `test.csv`; a speaker column is read too."""

    name = "deepspeech"
    title = to_be_said("DeepSpeech or Coqui STT")
    grammar = "train.csv: wav_filename,wav_filesize,transcript"

    def recognise(self, source: Source) -> Match | None:
        tables = _tables(source)
        if not tables:
            return None
        reason = said("{file} has the columns of DeepSpeech: wav_filename and transcript.", file=tables[0])
        return Match(SURE, reason)

    def rows(self, source: Source, options: Options = NO_OPTIONS) -> Iterator[Row | Problem]:
        ledger = Ledger(source)
        for name in _tables(source):
            split = split_of_file(name)
            for record in records_of(source, name, delimiter=",", is_quoted=True):
                if isinstance(record, Problem):
                    yield record
                    continue
                path, text = record.get("wav_filename"), record.get("transcript")
                yield from ledger.judge(Row(path, text, record.get(*SPEAKER), split, name, record.line))
        yield from ledger.rest()


def _tables(source: Source) -> list[str]:
    names = [name for name in source.names if extension_of(name) == "csv"]
    return [name for name in names if set(header_of(source, name, delimiter=",")) >= COLUMNS]
