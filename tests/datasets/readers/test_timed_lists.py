"""Audacity labels, NIST STM and CTM, and Whisper's JSON by their grammar, and by their traps."""

from __future__ import annotations

import json

import pytest

from tests.datasets.readers.sources import read, source_of
from training_jobs.readers import Options

# Audacity

LABELS = (
    "0.500000\t1.250000\tyes\n\\\t120.0\t3400.5\n2,0\t3,5\tturn on\tthe light\n4.000000\t4.000000\tclick\n5.0\t6.0\t\n"
)


def test_audacity_labels_by_their_grammar() -> None:
    found, rows, problems = read(source_of({"a.flac": b"x", "a.txt": LABELS, "README.txt": "Labels by me"}))
    assert found.reader.name == "audacity"
    assert [(row.text, row.start_seconds, row.end_seconds, row.line) for row in rows] == [
        ("yes", 0.5, 1.25, 1),
        ("turn on the light", 2.0, 3.5, 3),
    ]
    assert [(problem.line, problem.code) for problem in problems] == [(4, "times_without_length"), (5, "texts_empty")]


def test_labels_named_as_audacity_names_them_belong_to_the_only_recording() -> None:
    _, rows, _ = read(source_of({"interview.wav": b"x", "Label Track.txt": LABELS}))
    assert {row.member for row in rows} == {"interview.wav"}


def test_bad_label_lines_are_named_and_the_rest_is_kept() -> None:
    lines = [b"0\t1\tone", b"1\ttwo\ttwo", b"no tabs", b"2\t3\t\xff", b"-1\t3\tearly", b"5\t4\tback", b"inf\tnan\tx"]
    lines += [b"%d\t%d\tgood %d" % (at, at + 1, at) for at in range(10, 40)]
    _, rows, problems = read(source_of({"a.wav": b"x", "a.txt": b"\r\n".join(lines)}))
    assert len(rows) == 31
    assert [(problem.line, problem.code) for problem in problems] == [
        (2, "times_unreadable"),
        (3, "times_unreadable"),
        (4, "text_not_utf8"),
        (5, "times_negative"),
        (6, "times_reversed"),
        (7, "times_unreadable"),
    ]


def test_plain_text_beside_sound_is_not_taken_for_labels() -> None:
    assert read(source_of({"a.wav": b"x", "a.txt": "one two"}))[0].reader.name != "audacity"


# STM

STM = """;; CATEGORY "0" "" ""
;; LABEL "O" "Overall" "Overall"
talk1 1 ana 12.40 15.90 <o,f0,female> it 's {COUGH} the first(2) time
talk1 1 inter_segment_gap 15.90 17.00 <o,,unknown> ignore_time_segment_in_scoring
talk1 1 ben 17.00 19.50 { colour / color } (%HESITATION) (of) the rose
talk2.2019 1 ana 0.00 2.00 <o,f0,female> over there
"""


def test_stm_by_its_grammar() -> None:
    files = {"ted/stm/talk1.stm": STM, "ted/sph/talk1.sph": b"x", "ted/sph/talk2.2019.sph": b"x"}
    found, rows, problems = read(source_of(files))
    assert found.reader.name == "stm"
    assert [(row.member, row.text, row.speaker, row.start_seconds, row.end_seconds, row.line) for row in rows] == [
        ("ted/sph/talk1.sph", "it's the first time", "ana", 12.4, 15.9, 3),
        ("ted/sph/talk1.sph", "colour of the rose", "ben", 17.0, 19.5, 5),
        ("ted/sph/talk2.2019.sph", "over there", "ana", 0.0, 2.0, 6),
    ]
    assert [(problem.line, problem.code) for problem in problems] == [(4, "not_a_word")]


