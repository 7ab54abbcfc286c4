"""Praat TextGrids by their grammar, and by their traps."""

from __future__ import annotations

import pytest

from tests.datasets.readers.sources import read, source_of
from training_jobs.readers import Options, questions_of, reader_named

LONG = '''File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 2.3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 2.3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = "h e l oU w V n x x x x x x"
        intervals [2]:
            xmin = 0.5
            xmax = 2.3
            text = "t u:"
    item [2]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 2.3
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = "he said ""hello"""
        intervals [2]:
            xmin = 0.5
            xmax = 0.75
            text = ""
        intervals [3]:
            xmin = 0.75
            xmax = 2.3
            text = "two
lines, 7 of them"
    item [3]:
        class = "TextTier"
        name = "bell"
        xmin = 0
        xmax = 2.3
        points: size = 2
        points [1]:
            number = 1
            mark = "ding"
        points [2]:
            number = 2
            mark = "dong"
'''

SHORT = '''File type = "ooTextFile"
Object class = "TextGrid"

0
2.3
<exists>
3
"IntervalTier"
"phones"
0
2.3
2
0
0.5
"h e l oU w V n x x x x x x"
0.5
2.3
"t u:"
"IntervalTier"
"words"
0
2.3
3
0
0.5
"he said ""hello"""
0.5
0.75
""
0.75
2.3
"two
lines, 7 of them"
"TextTier"
"bell"
0
2.3
2
1
"ding"
2
"dong"
'''


def upload(content: str | bytes) -> dict[str, str | bytes]:
    return {"a/talk.wav": b"x", "a/talk.TextGrid": content}


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (LONG.encode(), [30, 38]),
        (LONG.encode("utf-16-be").join([b"\xfe\xff", b""]), [30, 38]),
        (LONG.replace("\n", "\r\n").encode("utf-16"), [30, 38]),
        (SHORT.encode(), [24, 30]),
        (SHORT.encode("utf-8-sig"), [24, 30]),
        (SHORT.replace("\n", "\r").encode(), [24, 30]),
        (LONG.replace('"ooTextFile"', '"ooTextFile" ! by 2 people "and" a half').encode(), [30, 38]),
    ],
    ids=["long", "utf-16 big", "utf-16 little", "short", "short with a mark", "old line ends", "a comment"],
)
def test_both_forms_say_the_same(content: bytes, lines: list[int]) -> None:
    found, rows, problems = read(source_of(upload(content)))
    assert found.reader.name == "textgrid"
    assert [(row.text, row.start_seconds, row.end_seconds, row.member) for row in rows] == [
        ('he said "hello"', 0.0, 0.5, "a/talk.wav"),
        ("two lines, 7 of them", 0.75, 2.3, "a/talk.wav"),
    ]
    assert [row.line for row in rows] == lines
    assert [problem.code for problem in problems] == ["points_left_out", "texts_empty"]
    assert "“bell” holds 2 points" in problems[0].message


def test_the_tier_may_be_chosen_and_sounds_are_not_the_guess() -> None:
    source = source_of(upload(LONG))
    reader = reader_named("textgrid")
    assert reader is not None
    (question,) = questions_of(reader, source)
    assert question.default == "words"
    assert [choice.value for choice in question.choices] == ["words", "phones", "", "*"]
    _, rows, _ = read(source, options=Options(tier="phones"))
    assert [row.text for row in rows] == ["h e l oU w V n x x x x x x", "t u:"]
    _, rows, problems = read(source, options=Options(tier="verses"))
    assert not rows
    assert "tier_missing" in {problem.code for problem in problems}


def test_tiers_of_several_speakers_are_read_together() -> None:
    content = LONG.replace('"phones"', '"Ana - words"').replace('"words"', '"Ben - words"')
    _, rows, _ = read(source_of(upload(content)))
    assert {row.speaker for row in rows} == {"Ana", "Ben"}
    assert [row.start_seconds for row in rows] == sorted(row.start_seconds or 0 for row in rows)


def test_words_with_times_may_be_joined_at_the_pauses() -> None:
    words = "".join(f'{at + 2 * (at // 6)}\n{at + 2 * (at // 6) + 1}\n"w{at}"\n' for at in range(12))
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n20\n<exists>\n1\n'
    content = f'{head}"IntervalTier"\n"words"\n0\n20\n12\n{words}'
    source = source_of(upload(content))
    reader = reader_named("textgrid")
    assert reader is not None
    (question,) = questions_of(reader, source)
    assert (question.name, question.default) == ("pieces", "each")
    assert [choice.example for choice in question.choices] == ["w0 w1 w2 w3 w4 w5", "w0"]
    assert [row.text for row in read(source)[1]] == [f"w{at}" for at in range(12)]
    _, rows, problems = read(source, options=Options.from_answers({"pieces": "joined"}))
    assert [row.text for row in rows] == ["w0 w1 w2 w3 w4 w5", "w6 w7 w8 w9 w10 w11"]
    assert not problems


def test_bad_intervals_are_named_with_their_line_and_the_rest_is_kept() -> None:
    content = SHORT.replace('0\n0.5\n"he', '0\nhalf\n"he').replace('0.75\n2.3\n"two', '2.3\n0.75\n"two')
    content = content.replace('0.5\n0.75\n""', '0.5\n0.75\n"kept"').encode()
    content += b'"IntervalTier"\n"words"\n0\n9\n2\n3\n4\n"broken \xff text"\n4\n5\n"whole"\n'
    _, rows, problems = read(source_of(upload(content)), options=Options(tier="words"))
    assert [row.text for row in rows] == ["kept", "whole"]
    assert {(problem.line, problem.code) for problem in problems} == {
        (24, "times_unreadable"),
        (30, "times_reversed"),
        (50, "text_not_utf8"),
        (None, "points_left_out"),
    }


@pytest.mark.parametrize("form", [LONG, SHORT], ids=["long", "short"])
def test_a_file_that_breaks_off_keeps_what_is_before_the_break(form: str) -> None:
    _, rows, problems = read(source_of(upload(form[: form.index("lines, 7")])))
    assert [row.text for row in rows] == ['he said "hello"']
    assert [problem.code for problem in problems] == ["file_unreadable", "file_unreadable", "texts_empty"]
    assert "is never closed" in problems[0].message
    assert "should hold 3 intervals and holds 2" in problems[1].message


def test_counts_that_lie_and_numbers_without_end_do_no_harm() -> None:
    content = SHORT.replace('"words"\n0\n2.3\n3', f'"words"\n0\n2.3\n{"9" * 100_000}')
    _, rows, _ = read(source_of(upload(content)))
    assert len(rows) == 2


def test_what_is_no_textgrid_is_named() -> None:
    files = {**upload(LONG), "b.wav": b"x", "b.TextGrid": "ooBinaryFile\x08TextGri"}
    _, rows, problems = read(source_of(files))
    assert len(rows) == 2
    assert ("b.TextGrid", "file_unreadable") in {(problem.file, problem.code) for problem in problems}
