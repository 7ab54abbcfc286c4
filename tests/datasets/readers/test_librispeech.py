"""LibriSpeech and LibriTTS: by their grammar, and by their traps."""

from __future__ import annotations

from tests.datasets.readers.samples import LIBRISPEECH, LIBRITTS, SOUND, named, told
from tests.datasets.readers.sources import read, source_of

CHAPTER = "LibriSpeech/train-clean-100/103/1240"
LIST = f"{CHAPTER}/103-1240.trans.txt"


def test_librispeech_as_published() -> None:
    found, rows, problems = read(source_of(LIBRISPEECH))
    assert found.reader.name == "librispeech"
    assert told(rows) == {
        f"{CHAPTER}/103-1240-0000.flac": ("CHAPTER ONE MISSUS RACHEL LYNDE IS SURPRISED", "103", "train"),
        f"{CHAPTER}/103-1240-0001.flac": ("THAT HAD ITS SOURCE AWAY BACK", "103", "train"),
        "LibriSpeech/dev-other/84/121123/84-121123-0000.flac": ("GO DO YOU HEAR", "84", "validation"),
        "LibriSpeech/test-clean/61/70968/61-70968-0000.flac": ("HE BEGAN A CONFUSED COMPLAINT", "61", "test"),
    }
    assert not problems


def test_each_bad_line_of_a_chapter_is_named_and_the_rest_kept() -> None:
    text = (
        b"103-1240-0000 CHAPTER ONE\n"
        b"103-1240-0001\n"
        b"103-1240-0007 IS NOT THERE\n"
        b"103-1240-0001 CAF\xc9\n"
        b"../103-1240-0001 LEADS OUT\n"
        b"103-1240-0000 ANOTHER TEXT\n"
        b"103-1240-0001 THE SECOND\n"
    )
    _, rows, problems = read(source_of({**LIBRISPEECH, LIST: text, f"{CHAPTER}/103-1240-0002.flac": SOUND}))
    assert [row.text for row in rows if row.listed_in == LIST] == ["CHAPTER ONE", "THE SECOND"]
    assert named(problems) == [
        (LIST, 2, "text_empty"),
        (LIST, 3, "file_missing"),
        (LIST, 4, "text_not_utf8"),
        (LIST, 5, "path_unsafe"),
        (LIST, 6, "label_conflict"),
        (f"{CHAPTER}/103-1240-0002.flac", None, "files_unlisted"),
    ]
    assert [problem.is_clip_lost for problem in problems] == [True, True, True, True, True, False]


def test_one_subset_alone_keeps_its_split() -> None:
    chapter = "test-clean/61/70968"
    files = {f"{chapter}/61-70968.trans.txt": "61-70968-0000 HE BEGAN", f"{chapter}/61-70968-0000.flac": SOUND}
    found, rows, _ = read(source_of(files))
    assert found.reader.name == "librispeech"
    assert [row.split for row in rows] == ["test"]


def test_recordings_that_were_converted_are_found() -> None:
    files = {name.replace(".flac", ".wav"): content for name, content in LIBRISPEECH.items()}
    _, rows, problems = read(source_of(files))
    assert len(rows) == 4
    assert not problems


def test_libritts_as_published() -> None:
    found, rows, problems = read(source_of(LIBRITTS))
    assert found.reader.name == "libritts"
    assert told(rows) == {
        "LibriTTS/train-clean-100/103/1241/103_1241_000000_000001.wav": (
            "Matthew Cuthbert is surprised.",
            "103",
            "train",
        ),
        "LibriTTS/dev-clean/84/121123/84_121123_000007_000001.wav": ("Maximilian.", "84", "validation"),
    }
    assert not problems


def test_a_text_of_libritts_that_is_empty_or_alone_is_named() -> None:
    folder = "LibriTTS/dev-clean/84/121123"
    empty, alone = (f"{folder}/84_121123_000007_00000{number}.normalized.txt" for number in (1, 2))
    _, rows, problems = read(source_of({**LIBRITTS, empty: "\n", alone: "No sound."}))
    assert len(rows) == 1
    assert named(problems) == [(empty, 1, "text_empty"), (alone, 1, "file_missing")]