def test_bad_lines_of_stm_are_named_and_the_rest_is_kept() -> None:
    text = (
        b"a 1 ana 0 1 good\na 1 ana 1\na 1 ana one 2 x\na 1 ana 3 2 back\na 1 ana 4 5 an <unk> word\n"
        b"a 1 ana 5 6 \xff\ngone 1 ana 0 1 lost\ngone 1 ana 2 3 lost\na 1 ana 6 7\na 2 ben 0.5 2 other side\n"
    )
    _, rows, problems = read(source_of({"a.wav": b"x", "x.stm": text}))
    assert [row.text for row in rows] == ["good", "other side"]
    assert {(problem.line, problem.code, problem.is_clip_lost) for problem in problems} == {
        (2, "row_too_short", True),
        (3, "times_unreadable", True),
        (4, "times_reversed", True),
        (5, "text_incomplete", True),
        (6, "text_not_utf8", True),
        (7, "file_missing", True),
        (9, "texts_empty", False),
        (10, "times_overlap", False),
        (None, "channels_mixed", False),
    }


def test_lists_of_splits_give_the_split() -> None:
    files = {"train.stm": "a 1 x 0 1 hi\n", "dev.stm": "b 1 x 0 1 hi\n", "a.wav": b"x", "b.wav": b"x"}
    assert {(row.member, row.split) for row in read(source_of(files))[1]} == {
        ("a.wav", "train"),
        ("b.wav", "validation"),
    }


# CTM


def test_words_of_a_ctm_are_joined_at_the_pauses() -> None:
    text = (
        ";; words\na 1 0.50 0.30 the 0.9\na 1 0.80 0.20 cat(2) 0.8\na 1 1.00 0.10 <eps> 1.0\na 1 2.00 0.50 sat\n"
        "a 1 2.60 0.40 down 0.7\nb A 9.00 1.00 alone\n"
    )
    found, rows, problems = read(source_of({"a.wav": b"x", "b.wav": b"x", "x.ctm": text}))
    assert found.reader.name == "ctm"
    assert [(row.member, row.text, row.start_seconds, row.end_seconds, row.line) for row in rows] == [
        ("a.wav", "the cat", pytest.approx(0.4), pytest.approx(1.1), 2),
        ("a.wav", "sat down", pytest.approx(1.9), pytest.approx(3.0), 5),
        ("b.wav", "alone", pytest.approx(8.9), pytest.approx(10.0), 7),
    ]
    assert [(problem.line, problem.code) for problem in problems] == [(4, "not_a_word")]


def test_each_word_of_a_ctm_may_be_a_clip() -> None:
    text = "a 1 0.5 0.3 yes\na 1 0.8 0.2 no\n"
    _, rows, _ = read(source_of({"a.wav": b"x", "x.ctm": text}), options=Options(pieces="each"))
    assert [(row.text, row.start_seconds, row.end_seconds) for row in rows] == [("yes", 0.5, 0.8), ("no", 0.8, 1.0)]


def test_speech_without_pauses_is_cut_at_the_longest_ones_there_are() -> None:
    words = [f"a 1 {0.4 * at + (0.15 if at >= 30 else 0):.2f} 0.35 w{at}" for at in range(100)]
    _, rows, problems = read(source_of({"a.wav": b"x", "x.ctm": "\n".join(words)}))
    lengths = [(row.end_seconds or 0) - (row.start_seconds or 0) for row in rows]
    assert max(lengths) <= 15.2
    assert rows[0].text.split()[-1] == "w29"
    assert " ".join(row.text for row in rows).split() == [f"w{at}" for at in range(100)]
    assert not problems


def test_a_word_with_impossible_times_takes_no_other_with_it() -> None:
    text = "a 1 0.5 0.3 one\na 1 0.8 -1 two\na 1 x 1 three\na 1 -3 1 four\na 1 1.0 0.2 five\nshort line\n"
    _, rows, problems = read(source_of({"a.wav": b"x", "x.ctm": text}))
    assert [row.text for row in rows] == ["one five"]
    assert {(problem.line, problem.code) for problem in problems} == {
        (2, "times_reversed"),
        (3, "times_unreadable"),
        (4, "times_negative"),
        (6, "row_too_short"),
    }


# Whisper

