"""The choice between all layouts, and what no damage to a file may do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.datasets.readers.samples import SAMPLES, SOUND
from tests.datasets.readers.sources import read, source_of
from training_jobs.readers import READERS, Problem, Row, find_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Upload = dict[str, bytes]
ROWS = 10_000
# The others are marked up, or hold one text a file.
LISTS_OF_LINES = frozenset(
    {"librispeech", "deepspeech", "nemo", "an4", "vivos", "azure_speech", "recorder_tsv", "table"}
)
# A look at all files for each row takes minutes; a machine that is busy with other things takes some seconds.
SECONDS = 5.0
every_sample = pytest.mark.parametrize(
    ("name", "files"), SAMPLES, ids=[f"{name}-{place}" for place, (name, _) in enumerate(SAMPLES)]
)


def as_bytes(files: Mapping[str, str | bytes]) -> Upload:
    return {name: content.encode() if isinstance(content, str) else content for name, content in files.items()}


def texts_changed(files: Mapping[str, str | bytes], change: Callable[[bytes], bytes]) -> Upload:
    """Return the upload with each text file changed."""
    return {name: content if content == SOUND else change(content) for name, content in as_bytes(files).items()}


def latin_1(content: bytes) -> bytes:
    place = len(content) * 3 // 4
    return content[:place] + b"\xe9" + content[place:]


def header_only(content: bytes) -> bytes:
    return content.split(b"\n")[0] + b"\n"


@every_sample
def test_each_layout_is_chosen_for_its_own_files_and_no_other(name: str, files: Mapping[str, str | bytes]) -> None:
    source = source_of(files)
    found, rows, problems = read(source)
    assert found.reader.name == name
    assert rows
    assert not [problem for problem in problems if problem.is_clip_lost]
    surest = sorted(match.confidence for reader in READERS if (match := reader.recognise(source)))
    assert surest.count(surest[-1]) == 1, "two layouts are equally sure of these files"


@every_sample
def test_a_folder_around_everything_changes_nothing(name: str, files: Mapping[str, str | bytes]) -> None:
    _, plain, _ = read(source_of(files))
    found, rows, _ = read(source_of({f"my test upload/{path}": content for path, content in files.items()}))
    assert found.reader.name == name
    assert [(row.text, row.speaker, row.split) for row in rows] == [(row.text, row.speaker, row.split) for row in plain]
    assert [row.member.removeprefix("my test upload/") for row in rows] == [row.member for row in plain]


@every_sample
@pytest.mark.parametrize(
    "change",
    [
        lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\n", b"\r"),
        lambda content: content.decode().encode("utf-16"),
        lambda content: content.rstrip(b"\n"),
    ],
    ids=["mark and carriage returns", "carriage returns alone", "utf-16", "no last line end"],
)
def test_how_a_text_file_is_encoded_changes_nothing(
    name: str, files: Mapping[str, str | bytes], change: Callable[[bytes], bytes]
) -> None:
    _, plain, _ = read(source_of(files))
    found, rows, _ = read(source_of(texts_changed(files, change)))
    assert found.reader.name == name
    assert rows == plain


@every_sample
@pytest.mark.parametrize(
    "change",
    [latin_1, header_only, lambda content: b"", lambda content: bytes(range(256)) * 8, lambda content: content[::2]],
    ids=["a byte of latin-1", "the first line alone", "empty", "no text at all", "every other byte"],
)
def test_damage_stops_no_reader_and_every_problem_says_where(
    name: str, files: Mapping[str, str | bytes], change: Callable[[bytes], bytes]
) -> None:
    source = source_of(texts_changed(files, change))
    for reader in READERS:
        reader.recognise(source)
        for item in reader.rows(source):
            assert isinstance(item, Row | Problem)
            assert (item.member if isinstance(item, Row) else item.file) in source.sizes, (name, item)


@pytest.mark.parametrize(("name", "files"), [(name, files) for name, files in SAMPLES if name in LISTS_OF_LINES])
def test_a_byte_of_latin_1_costs_its_line_alone(name: str, files: Mapping[str, str | bytes]) -> None:
    _, plain, _ = read(source_of(files))
    _, rows, problems = read(source_of(texts_changed(files, latin_1)), wanted=name)
    found = [problem for problem in problems if problem.code == "text_not_utf8"]
    assert found
    assert all(problem.line for problem in found)
    lost = {(problem.file, problem.line) for problem in found}
    assert {row.text for row in rows} == {row.text for row in plain if (row.listed_in, row.line) not in lost}


@every_sample
def test_files_that_cannot_be_unpacked_stop_no_reader(name: str, files: Mapping[str, str | bytes]) -> None:
    texts = tuple(path for path, content in as_bytes(files).items() if content != SOUND)
    source = source_of(files, damaged=texts)
    for reader in READERS:
        list(reader.rows(source))
    assert find_reader(source, wanted=name).reader.name == name


def test_every_layout_has_a_sample() -> None:
    assert {reader.name for reader in READERS} == {name for name, _ in SAMPLES}


LONG_TABLES: dict[str, tuple[str, Callable[[int], str], str]] = {
    "common_voice": (
        "en/train.tsv",
        lambda n: f"s{n % 99}\tc{n}.wav\tsentence number {n}",
        "client_id\tpath\tsentence",
    ),
    "deepspeech": ("train.csv", lambda n: f'/x/c{n}.wav,1,"well, number {n}"', "wav_filename,wav_filesize,transcript"),
    "ljspeech": ("metadata.csv", lambda n: f'c{n}|"Well," number {n}', ""),
    "nemo": ("m.json", lambda n: f'{{"audio_filepath": "/x/c{n}.wav", "duration": 1, "text": "number {n}"}}', ""),
    "audio_folder": ("metadata.csv", lambda n: f"clips/c{n}.wav,number {n}", "file_name,text"),
    "azure_speech": ("trans.txt", lambda n: f"c{n}.wav\tnumber {n}", ""),
}


@pytest.mark.parametrize("name", LONG_TABLES)
def test_ten_thousand_rows_are_read_in_a_moment(name: str) -> None:
    table, line, header = LONG_TABLES[name]
    lines = [header] if header else []
    files: dict[str, str | bytes] = {f"clips/c{number}.wav": SOUND for number in range(ROWS)}
    source = source_of({**files, table: "\n".join([*lines, *map(line, range(ROWS))])})
    began = time.process_time()
    found, rows, problems = read(source)
    spent = time.process_time() - began
    assert found.reader.name == name
    assert len(rows) == ROWS
    assert not problems
    assert spent < SECONDS
