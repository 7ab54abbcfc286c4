"""Each layout by its exact grammar, and by its traps."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY
from tests.datasets.sounds import folder_of
from training_jobs.archives import ArchiveError, ArchiveLimits, Source, open_source
from training_jobs.readers import READERS, Found, Problem, Row, find_reader
from training_jobs.readers.rows import SPLITS

if TYPE_CHECKING:
    from pathlib import Path

A, B = "0a1b2c3d", "ffee0011"


def source_of(tmp_path: Path, names: list[str], **texts: str | bytes) -> Source:
    """Return a source with these audio files, and text files whose names have _ for the dot."""
    files = dict.fromkeys(names, b"x")
    for name, text in texts.items():
        stem, _, extension = name.rpartition("_")
        files[f"{stem.replace('__', '/')}.{extension}"] = text.encode() if isinstance(text, str) else text
    return open_source(folder_of(tmp_path / "source", files), limits=ArchiveLimits(), scratch=tmp_path)


def read(source: Source, wanted: str = "auto") -> tuple[Found, list[Row], list[Problem]]:
    found = find_reader(source, wanted=wanted)
    items = list(found.reader.rows(source))
    rows = [item for item in items if isinstance(item, Row)]
    return found, rows, [item for item in items if isinstance(item, Problem)]


# class folders


def test_the_folder_is_the_label(tmp_path: Path) -> None:
    found, rows, problems = read(source_of(tmp_path, ["set/yes/a.wav", "set/turn on/b.MP3", "set/हाँ/c.flac"]))
    assert found.reader.name == "class_folders"
    assert {(row.member, row.text) for row in rows} == {
        ("set/yes/a.wav", "yes"),
        ("set/turn on/b.MP3", "turn on"),
        ("set/हाँ/c.flac", "हाँ"),
    }
    assert not problems
    assert "3 folders" in found.match.reason


def test_a_level_for_the_split_is_understood(tmp_path: Path) -> None:
    _, rows, _ = read(source_of(tmp_path, ["x/train/yes/a.wav", "x/dev/yes/b.wav", "x/Test/no/c.wav"]))
    assert {(row.text, row.split) for row in rows} == {("yes", "train"), ("yes", "validation"), ("no", "test")}


def test_files_in_no_label_folder_are_named(tmp_path: Path) -> None:
    _, rows, problems = read(source_of(tmp_path, ["yes/a.wav", "no/b.wav", "no/c.wav", "stray.wav"]))
    assert len(rows) == 3
    assert [(problem.file, problem.code) for problem in problems] == [("stray.wav", "label_missing")]


def test_a_file_deeper_than_the_others_is_not_guessed_at(tmp_path: Path) -> None:
    _, rows, problems = read(source_of(tmp_path, ["yes/a.wav", "no/b.wav", "no/old/c.wav"]))
    assert len(rows) == 2
    assert [problem.code for problem in problems] == ["label_unclear"]


def test_speakers_are_taken_from_names_only_where_they_say_so(tmp_path: Path) -> None:
    _, rows, _ = read(source_of(tmp_path / "1", ["yes/theo_1.wav", "yes/ana_1.wav", "no/theo_1.wav", "no/ana_2.wav"]))
    assert {row.speaker for row in rows} == {"theo", "ana"}
    _, rows, _ = read(source_of(tmp_path / "2", ["yes/yes_1.wav", "no/no_1.wav"]))
    assert {row.speaker for row in rows} == {""}
    _, rows, _ = read(source_of(tmp_path / "3", ["yes/clip_1.wav", "no/clip_2.wav"]))
    assert {row.speaker for row in rows} == {""}


def test_split_folders_without_labels_are_no_class_folders(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        read(source_of(tmp_path, ["train/a.wav", "test/b.wav"]))
    assert caught.value.code == "layout_unknown"


def test_class_folders_of_noise_and_of_other_words_are_kept_as_such(tmp_path: Path) -> None:
    names = ["yes/ana_1.wav", "no/ana_2.wav", "yes/ben_1.wav", "no/ben_2.wav", "_unknown_/ana_3.wav"]
    names += ["_background_noise_/tap.wav", "_silence_/ben_3.wav"]
    found, rows, problems = read(source_of(tmp_path, names))
    assert found.reader.name == "class_folders"
    assert "2 folders named after labels: “no”, “yes”" in found.match.reason
    assert {(row.text, row.speaker, row.split) for row in rows} == {
        ("yes", "ana", ""), ("no", "ana", ""), ("yes", "ben", ""), ("no", "ben", ""),
        ("_unknown_", "ana", ""), ("_background_noise_", "", "train"),
    }  # fmt: skip
    assert [(problem.file, problem.code) for problem in problems] == [("_silence_/ben_3.wav", "not_a_word")]


def test_noise_alone_can_follow_the_words(tmp_path: Path) -> None:
    found, rows, problems = read(source_of(tmp_path, ["_background_noise_/tap.wav", "_background_noise_/street.wav"]))
    assert found.reader.name == "class_folders"
    assert "lie in “_background_noise_”" in found.match.reason
    assert {(row.text, row.split) for row in rows} == {("_background_noise_", "train")}
    assert not problems


# Speech Commands


def test_speech_commands_as_published(tmp_path: Path) -> None:
    names = [f"yes/{A}_nohash_0.wav", f"yes/{B}_nohash_1.wav", f"no/{A}_nohash_0.wav", "_background_noise_/pink.wav"]
    lists = {"validation_list_txt": f"yes/{B}_nohash_1.wav\r\n", "testing_list_txt": f"no/{A}_nohash_0.wav\n"}
    found, rows, problems = read(source_of(tmp_path, names, README_md="words", **lists))
    assert found.reader.name == "speech_commands"
    assert {(row.text, row.speaker, row.split) for row in rows} == {
        ("yes", A, "train"),
        ("yes", B, "validation"),
        ("no", A, "test"),
        ("_background_noise_", "", "train"),
    }
    assert problems == []


def test_speech_commands_in_a_folder_of_its_own(tmp_path: Path) -> None:
    names = [f"v2/yes/{A}_nohash_0.wav", f"v2/no/{B}_nohash_0.wav"]
    _, rows, _ = read(source_of(tmp_path, names, v2__testing_list_txt=f"no/{B}_nohash_0.wav\n"))
    assert {(row.text, row.split) for row in rows} == {("yes", "train"), ("no", "test")}


def test_speech_commands_without_lists_has_no_splits(tmp_path: Path) -> None:
    found, rows, _ = read(source_of(tmp_path, [f"yes/{A}_nohash_0.wav", f"no/{B}_nohash_0.wav"]))
    assert {row.split for row in rows} == {""}
    assert "not there" in found.match.reason


def test_lists_that_name_absent_files_give_one_problem_with_the_count(tmp_path: Path) -> None:
    names = [f"yes/{A}_nohash_0.wav"]
    text = f"yes/{A}_nohash_0.wav\nno/{B}_nohash_0.wav\nno/{B}_nohash_1.wav\n"
    _, rows, problems = read(source_of(tmp_path, names, testing_list_txt=text))
    assert [row.split for row in rows] == ["test"]
    assert [(problem.code, problem.line) for problem in problems] == [("files_missing", 2)]
    assert "2 files" in problems[0].message


# FSDD


def test_fsdd_as_published(tmp_path: Path) -> None:
    names = ["recordings/7_jackson_32.wav", "recordings/0_george_4.wav", "recordings/9_theo_5.wav"]
    found, rows, problems = read(source_of(tmp_path, names))
    assert found.reader.name == "fsdd"
    assert {(row.text, row.speaker, row.split) for row in rows} == {
        ("seven", "jackson", "train"),
        ("zero", "george", "test"),
        ("nine", "theo", "train"),
    }
    assert not problems


def test_a_stray_file_among_digits_is_named(tmp_path: Path) -> None:
    names = [f"recordings/{digit}_theo_1.wav" for digit in range(10)]
    _, rows, problems = read(source_of(tmp_path, [*names, "recordings/notes.wav"]))
    assert len(rows) == 10
    assert [(problem.file, problem.code) for problem in problems] == [("recordings/notes.wav", "label_missing")]


# tables


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words_csv", "file,label,speaker,split\nclips/a.wav,yes,theo,train\nclips/b.wav,turn on,ana,test\n"),
        (
            "words_csv",
            "\ufefffile;label;speaker;split\r\nclips/a.wav;yes;theo;train\r\nclips/b.wav;turn on;ana;test\r\n",
        ),
        ("words_tsv", "client_id\tpath\tsentence\tsubset\ntheo\ta.wav\tyes\ttrain\nana\tb.wav\tturn on\ttest\n"),
        ("words_csv", "split|speaker|label|file\ntrain|theo|yes|clips/a.wav\ntest|ana|turn on|clips/b.wav\n"),
        (
            "words_jsonl",
            (
                '{"audio_filepath": "/home/me/clips/a.wav", "label": "yes", "speaker": "theo", "split": "train"}\n'
                '{"audio_filepath": "/home/me/clips/b.wav", "label": "turn on", "speaker": "ana", "split": "eval"}\n'
            ),
        ),
        ("words_csv", 'file,label,speaker,split\nclips/a.wav,"yes",theo,train\n"clips/b.wav","turn on",ana,test\n'),
    ],
    ids=["csv", "semicolons and a mark", "tsv", "pipes", "json lines", "quotes"],
)
def test_tables_of_many_kinds_say_the_same(name: str, text: str, tmp_path: Path) -> None:
    found, rows, problems = read(source_of(tmp_path, ["clips/a.wav", "clips/b.wav"], **{name: text}))
    assert found.reader.name == "table"
    assert {(row.member, row.text, row.speaker, row.split) for row in rows} == {
        ("clips/a.wav", "yes", "theo", "train"),
        ("clips/b.wav", "turn on", "ana", "test"),
    }
    assert not problems
    assert {row.line for row in rows} in ({2, 3}, {1, 2})


def test_every_bad_line_of_a_table_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [
        b"file,label",
        b"a.wav,yes",
        b"gone.wav,no",
        b"b.wav,",
        b",no",
        b"../b.wav,no",
        b"b.wav",
        b"b.wav,\xff\xfe",
        b"a.wav,no",
        b"b.wav,no",
    ]
    _, rows, problems = read(source_of(tmp_path, ["a.wav", "b.wav", "c.wav"], t_csv=b"\n".join(lines)))
    assert [(row.member, row.text, row.line) for row in rows] == [("a.wav", "yes", 2), ("b.wav", "no", 10)]
    assert [(problem.line, problem.code) for problem in problems] == [
        (3, "file_missing"),
        (4, "text_empty"),
        (5, "path_missing"),
        (6, "path_unsafe"),
        (7, "row_too_short"),
        (8, "text_not_utf8"),
        (9, "label_conflict"),
        (None, "files_unlisted"),
    ]
    assert not problems[-1].is_clip_lost


def test_a_quoted_cell_may_hold_a_line_break_and_the_lines_stay_right(tmp_path: Path) -> None:
    text = 'file,label,note\na.wav,yes,"two\nlines, and a comma"\nb.wav,no,x\n'
    _, rows, problems = read(source_of(tmp_path, ["a.wav", "b.wav"], t_csv=text))
    assert [(row.text, row.line) for row in rows] == [("yes", 2), ("no", 4)]
    assert not problems


def test_a_quote_inside_a_tab_separated_cell_is_a_quote(tmp_path: Path) -> None:
    _, rows, _ = read(source_of(tmp_path, ["a.wav", "b.wav"], t_tsv='path\tlabel\na.wav\tsay "hi\nb.wav\t"no"\n'))
    assert [row.text for row in rows] == ['say "hi', "no"]


def test_tables_named_after_splits_give_their_rows_that_split(tmp_path: Path) -> None:
    tables = {"train_csv": "file,label\na.wav,yes\n", "dev_csv": "file,label\nb.wav,yes\n"}
    _, rows, _ = read(source_of(tmp_path, ["a.wav", "b.wav"], **tables))
    assert {(row.member, row.split) for row in rows} == {("a.wav", "train"), ("b.wav", "validation")}


def test_an_unknown_split_is_said_once_and_the_clips_are_kept(tmp_path: Path) -> None:
    text = "file,label,split\na.wav,yes,fold1\nb.wav,no,fold1\n"
    _, rows, problems = read(source_of(tmp_path, ["a.wav", "b.wav"], t_csv=text))
    assert [row.split for row in rows] == ["", ""]
    assert [problem.code for problem in problems] == ["split_unknown"]


def test_two_files_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    names = ["deep/one/a.wav", "deep/two/a.wav"]
    text = "file,label\none/a.wav,yes\na.wav,no\n"
    _, rows, problems = read(source_of(tmp_path, names, t_csv=text))
    assert [row.member for row in rows] == ["deep/one/a.wav"]
    assert [problem.code for problem in problems] == ["file_ambiguous", "files_unlisted"]


def test_json_lines_that_are_broken_are_named(tmp_path: Path) -> None:
    lines = [json.dumps({"file": "a.wav", "label": 7}), "{broken", json.dumps(["no", "object"])]
    _, rows, problems = read(source_of(tmp_path, ["a.wav"], t_jsonl="\n".join(lines)))
    assert [row.text for row in rows] == ["7"]
    assert [(problem.line, problem.code) for problem in problems] == [(2, "row_unreadable"), (3, "row_unreadable")]


def test_utf16_tables_from_spreadsheets_are_read(tmp_path: Path) -> None:
    content = "file\tlabel\na.wav\tjá\n".encode("utf-16")
    _, rows, _ = read(source_of(tmp_path, ["a.wav"], t_tsv=content))
    assert [row.text for row in rows] == ["já"]


def test_a_table_about_something_else_does_not_hide_class_folders(tmp_path: Path) -> None:
    names = ["yes/a.wav", "no/b.wav"]
    found, rows, _ = read(
        source_of(tmp_path, names, durations_csv="clip,duration\na,3\n", more_csv="file,label\nx.wav,y\n")
    )
    assert found.reader.name == "class_folders"
    assert len(rows) == 2


# the choice between them


def test_nothing_usable_is_said_as_such(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        find_reader(source_of(tmp_path, [], readme_txt="hello"))
    assert caught.value.code == "nothing_usable"
    with pytest.raises(ArchiveError) as caught:
        find_reader(source_of(tmp_path / "2", ["a.wav", "b.wav"]))
    assert caught.value.code == "layout_unknown"


def test_a_layout_may_be_chosen_by_hand(tmp_path: Path) -> None:
    names = ["recordings/7_jackson_32.wav", "recordings/0_george_4.wav"]
    found, rows, _ = read(source_of(tmp_path, names), wanted="class_folders")
    assert found.reader.name == "class_folders"
    assert {row.text for row in rows} == {"recordings"}


def test_every_layout_and_code_is_documented() -> None:
    page = (REPOSITORY / "docs" / "datasets.md").read_text(encoding="utf-8")
    folder = REPOSITORY / "training_jobs"
    sources = [*folder.glob("archives/*.py"), *folder.glob("readers/*.py"), folder / "services/sentences.py"]
    named = r'(?:Error|Problem)\(\s*(?:[\w.]+, )?"([a-z_0-9]+)"|^    "([a-z_]+)": gettext_lazy'
    pattern = re.compile(named, re.MULTILINE)
    codes = {a or b for path in sources for a, b in pattern.findall(path.read_text(encoding="utf-8"))}
    assert {"archive_link", "file_missing", "not_a_word", "audio_silent"} <= codes
    assert {reader.name for reader in READERS} | (codes - SPLITS.keys()) <= set(re.findall(r"`([a-z_0-9]+)`", page))