VERBOSE = {
    "task": "transcribe",
    "language": "english",
    "duration": 8.47,
    "text": "The beach was popular. Very.",
    "segments": [
        {
            "id": 0,
            "seek": 0,
            "start": 0.0,
            "end": 3.32,
            "text": " The beach was popular.",
            "tokens": [1],
            "speaker": "S1",
        },
        {"id": 1, "seek": 0, "start": 3.32, "end": 4, "text": " Very.", "tokens": [2]},
    ],
}


def test_verbose_json_by_its_grammar() -> None:
    found, rows, problems = read(source_of({"a.mp3": b"x", "a.json": json.dumps(VERBOSE, indent=2)}))
    assert found.reader.name == "verbose_json"
    assert [(row.text, row.speaker, row.start_seconds, row.end_seconds) for row in rows] == [
        ("The beach was popular.", "S1", 0.0, 3.32),
        ("Very.", "", 3.32, 4.0),
    ]
    assert not problems


def test_what_whisper_writes_all_at_once_is_read_once() -> None:
    srt = "1\n00:00:00,000 --> 00:00:03,320\nThe beach was popular.\n"
    files = {
        "a.mp3": b"x", "a.json": json.dumps(VERBOSE), "a.srt": srt, "a.txt": "The beach was popular.\nVery.\n",
        "a.tsv": "start\tend\ttext\n0\t3320\tThe beach was popular.\n", "a.vtt": "WEBVTT\n\n" + srt.replace(",", "."),
    }  # fmt: skip
    found, rows, _ = read(source_of(files))
    assert found.reader.name == "verbose_json"
    assert len(rows) == 2


def test_words_alone_are_joined_at_the_pauses() -> None:
    words = [
        {"word": "so", "start": 0.5, "end": 1},
        {"word": "what", "start": 1.1, "end": 2},
        {"word": "now", "start": 5, "end": 6},
    ]
    _, rows, _ = read(source_of({"a.mp3": b"x", "a.json": json.dumps({"text": "so what now", "words": words})}))
    assert [row.text for row in rows] == ["so what", "now"]


def test_bad_segments_are_named_by_their_number_and_the_rest_is_kept() -> None:
    segments = [
        {"start": 0, "end": 1, "text": "good"},
        {"start": "0", "end": 1, "text": "text for a number"},
        {"start": True, "end": None, "text": "no numbers"},
        {"start": 2, "end": 10**400, "text": "no end"},
        {"start": 3, "end": 2, "text": "back"},
        {"start": 3, "end": 4, "text": 7},
        "no object",
        {"start": 5, "end": 6, "text": " "},
        {"start": float("nan"), "end": 6, "text": "nan"},
    ]
    _, rows, problems = read(source_of({"a.mp3": b"x", "a.json": json.dumps({"segments": segments})}))
    assert [row.text for row in rows] == ["good"]
    assert [problem.code for problem in problems] == [
        "times_unreadable", "times_unreadable", "times_unreadable", "times_reversed", "row_unreadable",
        "row_unreadable", "times_unreadable", "texts_empty",
    ]  # fmt: skip
    assert "Segment 2" in problems[0].message
    assert "Segment 8" in problems[-1].message


def test_broken_json_is_named_with_its_line() -> None:
    content = json.dumps(VERBOSE, indent=1)
    files = {
        "a.mp3": b"x",
        "a.json": content,
        "b.mp3": b"x",
        "b.json": content[:-40],
        "card.json": '{"license": "CC0"}',
    }
    _, rows, problems = read(source_of(files))
    assert len(rows) == 2
    assert [(problem.file, problem.code) for problem in problems] == [
        ("b.json", "file_unreadable"),
        ("b.mp3", "files_unlisted"),
    ]
    assert "line" in problems[0].message
    deep = '{"segments": [{"start": ' + "[" * 100_000
    _, _, problems = read(source_of({**files, "b.json": deep}))
    assert ("b.json", "file_unreadable") in {(problem.file, problem.code) for problem in problems}
