"""SubRip and WebVTT by their grammar, and by their traps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.datasets.readers.sources import read, source_of

if TYPE_CHECKING:
    from training_jobs.readers import Problem, Row

SRT = """1
00:00:01,000 --> 00:00:02,500
Hello there.

2
00:00:03,250 --> 00:01:04,000
How are
you?
"""

VTT = """WEBVTT - a talk

STYLE
::cue { color: red }

REGION
id:fred
width:40%

NOTE This cue is never shown
00:00.000 --> 00:01.000

intro
00:01.000 --> 00:02.500 align:start position:10%
<v.loud Ana Maria>Hello <i>there</i> &amp; welcome</v>

01:00:03.000 --> 01:00:04.000
<v Ben>Hi</v> <v Ana>Oh</v>
"""


def cut(rows: list[Row]) -> list[tuple[str, float | None, float | None, int | None]]:
    return [(row.text, row.start_seconds, row.end_seconds, row.line) for row in rows]


def told(problems: list[Problem]) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.code) for problem in problems]


# SubRip


@pytest.mark.parametrize(
    "content",
    [
        SRT.encode(),
        SRT.replace("\n", "\r\n").encode("utf-8-sig"),
        SRT.encode("utf-16"),
        SRT.replace(",", ".").encode(),
    ],
    ids=["plain", "windows with a mark", "utf-16", "points"],
)
def test_subrip_cuts_the_recording_of_its_name(content: bytes) -> None:
    found, rows, problems = read(source_of({"talks/a.mp3": b"x", "talks/a.srt": content}))
    assert found.reader.name == "srt"
    assert cut(rows) == [("Hello there.", 1.0, 2.5, 2), ("How are you?", 3.25, 64.0, 6)]
    assert {(row.member, row.listed_in, row.split, row.speaker) for row in rows} == {
        ("talks/a.mp3", "talks/a.srt", "", "")
    }
    assert not problems


def test_blank_lines_inside_a_text_and_missing_ones_between_cues_do_no_harm() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\nOne\n\nand a half\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n"
        "00:00:05,000 --> 00:00:06,000\nin 1984\n1984\n\n4\n00:00:07,000 --> 00:00:08,000\nFour"
    )
    _, rows, problems = read(source_of({"a.wav": b"x", "a.srt": text}))
    assert [row.text for row in rows] == ["One and a half", "Two", "in 1984 1984", "Four"]
    assert not problems


def test_tags_and_places_are_taken_out_of_subrip() -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,000 X1:1 X2:2 Y1:3 Y2:4\n{\\an8}<font color='red'>Tom &amp; <b>Eve</b></font>\n"
    )
    _, rows, _ = read(source_of({"a.wav": b"x", "a.srt": text}))
    assert [row.text for row in rows] == ["Tom & Eve"]


def test_bad_cues_are_named_by_line_and_the_rest_is_kept() -> None:
    text = b"\n".join(
        [
            b"1", b"00:00:01,000 -> 00:00:02,000", b"broken arrow", b"",
            b"2", b"00:00:61,000 --> 00:00:62,000", b"no such second", b"",
            b"3", b"00:00:05,000 --> 00:00:04,000", b"backwards", b"",
            b"4", b"00:00:06,000 --> 00:00:06,000", b"no length", b"",
            b"5", b"00:00:07,000 --> 00:00:08,000", b"not \xff text", b"",
            b"6", b"00:00:09,000 --> 00:00:12,000", b"good", b"",
            b"7", b"00:00:11,000 --> 00:00:13,000", b"overlapping", b"",
            b"8", b"00:00:14,000 --> 00:00:15,000", b"", b"",
            b"9", b"00:00:15,000 --> 00:00:16,000", b"[music]", b"",
            b"10", b"times forgotten", b"",
            b"11", b"--> 00:00:18,000", b"half", b"",
            b"12", b"00:00:19,000 --> 00:00:20,000", b"last",
        ]
    )  # fmt: skip
    _, rows, problems = read(source_of({"a.wav": b"x", "a.srt": text}))
    assert [row.text for row in rows] == ["good", "overlapping", "last"]
    assert told(problems) == [
        (2, "times_unreadable"),
        (6, "times_unreadable"),
        (10, "times_reversed"),
        (14, "times_without_length"),
        (19, "text_not_utf8"),
        (37, "times_unreadable"),
        (41, "times_unreadable"),
        (34, "not_a_word"),
        (30, "texts_empty"),
        (26, "times_overlap"),
    ]
    assert [problem.is_clip_lost for problem in problems] == [True] * 7 + [False] * 3
    assert "00:01:02,500 --> 00:01:04,000" in problems[0].message


def test_a_language_in_the_name_is_no_part_of_the_stem_and_the_plain_name_counts_first() -> None:
    other = SRT.replace("Hello there.", "Hallo.")
    files = {"a.wav": b"x", "a.de.srt": other, "a.srt": SRT, "b.wav": b"x", "b.en-GB.srt": SRT}
    _, rows, problems = read(source_of(files))
    assert {(row.member, row.listed_in) for row in rows} == {("a.wav", "a.srt"), ("b.wav", "b.en-GB.srt")}
    assert [(problem.file, problem.code) for problem in problems] == [("a.de.srt", "annotation_twice")]


def test_subtitles_without_a_recording_and_recordings_without_subtitles_are_named() -> None:
    files = {"a.wav": b"x", "a.srt": SRT, "gone.srt": SRT, "left.wav": b"x", "empty.srt": "", "b.wav": b"x"}
    _, rows, problems = read(source_of(files, damaged=("b.srt",)))
    assert len(rows) == 2
    assert [(problem.file, problem.code) for problem in problems] == [
        ("empty.srt", "file_unreadable"),
        ("gone.srt", "file_missing"),
        ("b.wav", "files_unlisted"),
    ]
    assert "2 audio files" in problems[-1].message


def test_one_recording_and_one_file_belong_together_whatever_they_are_called() -> None:
    _, rows, problems = read(source_of({"interview.m4a": b"x", "subtitles.srt": SRT}))
    assert {row.member for row in rows} == {"interview.m4a"}
    assert not problems


def test_subtitles_win_over_plain_text_and_over_folders() -> None:
    files = {"talks/a.wav": b"x", "talks/a.srt": SRT, "talks/a.txt": "Hello there. How are you?"}
    assert read(source_of(files))[0].reader.name == "srt"
    files = {"yes/a.wav": b"x", "no/b.wav": b"x", "no/c.wav": b"x", "no/c.srt": SRT}
    assert read(source_of(files))[0].reader.name == "class_folders"


def test_folders_give_the_split_only_where_one_of_them_is_for_training() -> None:
    files = {"train/a.wav": b"x", "train/a.srt": SRT, "dev/b.wav": b"x", "dev/b.srt": SRT}
    assert {(row.member, row.split) for row in read(source_of(files))[1]} == {
        ("train/a.wav", "train"),
        ("dev/b.wav", "validation"),
    }
    files = {"test/a.wav": b"x", "test/a.srt": SRT}
    assert {row.split for row in read(source_of(files))[1]} == {""}


# WebVTT


def test_webvtt_by_its_grammar() -> None:
    found, rows, problems = read(source_of({"a.webm": b"x", "a.vtt": VTT}))
    assert found.reader.name == "vtt"
    assert cut(rows) == [("Hello there & welcome", 1.0, 2.5, 14), ("Hi Oh", 3603.0, 3604.0, 17)]
    assert [row.speaker for row in rows] == ["Ana Maria", ""]
    assert not problems


def test_readings_above_the_line_are_no_second_text() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<ruby>漢<rt>かん</rt>字<rt>じ</ruby>を&nbsp;読む&#33;&rlm;\n"
    _, rows, _ = read(source_of({"a.wav": b"x", "a.vtt": text}))
    assert [row.text for row in rows] == ["漢字を 読む!"]


def test_captions_that_roll_up_are_not_heard_twice() -> None:
    text = (
        "WEBVTT\nKind: captions\nLanguage: en\n\n"
        "00:00:00.000 --> 00:00:02.000 align:start\n \nso<00:00:00.500><c> today</c>\n\n"
        "00:00:02.000 --> 00:00:02.010\nso today\n \n\n"
        "00:00:02.010 --> 00:00:04.000\nso today\nwe<00:00:02.500><c> talk</c>\n"
    )
    _, rows, problems = read(source_of({"a.wav": b"x", "a.vtt": text}))
    assert [row.text for row in rows] == ["so today", "we talk"]
    assert [problem.code for problem in problems] == ["texts_empty"]


def test_bad_blocks_of_webvtt_are_named_and_the_rest_is_kept() -> None:
    text = (
        "WEBVTT\n00:01.000 --> 00:02.000\nunder the header\n\n"
        "x:02 --> 00:03.000\nbad times\n\n"
        "some text without times\n\n"
        "00:05.000 --> 00:06.000\nfirst\n00:07.000 --> 00:08.000\nsecond\n"
    )
    _, rows, problems = read(source_of({"a.wav": b"x", "a.vtt": text}))
    assert [row.text for row in rows] == ["under the header", "first", "second"]
    assert told(problems) == [(5, "times_unreadable"), (8, "times_unreadable")]


def test_a_file_that_is_no_webvtt_is_named() -> None:
    files = {"a.wav": b"x", "a.vtt": VTT, "b.wav": b"x", "b.vtt": SRT}
    _, rows, problems = read(source_of(files))
    assert {row.member for row in rows} == {"a.wav"}
    assert [(problem.file, problem.code) for problem in problems] == [
        ("b.vtt", "file_unreadable"),
        ("b.wav", "files_unlisted"),
    ]
