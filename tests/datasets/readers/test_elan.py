"""ELAN by its grammar, and by its traps."""

from __future__ import annotations

import time

import pytest

from tests.datasets.readers.sources import read, source_of
from training_jobs.readers import Options, questions_of, reader_named

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
ROOT = '<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">\n'
MEDIA = (
    '<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n'
    '<MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/Users/me/My%20talks/talk%201.wav" MIME_TYPE="audio/x-wav" '
    'RELATIVE_MEDIA_URL="../../media/talk%201.wav"/>\n</HEADER>\n'
)


def slots(**values: int | None) -> str:
    """Return a TIME_ORDER; None leaves the value out."""
    written = (
        f'<TIME_SLOT TIME_SLOT_ID="{name}"/>'
        if value is None
        else f'<TIME_SLOT TIME_SLOT_ID="{name}" TIME_VALUE="{value}"/>'
        for name, value in values.items()
    )
    return f"<TIME_ORDER>{''.join(written)}</TIME_ORDER>\n"


def tied(name: str, start: str, end: str, text: str) -> str:
    return (
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}" TIME_SLOT_REF1="{start}" TIME_SLOT_REF2="{end}">'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n"
    )


def referring(name: str, parent: str, text: str) -> str:
    return (
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{name}" ANNOTATION_REF="{parent}">'
        f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>\n"
    )


def tier(name: str, *annotations: str, kind: str = "default-lt", speaker: str = "", parent: str = "") -> str:
    participant = f' PARTICIPANT="{speaker}"' if speaker else ""
    depends = f' PARENT_REF="{parent}"' if parent else ""
    return (
        f'<TIER LINGUISTIC_TYPE_REF="{kind}"{participant}{depends} TIER_ID="{name}">\n{"".join(annotations)}</TIER>\n'
    )


def eaf(*parts: str, media: str = MEDIA) -> str:
    return f"{HEAD}{ROOT}{media}{''.join(parts)}</ANNOTATION_DOCUMENT>\n"


def upload(content: str | bytes, **more: str | bytes) -> dict[str, str | bytes]:
    return {"elan/talk 1.eaf": content, "media/talk 1.wav": b"x", **more}


SIMPLE = eaf(
    slots(ts1=0, ts2=1500, ts3=2000, ts4=3250),
    tier(
        "Ana",
        tied("a1", "ts1", "ts2", "Guten &amp; Tag"),
        tied("a2", "ts3", "ts4", "  wie \n geht’s "),
        speaker="Ana M.",
    ),
)


def test_an_eaf_cuts_the_recording_it_names_wherever_that_lay() -> None:
    found, rows, problems = read(source_of(upload(SIMPLE)))
    assert found.reader.name == "elan"
    assert [(row.member, row.text, row.speaker, row.start_seconds, row.end_seconds, row.line) for row in rows] == [
        ("media/talk 1.wav", "Guten & Tag", "Ana M.", 0.0, 1.5, 8),
        ("media/talk 1.wav", "wie geht’s", "Ana M.", 2.0, 3.25, 9),
    ]
    assert not problems


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_of_xml_are_read(encoding: str) -> None:
    content = SIMPLE.replace('encoding="UTF-8"', f'encoding="{"UTF-16" if encoding == "utf-16" else "UTF-8"}"')
    _, rows, _ = read(source_of(upload(content.encode(encoding))))
    assert len(rows) == 2


def test_without_the_named_recording_that_of_its_own_stem_is_taken() -> None:
    _, rows, _ = read(source_of({"a/x.eaf": SIMPLE, "b/X.MP3": b"x"}))
    assert {row.member for row in rows} == {"b/X.MP3"}
    _, rows, problems = read(source_of({"x.eaf": SIMPLE, "y.eaf": SIMPLE, "other.wav": b"x", "z.wav": b"x"}))
    assert not rows
    assert [problem.code for problem in problems] == ["file_missing", "file_missing", "files_unlisted"]
    assert "../../media/talk%201.wav" in problems[0].message


