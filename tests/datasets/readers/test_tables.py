"""Tables whose columns are chosen, guessed, or cut longer recordings."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.readers.sources import read, source_of
from training_jobs.archives import ArchiveError
from training_jobs.readers import Options, Problem, Row, find_reader, questions_of, reader_named
from training_jobs.readers.tables import Tables, table_preview

TWO = {"a.wav": b"x", "b.wav": b"x"}


def pieces(rows: list[Row]) -> list[tuple[str, str, float | None, float | None]]:
    return [(row.member, row.text, row.start_seconds, row.end_seconds) for row in rows]


# pieces of longer recordings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.csv", "file,text,start,end\na.wav,one,0,1.5\na.wav,two,2.25,3\n"),
        ("t.csv", "audio,start_time,end_time,transcript\na.wav,00:00:00,00:00:01.5,one\na.wav,0:02.25,0:03,two\n"),
        ("t.csv", "path;offset;duration;sentence\na.wav;0,0;1,5;one\na.wav;2,25;0,75;two\n"),
        ("t.tsv", "file\tonset\toffset\tlabel\na.wav\t0\t1.5\tone\na.wav\t2.25\t3\ttwo\n"),
        ("t.csv", "file,Start [ms],Duration (ms),text\na.wav,0,1500,one\na.wav,2250,750,two\n"),
        (
            "t.jsonl",
            (
                '{"audio": "a.wav", "begin": 0, "end": 1.5, "text": "one"}\n'
                '{"audio": "a.wav", "begin": 2.25, "end": 3, "text": "two"}'
            ),
        ),
        (
            "t.json",
            (
                '[{"audio": "a.wav", "start": 0, "end": 1.5, "text": "one"},\n'
                '{"audio": "a", "start": 2.25, "end": 3, "text": "two"}]'
            ),
        ),
    ],
    ids=["seconds", "clock", "offset and duration", "onset and offset", "milliseconds", "json lines", "json"],
)
def test_tables_with_times_cut_pieces(name: str, text: str) -> None:
    found, rows, problems = read(source_of({"a.wav": b"x", name: text}))
    assert found.reader.name == "table"
    assert pieces(rows) == [("a.wav", "one", 0.0, 1.5), ("a.wav", "two", 2.25, 3.0)]
    assert not problems


def test_a_duration_alone_is_the_length_of_the_file_and_cuts_nothing() -> None:
    for header in ("file,duration,text", "ID,duration,wav,spk_id,wrd", "PATH\tDURATION\tTRANSCRIPT"):
        cells = {"file": "a.wav", "wav": "$data/a.wav", "path": "/home/me/a.wav", "spk_id": "s1", "id": "a"}
        delimiter = "\t" if "\t" in header else ","
        row = delimiter.join(
            cells.get(name.lower(), "7" if name.lower() == "duration" else "one two")
            for name in header.split(delimiter)
        )
        _, rows, problems = read(source_of({"a.wav": b"x", "train.tsv": f"{header}\n{row}\n"}), wanted="table")
        assert pieces(rows) == [("a.wav", "one two", None, None)]
        assert [row.split for row in rows] == ["train"]
        assert not problems


def test_bad_times_are_named_by_line_and_the_rest_is_kept() -> None:
    lines = [
        "file,text,start,end", "a.wav,one,0,1", "a.wav,two,2,1", "a.wav,three,-1,1",
        "a.wav,four,soon,5", "a.wav,five,6,6",
        "a.wav,six,0.5,2", "a.wav,to the end,7,", "a.wav,other,0,1", "b.wav,whole,,",
    ]  # fmt: skip
    _, rows, problems = read(source_of({**TWO, "t.csv": "\n".join(lines)}))
    assert pieces(rows) == [
        ("a.wav", "one", 0.0, 1.0),
        ("a.wav", "six", 0.5, 2.0),
        ("a.wav", "to the end", 7.0, None),
        ("b.wav", "whole", None, None),
    ]
    assert [(problem.line, problem.code) for problem in problems] == [
        (3, "times_reversed"),
        (4, "times_negative"),
        (5, "times_unreadable"),
        (6, "times_without_length"),
        (9, "label_conflict"),
        (7, "times_overlap"),
    ]


# columns that no name tells


def test_unknown_headers_are_told_by_what_stands_below_them() -> None:
    text = "Nr;Aufnahme;Dauer;Wer;Gesagt\n1;/home/me/a.wav;2,5;Ana;Guten Tag\n2;b.wav;1,0;Ben;Auf Wiedersehen\n"
    found, rows, _ = read(source_of({**TWO, "liste.csv": text}))
    assert found.reader.name == "table"
    assert found.match.confidence < 0.9
    assert [(row.member, row.text, row.line) for row in rows] == [
        ("a.wav", "Guten Tag", 2),
        ("b.wav", "Auf Wiedersehen", 3),
    ]


def test_times_are_told_by_what_stands_below_them_only_where_rows_repeat_a_recording() -> None:
    text = "Nr;Aufnahme;von;bis;Gesagt\n1;a.wav;0,5;1;eins\n2;a.wav;1,5;2,5;zwei\n3;b.wav;0;2;drei\n"
    _, rows, problems = read(source_of({**TWO, "liste.csv": text}))
    assert pieces(rows) == [("a.wav", "eins", 0.5, 1.0), ("a.wav", "zwei", 1.5, 2.5), ("b.wav", "drei", 0.0, 2.0)]
    assert not problems
    text = "Aufnahme;Alter;Postleitzahl;Gesagt\na.wav;30;4051;eins\nb.wav;41;8001;zwei\n"
    assert [row.start_seconds for row in read(source_of({**TWO, "liste.csv": text}))[1]] == [None, None]


def test_columns_may_be_chosen_and_the_choice_is_kept_as_json() -> None:
    text = "file,text,note,who,from,till\na.wav,one,first,Ana,1,2\nb.wav,two,second,Ben,3,4\n"
    options = Options.from_answers(
        {
            "column_text": "note",
            "column_speaker": "who",
            "column_start": "from",
            "column_end": "till",
            "column_split": "",
        }
    )
    options = Options.from_dict(json.loads(json.dumps(options.as_dict())))
    _, rows, problems = read(source_of({**TWO, "t.csv": text}), options=options)
    assert [(row.text, row.speaker, row.start_seconds, row.end_seconds) for row in rows] == [
        ("first", "Ana", 1.0, 2.0),
        ("second", "Ben", 3.0, 4.0),
    ]
    assert not problems


def test_a_meaning_may_be_taken_away() -> None:
    text = "file,text,speaker\na.wav,one,x\n"
    _, rows, _ = read(source_of({**TWO, "t.csv": text}), options=Options(columns={"speaker": ""}))
    assert [row.speaker for row in rows] == [""]


def test_a_chosen_column_that_is_not_there_is_said_and_the_guess_is_used() -> None:
    text = "file,text\na.wav,one\nb.wav,two\n"
    _, rows, problems = read(source_of({**TWO, "t.csv": text}), options=Options(columns={"text": "verse"}))
    assert [row.text for row in rows] == ["one", "two"]
    assert [(problem.code, problem.is_clip_lost) for problem in problems] == [("column_missing", False)]


def test_tables_without_a_header_have_numbered_columns() -> None:
    text = "wavs/a.wav|3|Hello there.\nwavs/b.wav|5|Good bye!\n"
    source = source_of(
        {"wavs/a.wav": b"x", "wavs/b.wav": b"x", "list.txt": text, "README.txt": "a list, with commas\n"}
    )
    _, rows, problems = read(source, wanted="table")
    assert [(row.text, row.line) for row in rows] == [("Hello there.", 1), ("Good bye!", 2)]
    assert not problems
    _, rows, _ = read(source, wanted="table", options=Options(columns={"text": "column 2"}))
    assert [row.text for row in rows] == ["3", "5"]


def test_rows_after_the_first_of_a_table_without_header_are_judged_by_its_width() -> None:
    _, rows, problems = read(source_of({**TWO, "t.tsv": "a.wav\tyes\nb.wav\n\nb.wav\tno\n"}), wanted="table")
    assert [(row.text, row.line) for row in rows] == [("yes", 1), ("no", 4)]
    assert [(problem.line, problem.code) for problem in problems] == [(2, "row_too_short")]


def test_names_without_an_extension_are_those_of_recordings() -> None:
    files = {"wavs/LJ-1.wav": b"x", "wavs/LJ-2.wav": b"x", "t.csv": "id,text\nLJ-1,one\nLJ-2,two\n"}
    _, rows, _ = read(source_of(files))
    assert [(row.member, row.text) for row in rows] == [("wavs/LJ-1.wav", "one"), ("wavs/LJ-2.wav", "two")]


def test_of_two_columns_with_the_right_name_the_one_with_files_counts() -> None:
    text = "path,audio,text\nsession one,a.wav,one\nsession two,b.wav,two\n"
    _, rows, _ = read(source_of({**TWO, "t.csv": text}))
    assert [row.member for row in rows] == ["a.wav", "b.wav"]


def test_a_second_column_of_one_name_has_a_number() -> None:
    text = "file,text,text\na.wav,one,uno\nb.wav,two,dos\n"
    source = source_of({**TWO, "t.csv": text})
    assert [row.text for row in read(source)[1]] == ["one", "two"]
    assert [row.text for row in read(source, options=Options(columns={"text": "text (2)"}))[1]] == ["uno", "dos"]


def test_a_comma_in_the_text_does_not_hide_the_real_delimiter() -> None:
    text = "Datei;Inhalt\na.wav;eins, zwei, drei\nb.wav;vier, fünf\n"
    assert [row.text for row in read(source_of({**TWO, "t.csv": text}))[1]] == ["eins, zwei, drei", "vier, fünf"]


def test_a_table_chosen_by_hand_whose_columns_nobody_can_tell_is_named() -> None:
    source = source_of({**TWO, "t.csv": "x,y\n1,2\n3,4\n"})
    with pytest.raises(ArchiveError):
        find_reader(source)
    _, rows, problems = read(source, wanted="table")
    assert not rows
    assert [problem.code for problem in problems] == ["files_unlisted", "columns_unclear"]
    assert "“x”, “y”" in problems[-1].message


# what a page shows


def test_every_meaning_is_asked_with_the_guess_and_examples() -> None:
    text = "nr,file,said,who\n1,a.wav,Hello there,Ana\n2,b.wav,Good bye,Ben\n"
    source = source_of({**TWO, "t.csv": text})
    reader = reader_named("table")
    assert reader is not None
    questions = {question.name: question for question in questions_of(reader, source)}
    assert list(questions) == [
        "column_audio", "column_text", "column_speaker", "column_split", "column_start", "column_end",
        "column_duration",
    ]  # fmt: skip
    assert {name: question.default for name, question in questions.items() if question.default} == {
        "column_audio": "file",
        "column_text": "said",
    }
    choices = {choice.value: choice.example for choice in questions["column_text"].choices}
    assert choices == {"nr": "1 · 2", "file": "a.wav · b.wav", "said": "Hello there · Good bye", "who": "Ana · Ben"}
    assert questions["column_speaker"].choices[0].value == ""
    for question in questions.values():
        assert question.default in {choice.value for choice in question.choices}
    answers = {name: question.default for name, question in questions.items()}
    assert list(reader.rows(source, Options.from_answers(answers))) == list(reader.rows(source))


def test_the_preview_shows_the_header_and_five_rows_of_each_table() -> None:
    long = "file,text\n" + "".join(f"a.wav,word {number}\n" for number in range(9))
    previews = table_preview(source_of({**TWO, "t.csv": long, "other.csv": "x,y\n1,2\n"}))
    assert [(preview.name, preview.header, len(preview.rows)) for preview in previews] == [
        ("t.csv", ("file", "text"), 5),
        ("other.csv", ("x", "y"), 1),
    ]
    assert previews[0].rows[1] == ("a.wav", "word 1")


SAMPLE = b'file;"text";start;end;speaker\na.wav;"one, ""two""";0;1;x\nb.wav;three;1,5;2;y\n'


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_no_table_makes_the_reader_fail(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["t.csv", "t.tsv", "t.jsonl", "t.json", "t.txt"]))
    at = data.draw(st.integers(0, len(SAMPLE)))
    noise = data.draw(st.binary(max_size=60) | st.text(alphabet='{}[]",:;|\t\n 0a.wav', max_size=60).map(str.encode))
    content = data.draw(st.sampled_from([noise, SAMPLE[:at] + noise + SAMPLE[at:], SAMPLE[:at]]))
    source = source_of({**TWO, name: content})
    reader = Tables()
    reader.recognise(source)
    table_preview(source)
    answers = {
        question.name: data.draw(st.sampled_from(question.choices)).value for question in reader.questions(source)
    }
    for item in reader.rows(source, Options.from_answers(answers)):
        assert isinstance(item, (Row, Problem))
