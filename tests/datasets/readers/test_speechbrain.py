"""SpeechBrain manifests: one JSON object, of which the good part is kept."""

from __future__ import annotations

from tests.datasets.readers.samples import SOUND, SPEECHBRAIN, named, told
from tests.datasets.readers.sources import read, source_of


def test_speechbrain_manifests_as_its_recipes_write_them() -> None:
    found, rows, problems = read(source_of(SPEECHBRAIN))
    assert found.reader.name == "speechbrain"
    assert told(rows) == {
        "LibriSpeech/a-1.flac": ("GOOD MORNING", "a", "train"),
        "LibriSpeech/b-1.flac": ("HELLO", "b", "train"),
        "LibriSpeech/c-1.flac": ("BYE", "c", "validation"),
    }
    assert {row.member[-8:]: row.line for row in rows} == {"a-1.flac": 2, "b-1.flac": 8, "c-1.flac": 1}
    assert not problems


def test_each_bad_entry_is_named_and_the_rest_kept() -> None:
    text = b"""{
"a": {"wav": "a.wav", "words": "one"},
"b": {"wav": "b.wav", "words": "caf\xe9"},
"c": {"wav": "gone.wav", "words": "x"},
"d": {"wav": "../b.wav", "words": "x"},
"e": {"wav": "b.wav", "words": ""},
"f": "no object",
"g": {"wav": {"file": "b.wav", "start": 0, "stop": 16000}, "words": "x"},
"a": {"wav": "a.wav", "words": "two"},
"h": {"wav": "b.wav", "words": "kept"}
}"""
    _, rows, problems = read(source_of({"train.json": text, "a.wav": SOUND, "b.wav": SOUND, "c.wav": SOUND}))
    assert [(row.text, row.line) for row in rows] == [("one", 2), ("kept", 10)]
    assert named(problems) == [
        ("train.json", 3, "text_not_utf8"),
        ("train.json", 4, "file_missing"),
        ("train.json", 5, "path_unsafe"),
        ("train.json", 6, "text_empty"),
        ("train.json", 7, "row_unreadable"),
        ("train.json", 8, "row_unreadable"),
        ("train.json", 9, "label_conflict"),
        ("c.wav", None, "files_unlisted"),
    ]


def test_what_stands_before_damage_is_kept_and_the_line_of_it_named() -> None:
    text = '{\n"a": {"wav": "a.wav", "words": "one"},\n"b": {"wav": "b.wav", "words": "two}\n}\n'
    _, rows, problems = read(source_of({"train.json": text, "a.wav": SOUND, "b.wav": SOUND}))
    assert [row.text for row in rows] == ["one"]
    assert named(problems) == [("train.json", 3, "row_unreadable"), ("b.wav", None, "files_unlisted")]