def test_the_sound_is_preferred_to_the_picture_and_its_origin_is_added() -> None:
    media = (
        '<HEADER TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:///talk.mp4" MIME_TYPE="video/mp4"/>'
        '<MEDIA_DESCRIPTOR MEDIA_URL="file:///talk.wav" MIME_TYPE="audio/x-wav" TIME_ORIGIN="500"/></HEADER>'
    )
    content = eaf(slots(a=0, b=1000), tier("t", tied("a1", "a", "b", "hi")), media=media)
    _, rows, _ = read(source_of({"x.eaf": content, "talk.mp4": b"x", "talk.wav": b"x"}))
    assert [(row.member, row.start_seconds, row.end_seconds) for row in rows] == [("talk.wav", 0.5, 1.5)]


def test_slots_without_a_value_lie_evenly_between_their_neighbours_in_the_tier() -> None:
    content = eaf(
        slots(ts1=1000, ts2=None, x1=None, ts3=None, x2=None, ts4=4000),
        tier(
            "words",
            tied("a1", "ts1", "ts2", "eins"),
            tied("a2", "ts2", "ts3", "zwei"),
            tied("a3", "ts3", "ts4", "drei"),
        ),
        tier("other", tied("b1", "ts1", "x1", "x"), tied("b2", "x1", "ts4", "y")),
    )
    _, rows, problems = read(source_of(upload(content)))
    assert [(row.text, row.start_seconds, row.end_seconds) for row in rows] == [
        ("eins", 1.0, 2.0),
        ("zwei", 2.0, 3.0),
        ("drei", 3.0, 4.0),
    ]
    assert not problems


def test_annotations_that_refer_to_others_have_their_times_over_any_number_of_steps() -> None:
    content = eaf(
        slots(a=1000, b=2000, c=3000, d=4000),
        tier("ref@Ana", tied("r1", "a", "b", "001"), tied("r2", "c", "d", "002"), kind="ref", speaker="Ana"),
        tier(
            "tx@Ana", referring("t1", "r1", "mi casa"), referring("t2", "r2", "es tu casa"), kind="tx", parent="ref@Ana"
        ),
        tier(
            "ft@Ana",
            referring("f1", "t1", "my house"),
            referring("f2", "t2", "is your house"),
            kind="ft",
            parent="tx@Ana",
        ),
        tier("mb", referring("m1", "t1", "mi"), referring("m2", "t1", "casa"), kind="mb", parent="tx@Ana"),
    )
    source = source_of(upload(content))
    _, rows, problems = read(source)
    said = [(row.text, row.speaker, row.start_seconds, row.end_seconds) for row in rows]
    assert said == [("mi casa", "Ana", 1.0, 2.0), ("es tu casa", "Ana", 3.0, 4.0)]
    assert not problems
    _, rows, _ = read(source, options=Options(tier="ft@Ana"))
    assert [(row.text, row.start_seconds) for row in rows] == [("my house", 1.0), ("is your house", 3.0)]
    _, rows, _ = read(source, options=Options(tier="mb"))
    assert [(row.text, row.start_seconds, row.end_seconds) for row in rows] == [("mi casa", 1.0, 2.0)]


TWO_VOICES = eaf(
    slots(a=0, b=1000, c=1500, d=2500),
    tier("Transcription", tied("1", "a", "b", "hello you"), kind="Transcription", speaker="Ana"),
    tier("Transcription-cp", tied("2", "c", "d", "hello yourself"), kind="Transcription", speaker="Ben"),
    tier("Translation", tied("3", "a", "b", "a much longer text than all of the others"), kind="Translation"),
    tier("Empty"),
)


def test_the_question_lists_the_tiers_with_counts_and_examples_and_a_kind_of_two_voices_is_the_guess() -> None:
    source = source_of(upload(TWO_VOICES))
    reader = reader_named("elan")
    assert reader is not None
    (question,) = questions_of(reader, source)
    assert question.name == "tier"
    assert question.default == "kind:Transcription"
    assert [(choice.value, choice.label, choice.example) for choice in question.choices] == [
        ("Translation", "Translation (1)", "a much longer text than all of the others"),
        ("Transcription-cp", "Transcription-cp (1)", "hello yourself"),
        ("Transcription", "Transcription (1)", "hello you"),
        ("Empty", "Empty (0)", ""),
        ("kind:Transcription", "All 2 tiers of the kind “Transcription” (2)", "hello you"),
        ("", "The likeliest tier of each file", ""),
        ("*", "All 4 tiers (3)", "hello you"),
    ]
    _, rows, _ = read(source)
    assert [(row.text, row.speaker) for row in rows] == [("hello you", "Ana"), ("hello yourself", "Ben")]


