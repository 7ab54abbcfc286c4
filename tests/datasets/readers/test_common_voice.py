"""Common Voice: columns by name, its splits, its quotes."""

from __future__ import annotations

from tests.datasets.readers.samples import COMMON_VOICE, SOUND, named, told
from tests.datasets.readers.sources import read, source_of

CLIPS = "cv-corpus-17.0/en/clips"


def clips(*numbers: int) -> dict[str, bytes]:
    return {f"en/clips/c{number}.mp3": SOUND for number in numbers}


def table(*rows: str) -> str:
    return "\n".join(["client_id\tpath\tsentence", *rows, ""])


def test_common_voice_17_as_published() -> None:
    found, rows, problems = read(source_of(COMMON_VOICE))
    assert found.reader.name == "common_voice"
    assert told(rows) == {
        f"{CLIPS}/common_voice_en_1.mp3": ('"Go," he said.', "aa", "train"),
        f"{CLIPS}/common_voice_en_2.mp3": ("It is late.", "bb", "train"),
        f"{CLIPS}/common_voice_en_3.mp3": ("Come in.", "cc", "validation"),
        f"{CLIPS}/common_voice_en_4.mp3": ("Sit down.", "dd", "test"),
    }
    assert {row.line for row in rows} == {2, 3}
    assert not problems


def test_the_order_of_columns_of_an_older_release_does_not_matter() -> None:
    text = (
        "client_id\tpath\tsentence\tup_votes\tdown_votes\tage\tgender\taccent\tlocale\tsegment\n"
        "aa\tc1\tIt is late.\t2\t0\t\t\t\ten\t\n"
    )
    _, rows, problems = read(source_of({"en/train.tsv": text, **clips(1)}))
    assert told(rows) == {"en/clips/c1.mp3": ("It is late.", "aa", "train")}
    assert not problems


def test_a_sentence_wholly_in_quotes_keeps_them() -> None:
    _, rows, _ = read(source_of({"en/train.tsv": table('aa\tc1.mp3\t"Go."', 'bb\tc2.mp3\tSay "go'), **clips(1, 2)}))
    assert [row.text for row in rows] == ['"Go."', 'Say "go']


def test_validated_alone_gives_clips_without_a_split() -> None:
    _, rows, problems = read(source_of({"en/validated.tsv": table("aa\tc1.mp3\tIt is late."), **clips(1)}))
    assert [(row.speaker, row.split) for row in rows] == [("aa", "")]
    assert not problems


def test_validated_adds_only_what_tells_nothing_of_the_test() -> None:
    files = {
        "en/train.tsv": table("aa\tc1.mp3\tIt is late."),
        "en/test.tsv": table("bb\tc2.mp3\tSit down."),
        "en/validated.tsv": table(
            "aa\tc1.mp3\tIt is late.",
            "bb\tc2.mp3\tSit down.",
            "bb\tc3.mp3\tThe speaker of the test.",
            "cc\tc4.mp3\tSit down.",
            "cc\tc5.mp3\tAnything else.",
        ),
        **clips(1, 2, 3, 4, 5),
    }
    _, rows, problems = read(source_of(files))
    assert {(row.member[-6:], row.split) for row in rows} == {("c1.mp3", "train"), ("c2.mp3", "test"), ("c5.mp3", "")}
    assert named(problems) == [("en/validated.tsv", None, "held_out"), ("en/clips/c3.mp3", None, "files_unlisted")]
    assert "2 clips" in problems[0].message
    assert not any(problem.is_clip_lost for problem in problems)


def test_what_listeners_have_not_agreed_on_is_left_out_with_its_count() -> None:
    files = {
        "en/train.tsv": table("aa\tc1.mp3\tIt is late."),
        "en/other.tsv": table("bb\tc2.mp3\tSit down."),
        "en/invalidated.tsv": table(),
        **clips(1, 2),
    }
    _, rows, problems = read(source_of(files))
    assert len(rows) == 1
    assert ("en/other.tsv", None, "not_agreed") in named(problems)


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    lines = [
        b"client_id\tpath\tsentence",
        b"aa\tc1.mp3\tIt is late.",
        b"aa\tc2.mp3",
        b"aa\tc2.mp3\tone\ttwo",
        b"aa\tc2.mp3\tCaf\xe9",
        b"aa\tc2.mp3\t ",
        b"aa\tgone.mp3\tNot there",
        b"aa\t../c2.mp3\tOut",
        b"aa\t\tNo path",
        b"bb\t/home/me/clips/c2.mp3\tAn absolute path",
        b"bb\tc1.mp3\tIt is late.",
        b"bb\tc1.mp3\tIt is early.",
    ]
    _, rows, problems = read(source_of({"en/train.tsv": b"\n".join(lines), **clips(1, 2, 3)}))
    assert [(row.text, row.line) for row in rows] == [("It is late.", 2), ("An absolute path", 10)]
    assert named(problems) == [
        ("en/train.tsv", 3, "row_too_short"),
        ("en/train.tsv", 4, "row_too_long"),
        ("en/train.tsv", 5, "text_not_utf8"),
        ("en/train.tsv", 6, "text_empty"),
        ("en/train.tsv", 7, "file_missing"),
        ("en/train.tsv", 8, "path_unsafe"),
        ("en/train.tsv", 9, "path_missing"),
        ("en/train.tsv", 12, "label_conflict"),
        ("en/train.tsv", 11, "listed_twice"),
        ("en/clips/c3.mp3", None, "files_unlisted"),
    ]


def test_a_table_with_a_header_alone_is_said_to_be_empty() -> None:
    files = {"en/train.tsv": table(), "en/test.tsv": table("aa\tc1.mp3\tIt is late."), **clips(1)}
    _, rows, problems = read(source_of(files))
    assert len(rows) == 1
    assert named(problems) == [("en/train.tsv", 1, "list_empty")]


def test_a_name_packed_on_a_mac_is_the_name_in_the_table() -> None:
    files = {"en/train.tsv": table("aa\tcafé.mp3\tIt is late."), "en/clips/cafe\u0301.mp3": SOUND}
    _, rows, problems = read(source_of(files))
    assert [row.member for row in rows] == ["en/clips/cafe\u0301.mp3"]
    assert not problems
