"""DeepSpeech and Coqui STT: CSV by the name of its columns, quoted where it is."""

from __future__ import annotations

from tests.datasets.readers.samples import DEEPSPEECH, SOUND, named, told
from tests.datasets.readers.sources import read, source_of

HEADER = "wav_filename,wav_filesize,transcript"


def test_deepspeech_as_its_importers_write_it() -> None:
    found, rows, problems = read(source_of(DEEPSPEECH))
    assert found.reader.name == "deepspeech"
    assert told(rows) == {
        "clips/a.wav": ("well, good morning", "", "train"),
        "clips/b.wav": ('say "hi"', "", "train"),
        "clips/c.wav": ("how are you", "", "validation"),
        "clips/d.wav": ("bye", "", "test"),
    }
    assert not problems


def test_columns_may_stand_in_any_order_and_a_speaker_among_them() -> None:
    text = "transcript,speaker,wav_filename\nhello,ana,a.wav\n"
    _, rows, _ = read(source_of({"cv-valid-train.csv": text, "a.wav": SOUND}))
    assert told(rows) == {"a.wav": ("hello", "ana", "train")}


def test_a_comma_outside_quotes_is_named_and_not_cut_off() -> None:
    text = f"{HEADER}\na.wav,1,well, good morning\nb.wav,1,fine,,\n"
    _, rows, problems = read(source_of({"train.csv": text, "a.wav": SOUND, "b.wav": SOUND}))
    assert told(rows) == {"b.wav": ("fine", "", "train")}
    assert named(problems)[0] == ("train.csv", 2, "row_too_long")


def test_a_quoted_text_may_go_over_lines_and_the_numbers_stay_right() -> None:
    text = f'{HEADER}\na.wav,1,"good\nmorning"\nb.wav,1,fine\n'
    _, rows, problems = read(source_of({"train.csv": text, "a.wav": SOUND, "b.wav": SOUND}))
    assert [(row.text.split(), row.line) for row in rows] == [(["good", "morning"], 2), (["fine"], 4)]
    assert not problems


def test_a_quotation_mark_inside_a_text_swallows_no_lines() -> None:
    text = f'{HEADER}\na.wav,1,12" wide\nb.wav,1,"never closed\n' + "c.wav,1,fine\n" * 30
    _, rows, problems = read(source_of({"train.csv": text, **{f"{name}.wav": SOUND for name in "abc"}}))
    assert told(rows) == {
        "a.wav": ('12" wide', "", "train"),
        "b.wav": ("never closed", "", "train"),
        "c.wav": ("fine", "", "train"),
    }
    assert named(problems) == [("train.csv", 5, "listed_twice")]
    assert "29 recordings" in problems[0].message


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    lines = [
        HEADER.encode(),
        b"a.wav,1,one",
        b"b.wav,1",
        b"b.wav,1,caf\xe9",
        b"b.wav,1,",
        b"gone.wav,1,x",
        b"a.wav,1,two",
    ]
    _, rows, problems = read(source_of({"train.csv": b"\r\n".join(lines), "a.wav": SOUND, "b.wav": SOUND}))
    assert [row.text for row in rows] == ["one"]
    assert named(problems) == [
        ("train.csv", 3, "row_too_short"),
        ("train.csv", 4, "text_not_utf8"),
        ("train.csv", 5, "text_empty"),
        ("train.csv", 6, "file_missing"),
        ("train.csv", 7, "label_conflict"),
    ]


def test_a_header_that_is_damaged_in_one_column_still_names_the_others() -> None:
    text = b"wav_filename,caf\xe9,transcript\na.wav,1,one\n"
    _, rows, problems = read(source_of({"train.csv": text, "a.wav": SOUND}))
    assert told(rows) == {"a.wav": ("one", "", "train")}
    assert named(problems) == [("train.csv", 1, "text_not_utf8")]
    assert not problems[0].is_clip_lost