def test_a_tier_is_read_by_its_name_and_one_that_is_not_there_is_named() -> None:
    source = source_of({**upload(TWO_VOICES), "two.eaf": SIMPLE.replace("talk%201", "two"), "two.wav": b"x"})
    _, rows, problems = read(source, options=Options.from_answers({"tier": "Transcription-cp"}))
    assert [(row.text, row.speaker) for row in rows] == [("hello yourself", "Ben")]
    assert [(problem.file, problem.code) for problem in problems] == [("two.eaf", "tier_missing")]
    assert "“Ana”" in problems[0].message
    _, rows, _ = read(source, options=Options(tier="*"))
    assert ("a much longer text than all of the others", "Translation") in {(row.text, row.speaker) for row in rows}


def test_bad_annotations_are_named_with_their_line_and_the_rest_is_kept() -> None:
    content = eaf(
        slots(a=0, b=1000, c=2000, d=3000, e=-5, f=5000).replace('"5000"', '"soon"'),
        tier(
            "t",
            tied("1", "b", "a", "backwards"),
            tied("2", "a", "nowhere", "no slot"),
            tied("3", "e", "b", "before the start"),
            tied("4", "c", "f", "wrong value"),
            tied("5", "a", "b", " "),
            tied("6", "c", "d", "good"),
            referring("7", "gone", "no parent"),
            referring("8", "9", "round"),
            referring("9", "8", "and round"),
        ),
    )
    _, rows, problems = read(source_of(upload(content)))
    assert [row.text for row in rows] == ["good"]
    assert {(problem.line, problem.code) for problem in problems} == {
        (8, "times_reversed"),
        (9, "times_unreadable"),
        (10, "times_negative"),
        (11, "times_unreadable"),
        (12, "texts_empty"),
        (14, "times_unreadable"),
        (15, "times_unreadable"),
        (16, "times_unreadable"),
    }


def test_a_file_that_breaks_off_keeps_what_is_before_the_break() -> None:
    content = SIMPLE[: SIMPLE.index("geht")]
    _, rows, problems = read(source_of(upload(content)))
    assert [row.text for row in rows] == ["Guten & Tag"]
    assert [(problem.code, problem.line) for problem in problems] == [("xml_broken", 10)]


BOMB = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghij", "bcdefghijk", strict=True))
    + "]>\n<ANNOTATION_DOCUMENT>&k;</ANNOTATION_DOCUMENT>"
)
OUTSIDE = (
    '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>\n'
    "<ANNOTATION_DOCUMENT><TIER TIER_ID='t'>&f;</TIER></ANNOTATION_DOCUMENT>"
)
OUTER_TYPE = '<!DOCTYPE ANNOTATION_DOCUMENT SYSTEM "http://127.0.0.1:9/x.dtd">\n<ANNOTATION_DOCUMENT/>'


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, OUTER_TYPE], ids=["billion laughs", "a file", "a type elsewhere"])
def test_document_types_and_entities_are_refused_at_once(content: str) -> None:
    began = time.process_time()
    files = upload(SIMPLE, **{"bomb.eaf": content, "bomb.wav": b"x"})
    _, rows, problems = read(source_of(files))
    assert time.process_time() - began < 2
    assert len(rows) == 2
    assert [(problem.file, problem.code) for problem in problems] == [
        ("bomb.eaf", "xml_refused"),
        ("bomb.wav", "files_unlisted"),
    ]


@pytest.mark.parametrize(
    "content",
    ["", "plain text", "<html/>", '<?xml version="1.0" encoding="klingon"?><ANNOTATION_DOCUMENT/>', b"\xff\xfe\x00"],
)
def test_what_is_no_elan_file_is_named(content: str | bytes) -> None:
    files = upload(SIMPLE, **{"no.eaf": content})
    _, rows, problems = read(source_of(files))
    assert len(rows) == 2
    assert [problem.file for problem in problems] == ["no.eaf"]
    assert problems[0].code in {"file_unreadable", "xml_broken"}


def test_frames_are_frames() -> None:
    content = eaf(slots(a=0, b=50), tier("t", tied("1", "a", "b", "hi"))).replace("milliseconds", "PAL-frames")
    _, rows, _ = read(source_of(upload(content)))
    assert rows[0].end_seconds == 2.0
