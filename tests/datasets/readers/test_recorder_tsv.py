"""The list of the speech training recorder: no header, five cells."""

from __future__ import annotations

from tests.datasets.readers.samples import RECORDER_TSV, SOUND, named, told
from tests.datasets.readers.sources import read, source_of


def test_a_list_of_the_recorder() -> None:
    found, rows, problems = read(source_of(RECORDER_TSV))
    assert found.reader.name == "recorder_tsv"
    assert told(rows) == {
        "audio_data/recorder_2019-11-30_1.wav": ("She had your dark suit.", "", ""),
        "audio_data/recorder_2019-11-30_2.wav": ("Don't ask me.", "", ""),
    }
    assert not problems


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    text = (
        b"a.wav\t0\tp\t\tone\nb.wav\t0\tp\ttwo\nb.wav\t0\tp\t\tthree\tfour\nb.wav\t0\tp\t\t\n"
        b"gone.wav\t0\tp\t\tx\nb.wav\t0\tp\t\tcaf\xe9\n/home/me/b.wav\t0\tp\t\tkept\na.wav\t0\tp\t\tother\n"
    )
    _, rows, problems = read(source_of({"recorder.tsv": text, "a.wav": SOUND, "b.wav": SOUND}))
    assert [(row.text, row.line) for row in rows] == [("one", 1), ("kept", 7)]
    assert named(problems) == [
        ("recorder.tsv", 2, "row_too_short"),
        ("recorder.tsv", 3, "row_too_long"),
        ("recorder.tsv", 4, "text_empty"),
        ("recorder.tsv", 5, "file_missing"),
        ("recorder.tsv", 6, "text_not_utf8"),
        ("recorder.tsv", 8, "label_conflict"),
    ]
