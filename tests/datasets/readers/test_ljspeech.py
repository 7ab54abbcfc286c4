"""LJSpeech: pipes, both habits of quoting, and the variant with speakers."""

from __future__ import annotations

import csv
import io

import pytest

from tests.datasets.readers.samples import LJSPEECH, SOUND, named, told
from tests.datasets.readers.sources import read, source_of


def listing(text: str | bytes, *ids: str) -> dict[str, str | bytes]:
    return {"metadata.csv": text, **{f"wavs/{name}.wav": SOUND for name in ids}}


def written(*rows: tuple[str, ...], quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="|", quoting=quoting).writerows(rows)  # type: ignore[arg-type]  # mypy wants its own Literal
    return out.getvalue()


def test_ljspeech_as_published() -> None:
    found, rows, problems = read(source_of(LJSPEECH))
    assert found.reader.name == "ljspeech"
    assert told(rows) == {
        "LJSpeech-1.1/wavs/LJ001-0001.wav": ('"Printing," in fourteen fifty-five, differs', "", ""),
        "LJSpeech-1.1/wavs/LJ001-0002.wav": ("in being modern.", "", ""),
        "LJSpeech-1.1/wavs/LJ001-0003.wav": ('He said "go"', "", ""),
    }
    assert not problems


def test_a_text_in_quotation_marks_keeps_them_where_the_list_is_not_quoted() -> None:
    _, rows, _ = read(source_of(listing('a|"Stop!" he said. "Now."\nb|"Stop!"\nc|plain\n', *"abc")))
    assert [row.text for row in rows] == ['"Stop!" he said. "Now."', '"Stop!"', "plain"]


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ids=["where needed", "everywhere"])
def test_a_list_written_with_quotes_is_read_with_quotes(quoting: int) -> None:
    texts = ['He said "go"', "one|two", "plain", '"Stop!"']
    text = written(*zip("abcd", texts, strict=True), quoting=quoting)
    _, rows, problems = read(source_of(listing(text, *"abcd")))
    assert [row.text for row in rows] == texts
    assert not problems


def test_the_text_as_printed_is_taken_where_none_as_spoken_is_given() -> None:
    _, rows, _ = read(source_of(listing("a|in 1455|in fourteen fifty-five\nb|plain text|\n", "a", "b")))
    assert [row.text for row in rows] == ["in fourteen fifty-five", "plain text"]


def test_speakers_between_id_and_text_are_told_from_texts() -> None:
    _, rows, _ = read(source_of(listing("a|ana|good morning\nb|ben|how are you\nc|ana|fine\n", *"abc")))
    assert [(row.text, row.speaker) for row in rows] == [
        ("good morning", "ana"),
        ("how are you", "ben"),
        ("fine", "ana"),
    ]
    _, rows, _ = read(source_of(listing("a|ana|good morning to you\nb|ben|how are you today\n", *"ab")))
    assert {row.speaker for row in rows} == {"ana", "ben"}
    _, rows, _ = read(source_of(listing("a|7|seven\nb|8|eight\nc|7|seven\n", *"abc")))
    assert [(row.text, row.speaker) for row in rows] == [("seven", ""), ("eight", ""), ("seven", "")]


def test_lists_for_splits_give_their_rows_that_split() -> None:
    files = {"metadata_train.csv": "a|one\n", "metadata_val.csv": "b|two\n", "a.wav": SOUND, "wavs/b.flac": SOUND}
    _, rows, _ = read(source_of(files))
    assert told(rows) == {"a.wav": ("one", "", "train"), "wavs/b.flac": ("two", "", "validation")}


def test_paths_of_another_machine_and_file_lists_are_read() -> None:
    files = {"filelists/ljs_audio_text_test_filelist.txt": "DUMMY/a.wav|one\n", "wavs/a.wav": SOUND}
    found, rows, _ = read(source_of(files))
    assert found.reader.name == "ljspeech"
    assert told(rows) == {"wavs/a.wav": ("one", "", "test")}


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    text = b"a|one\nb\nb|x|y|z\nb|caf\xe9\nb|\ngone|two\n../b|two\na|other\na|one\nb|kept\n"
    _, rows, problems = read(source_of(listing(text, "a", "b", "c")))
    assert [(row.text, row.line) for row in rows] == [("one", 1), ("kept", 10)]
    assert named(problems) == [
        ("metadata.csv", 2, "row_too_short"),
        ("metadata.csv", 3, "row_too_long"),
        ("metadata.csv", 4, "text_not_utf8"),
        ("metadata.csv", 5, "text_empty"),
        ("metadata.csv", 6, "file_missing"),
        ("metadata.csv", 7, "path_unsafe"),
        ("metadata.csv", 8, "label_conflict"),
        ("metadata.csv", 9, "listed_twice"),
        ("wavs/c.wav", None, "files_unlisted"),
    ]
