"""Hugging Face AudioFolder: metadata beside the files."""

from __future__ import annotations

from tests.datasets.readers.samples import AUDIO_FOLDER, SOUND, named, told
from tests.datasets.readers.sources import read, source_of


def test_an_audio_folder_with_csv_and_json_lines() -> None:
    found, rows, problems = read(source_of(AUDIO_FOLDER))
    assert found.reader.name == "audio_folder"
    assert told(rows) == {
        "data/train/a.mp3": ("well, good morning", "", "train"),
        "data/train/b.mp3": ("how are you", "", "train"),
        "data/test/deep/c.mp3": ("bye", "", "test"),
    }
    assert not problems


def test_one_table_at_the_top_may_name_files_in_folders_of_splits() -> None:
    text = "transcription,speaker_id,file_name\nhello,7,train/a.wav\nbye,8,validation/b.wav\n"
    _, rows, _ = read(source_of({"metadata.csv": text, "train/a.wav": SOUND, "validation/b.wav": SOUND}))
    assert told(rows) == {"train/a.wav": ("hello", "7", "train"), "validation/b.wav": ("bye", "8", "validation")}


def test_the_other_names_for_the_file_are_understood() -> None:
    lines = (
        '{"audio_file_name": "a.wav", "sentence": "one"}\n'
        '{"file_names": ["b.wav"], "transcript": "two"}\n'
        '{"file_names": ["a.wav", "b.wav"], "text": "three"}\n'
    )
    _, rows, problems = read(source_of({"metadata.jsonl": lines, "a.wav": SOUND, "b.wav": SOUND}))
    assert [row.text for row in rows] == ["one", "two"]
    assert named(problems) == [("metadata.jsonl", 3, "row_unreadable")]


def test_a_column_for_the_split_counts_before_folders() -> None:
    lines = (
        '{"file_name": "a.wav", "text": "one", "split": "test"}\n{"file_name": "b.wav", "text": "two", "split": ""}\n'
    )
    _, rows, _ = read(source_of({"train/metadata.jsonl": lines, "train/a.wav": SOUND, "train/b.wav": SOUND}))
    assert [row.split for row in rows] == ["test", "train"]


def test_a_folder_that_only_speaks_of_tests_is_no_split() -> None:
    files = {"my-test-set/metadata.csv": "file_name,text\na.wav,one\n", "my-test-set/a.wav": SOUND}
    _, rows, _ = read(source_of(files))
    assert [row.split for row in rows] == [""]


def test_parquet_is_named_with_what_to_do() -> None:
    files = {"train/metadata.parquet": b"PAR1", "train/a.wav": SOUND, "train/b.wav": SOUND}
    found, rows, problems = read(source_of(files))
    assert found.reader.name == "audio_folder"
    assert not rows
    assert named(problems) == [
        ("train/metadata.parquet", None, "parquet_unread"),
        ("train/a.wav", None, "files_unlisted"),
    ]
    assert "metadata.csv or metadata.jsonl" in problems[0].message


def test_parquet_beside_a_table_that_can_be_read_is_passed_over() -> None:
    files = {"metadata.parquet": b"PAR1", "metadata.csv": "file_name,text\na.wav,one\n", "a.wav": SOUND}
    _, rows, problems = read(source_of(files))
    assert [row.text for row in rows] == ["one"]
    assert not problems


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    lines = [
        b'{"file_name": "a.wav", "text": "one"}',
        b"{broken",
        b'{"file_name": "b.wav", "text": "caf\xe9"}',
        b'{"file_name": "b.wav", "text": ["no text"]}',
        b'{"file_name": "gone.wav", "text": "x"}',
        b'{"file_name": "../b.wav", "text": "x"}',
        b'{"text": "x"}',
        b'{"file_name": "a.wav", "text": "two"}',
    ]
    _, rows, problems = read(source_of({"metadata.jsonl": b"\n".join(lines), "a.wav": SOUND, "b.wav": SOUND}))
    assert [row.text for row in rows] == ["one"]
    assert named(problems) == [
        ("metadata.jsonl", 2, "row_unreadable"),
        ("metadata.jsonl", 3, "text_not_utf8"),
        ("metadata.jsonl", 4, "text_empty"),
        ("metadata.jsonl", 5, "file_missing"),
        ("metadata.jsonl", 6, "path_unsafe"),
        ("metadata.jsonl", 7, "path_missing"),
        ("metadata.jsonl", 8, "label_conflict"),
    ]
