"""Kaldi data directories: utterances, segments, and commands that are never run."""

from __future__ import annotations

from tests.datasets.readers.samples import KALDI, SOUND, named, told
from tests.datasets.readers.sources import read, source_of


def directory(folder: str = "", **files: str | bytes) -> dict[str, str | bytes]:
    names = {"wav": "wav.scp"}
    return {f"{folder}{names.get(name, name)}": content for name, content in files.items()}


def test_kaldi_directories_with_and_without_segments() -> None:
    found, rows, problems = read(source_of(KALDI))
    assert found.reader.name == "kaldi"
    assert [(row.member, row.start_seconds, row.end_seconds, row.text, row.speaker, row.split) for row in rows] == [
        ("audio/t1.wav", None, None, "BYE", "cid", "test"),
        ("audio/rec1.wav", 0.5, 2.25, "GOOD MORNING", "ana", "train"),
        ("audio/rec1.wav", 2.25, 4.0, "HOW ARE YOU", "ben", "train"),
        ("audio/rec2.wav", 0.0, None, "FINE", "ana", "train"),
    ]
    assert not problems


def test_a_command_instead_of_a_file_is_refused_with_its_line_and_the_rest_kept() -> None:
    files = directory(
        wav="a a.wav\nb sph2pipe -f wav -p /corpus/b.sph |\nc rm -rf / | \nd | cat d.wav\n",
        text="a ONE\nb TWO\nc THREE\nd FOUR\n",
    )
    found, rows, problems = read(source_of({**files, "a.wav": SOUND, "b.sph": SOUND}))
    assert found.reader.name == "kaldi"
    assert told(rows) == {"a.wav": ("ONE", "", "")}
    assert named(problems)[:3] == [("wav.scp", line, "path_is_command") for line in (2, 3, 4)]
    assert "never run" in problems[0].message


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    files = directory(
        "data/dev_clean/",
        wav=b"a /x/a.wav\nb b.wav\nc gone.wav\nd ../d.wav\nlonely\ne e.wav\n",
        text=b"a ONE\r\nb\r\nc THREE\r\nd FOUR\r\nlonely FIVE\r\nmissing SIX\r\ne CAF\xc9\r\na ONE\r\na OTHER\r\n",
        utt2spk="a ana\na ben\nb\n",
    )
    audio = {f"audio/{name}.wav": SOUND for name in "abdef"}
    _, rows, problems = read(source_of({**files, **audio}))
    assert told(rows) == {"audio/a.wav": ("ONE", "ana", "validation")}
    folder = "data/dev_clean"
    assert named(problems) == [
        (f"{folder}/wav.scp", 5, "row_too_short"),
        (f"{folder}/utt2spk", 2, "id_twice"),
        (f"{folder}/utt2spk", 3, "row_too_short"),
        (f"{folder}/text", 2, "text_empty"),
        (f"{folder}/text", 3, "file_missing"),
        (f"{folder}/text", 4, "path_unsafe"),
        (f"{folder}/text", 5, "recording_unlisted"),
        (f"{folder}/text", 6, "recording_unlisted"),
        (f"{folder}/text", 7, "text_not_utf8"),
        (f"{folder}/text", 9, "label_conflict"),
        (f"{folder}/text", 8, "listed_twice"),
        ("audio/d.wav", None, "files_unlisted"),
    ]
    assert [problem.is_clip_lost for problem in problems[:3]] == [False, False, False]


def test_times_that_cut_nothing_are_named() -> None:
    files = directory(
        wav="rec rec.wav\n",
        segments="a rec 2 1\nb rec -0.5 1\nc rec one two\nd rec 1\ne rec 1 1\nf rec nan 2\ng rec 1.5 2.5 1\n",
        text="".join(f"{utterance} TEXT {utterance}\n" for utterance in "abcdefgh"),
    )
    _, rows, problems = read(source_of({**files, "rec.wav": SOUND}))
    assert [(row.text, row.start_seconds, row.end_seconds) for row in rows] == [("TEXT g", 1.5, 2.5)]
    assert named(problems) == [
        ("text", 1, "times_reversed"),
        ("text", 2, "times_negative"),
        ("segments", 3, "times_unreadable"),
        ("segments", 4, "times_unreadable"),
        ("text", 5, "times_without_length"),
        ("segments", 6, "times_unreadable"),
        ("text", 8, "recording_unlisted"),
    ]


def test_an_utterance_that_is_its_own_speaker_has_none_and_names_may_have_spaces() -> None:
    files = directory(
        wav="a a.wav\nb b.wav\n", text="a ONE\nb TWO\n", utt2spk="a a\nb ana_1f\n", spk2name="ana_1f Ana Maria\n"
    )
    _, rows, _ = read(source_of({**files, "a.wav": SOUND, "b.wav": SOUND}))
    assert [row.speaker for row in rows] == ["", "Ana Maria"]


def test_the_copies_that_tools_of_kaldi_leave_are_passed_over() -> None:
    copies = {name.replace("data/train/", "data/train/split4/1/"): content for name, content in KALDI.items()}
    _, rows, problems = read(source_of({**KALDI, **copies}))
    assert len(rows) == 4
    assert not problems


def test_text_without_recordings_is_no_data_directory() -> None:
    found, _, _ = read(source_of({"text": "a ONE\n", "words/yes/a.wav": SOUND, "words/no/b.wav": SOUND}))
    assert found.reader.name == "class_folders"
