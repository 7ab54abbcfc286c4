"""Text beside sound: the same name, another extension."""

from __future__ import annotations

import pytest

from tests.datasets.readers.samples import SIDECAR_TEXT, SOUND, named, told
from tests.datasets.readers.sources import read, source_of
from training_jobs.readers.sidecar_text import SidecarText


def test_texts_lie_beside_their_recordings() -> None:
    found, rows, problems = read(source_of(SIDECAR_TEXT))
    assert found.reader.name == "sidecar_text"
    assert told(rows) == {
        "talks/one.wav": ("Good morning. How are you?", "", ""),
        "talks/deep/two.webm": ("FINE", "", ""),
    }
    assert not problems


def test_texts_in_a_folder_of_their_own_are_found_where_the_name_is_the_only_one() -> None:
    files = {
        "wav48/p225/p225_001.wav": SOUND,
        "txt/p225/p225_001.txt": "Please call Stella.",
        "wav48/p226/x.wav": SOUND,
        "wav48/p227/x.wav": SOUND,
        "txt/p226/x.txt": "Whose is it?",
    }
    _, rows, problems = read(source_of(files), wanted="sidecar_text")
    assert told(rows) == {"wav48/p225/p225_001.wav": ("Please call Stella.", "", "")}
    assert named(problems) == [
        ("wav48/p226/x.wav", None, "files_unlisted"),
        ("txt/p226/x.txt", None, "files_missing"),
    ]


def test_a_text_ending_in_txt_counts_before_a_lab() -> None:
    _, rows, problems = read(source_of({"a.wav": SOUND, "a.lab": "two", "a.txt": "one"}))
    assert [row.text for row in rows] == ["one"]
    assert not problems


def test_folders_of_splits_give_the_split() -> None:
    files = {"train/a.wav": SOUND, "train/a.txt": "one", "test/b.wav": SOUND, "test/b.txt": "two"}
    _, rows, _ = read(source_of(files))
    assert told(rows) == {"train/a.wav": ("one", "", "train"), "test/b.wav": ("two", "", "test")}


def test_what_is_empty_or_alone_or_not_utf8_is_named_and_the_rest_kept() -> None:
    files = {
        "a.wav": SOUND, "a.txt": b"one",
        "b.wav": SOUND, "b.txt": b" \n",
        "c.wav": SOUND, "c.txt": b"first\nCaf\xe9 society\n",
        "d.wav": SOUND,
        "notes.txt": b"remember",
    }  # fmt: skip
    _, rows, problems = read(source_of(files))
    assert [row.text for row in rows] == ["one"]
    assert named(problems) == [
        ("b.txt", 1, "text_empty"),
        ("c.txt", 2, "text_not_utf8"),
        ("d.wav", None, "files_unlisted"),
        ("notes.txt", None, "files_missing"),
    ]
    assert [problem.is_clip_lost for problem in problems] == [True, True, False, False]


@pytest.mark.parametrize("text", ["0.500000\t1.250000\tgood morning\n", "0 1000000 sil\n", "0 46797 She had\n"])
def test_labels_with_times_are_no_text(text: str) -> None:
    files = {"a.wav": SOUND, "a.txt": text, "b.wav": SOUND, "b.txt": text}
    assert SidecarText().recognise(source_of(files)) is None
    _, rows, problems = read(source_of({**files, "c.wav": SOUND, "c.txt": "plain"}), wanted="sidecar_text")
    assert [row.text for row in rows] == ["plain"]
    assert named(problems) == [("a.txt", 1, "text_timed"), ("b.txt", 1, "text_timed")]


def test_a_text_of_digits_is_a_text() -> None:
    _, rows, problems = read(source_of({"a.wav": SOUND, "a.txt": "5 7 3", "b.wav": SOUND, "b.txt": "0 123"}))
    assert [row.text for row in rows] == ["5 7 3", "0 123"]
    assert not problems
