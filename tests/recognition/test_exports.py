"""Every way a transcription is written down: the grammar of each, and what it makes of hard texts."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import docx
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.services.corrections import correction_create
from recognition.services.exports import FORMATS, export_name, transcription_export
from recognition.services.exports_document import document_of
from tests.datasets.readers.sources import read, source_of
from tests.recognition.spoken import HARBOUR, kept, segment, transcription
from training_jobs.readers import Options, questions_of, reader_named

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from recognition.models import Transcription

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ARABIC = (segment(("مرحبا", 0.5, 1.0, 0.9), ("بالعالم", 1.1, 1.8, 0.5)),)
HOSTILE = segment(
    ("<b>&\"'", 0.0, 0.5, 0.9), ("-->", 0.6, 0.9, 0.9), ("a,b;c", 1.0, 1.4, 0.9), ('say""it', 1.5, 2.0, 0.9)
)


def written(layout: str, row: Transcription) -> str:
    return transcription_export(transcription=row, layout=layout).decode()


# SubRip and WebVTT


def test_srt_is_numbered_cues_with_a_comma_and_an_empty_line_between() -> None:
    assert written("srt", transcription(*HARBOUR)) == (
        "1\n00:00:00,600 --> 00:00:02,000\nharbour control this is\n\n2\n00:00:04,200 --> 00:00:05,200\nsea wolf\n"
    )


def test_vtt_begins_with_its_name_and_has_points() -> None:
    assert written("vtt", transcription(*HARBOUR)) == (
        "WEBVTT\n\n00:00:00.600 --> 00:00:02.000\nharbour control this is\n\n00:00:04.200 --> 00:00:05.200\nsea wolf\n"
    )


def test_vtt_escapes_what_would_be_markup() -> None:
    text = written("vtt", transcription(HOSTILE))
    assert "&lt;b&gt;&amp;\"' --&gt; a,b;c" in text
    assert text.count("-->") == 1


def test_times_beyond_an_hour() -> None:
    late = segment(("late", 7199.5, 7201.0, 0.9))
    assert "01:59:59.500 --> 02:00:01.000" in written("vtt", transcription(late, duration_seconds=7201))


@pytest.mark.parametrize("layout", ["srt", "vtt"])
def test_subtitles_are_read_back_by_the_reader_of_datasets(layout: str) -> None:
    source = source_of({"talk.wav": b"", f"talk.{layout}": written(layout, transcription(*HARBOUR, HOSTILE_LATER))})
    _, rows, problems = read(source)
    assert problems == []
    assert " ".join(row.text for row in rows) == "harbour control this is sea wolf & co"
    assert [(row.start_seconds, row.end_seconds) for row in rows][:2] == [(0.6, 2.0), (4.2, 5.2)]


HOSTILE_LATER = segment(("&", 8.0, 8.4, 0.9), ("co", 8.5, 8.9, 0.9))


# Tables


def test_the_table_of_segments_has_a_row_each() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv", transcription(*HARBOUR)))))
    assert rows[0] == {
        "segment": "1",
        "start_seconds": "0.600",
        "end_seconds": "2.000",
        "text": "harbour control this is",
        "confidence": "0.9225",
        "words": "4",
    }
    assert len(rows) == 2


def test_the_table_of_words_counts_through() -> None:
    rows = list(csv.DictReader(io.StringIO(written("words_csv", transcription(*HARBOUR)))))
    assert [(row["segment"], row["word"], row["text"]) for row in rows][3:5] == [("1", "4", "is"), ("2", "5", "sea")]
    assert rows[4]["confidence"] == "0.5500"


def test_tables_quote_what_needs_it() -> None:
    text = written("csv", transcription(HOSTILE))
    assert next(csv.DictReader(io.StringIO(text)))["text"] == '<b>&"\' --> a,b;c say""it'
    assert text.count("\r\n") == 2


# Praat


def test_a_textgrid_covers_the_recording_without_a_gap() -> None:
    text = written("textgrid", transcription(*HARBOUR))
    assert text.startswith(
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = 10 \ntiers? <exists> \nsize = 2 \n'
    )
    first = text.split("    item [1]:\n")[1].split("    item [2]:\n")[0]
    assert first.splitlines() == [
        '        class = "IntervalTier" ',
        '        name = "transcript" ',
        "        xmin = 0 ",
        "        xmax = 10 ",
        "        intervals: size = 5 ",
        *interval(1, "0", "0.6", ""),
        *interval(2, "0.6", "2", "harbour control this is"),
        *interval(3, "2", "4.2", ""),
        *interval(4, "4.2", "5", "sea wolf"),
        *interval(5, "5", "10", ""),
    ]


def interval(number: int, start: str, end: str, text: str) -> list[str]:
    return [
        f"        intervals [{number}]:",
        f"            xmin = {start} ",
        f"            xmax = {end} ",
        f'            text = "{text}" ',
    ]


def test_a_quote_in_a_textgrid_is_doubled() -> None:
    assert 'text = "<b>&""\' --> a,b;c say""""it"' in written("textgrid", transcription(HOSTILE))


def test_an_empty_textgrid_is_one_empty_interval_in_each_tier() -> None:
    text = written("textgrid", transcription())
    assert text.count("intervals: size = 1 ") == 2
    assert text.count('text = ""') == 2


# ELAN


def elan(row: Transcription) -> ET.Element:
    return ET.fromstring(transcription_export(transcription=row, layout="eaf"))  # noqa: S314 - our own


def test_an_elan_document_has_its_parts_in_the_order_of_the_schema() -> None:
    root = elan(transcription(*HARBOUR))
    assert root.tag == "ANNOTATION_DOCUMENT"
    assert {"AUTHOR", "DATE", "FORMAT", "VERSION"} <= set(root.attrib)
    assert [child.tag for child in root] == [
        "HEADER", "TIME_ORDER", "TIER", "TIER", "LINGUISTIC_TYPE", "LINGUISTIC_TYPE", "LANGUAGE", *["CONSTRAINT"] * 4
    ]  # fmt: skip
    assert root.attrib["DATE"] == "2026-11-25T09:30:00+00:00"
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    assert media is not None
    assert media.attrib == {
        "MEDIA_URL": "file:///harbour.mp3",
        "RELATIVE_MEDIA_URL": "./harbour.mp3",
        "MIME_TYPE": "audio/mpeg",
    }
    assert root.findtext("HEADER/PROPERTY[@NAME='lastUsedAnnotationId']") == "8"


def test_the_words_of_an_elan_document_lie_inside_their_segments() -> None:
    root = elan(transcription(*HARBOUR))
    slots = {slot.attrib["TIME_SLOT_ID"]: int(slot.attrib["TIME_VALUE"]) for slot in root.iter("TIME_SLOT")}
    assert list(slots.values()) == sorted(slots.values())
    assert list(slots) == [f"ts{number}" for number in range(1, 17)]
    segments, words = (annotations(tier, slots) for tier in root.iter("TIER"))
    assert segments == [(600, 2000, "harbour control this is"), (4200, 5000, "sea wolf")]
    assert words[4:] == [(4200, 4500, "sea"), (4520, 5000, "wolf")]
    tier = root.findall("TIER")[1]
    assert (tier.attrib["PARENT_REF"], tier.attrib["LANG_REF"]) == ("transcript", "en")
    kinds = {kind.attrib["LINGUISTIC_TYPE_ID"]: kind.attrib for kind in root.iter("LINGUISTIC_TYPE")}
    assert kinds["words"]["CONSTRAINTS"] == "Included_In"
    assert kinds["transcript"]["TIME_ALIGNABLE"] == kinds["words"]["TIME_ALIGNABLE"] == "true"
    names = [annotation.attrib["ANNOTATION_ID"] for annotation in root.iter("ALIGNABLE_ANNOTATION")]
    assert names == [f"a{number}" for number in range(1, 9)]


def annotations(tier: ET.Element, slots: dict[str, int]) -> list[tuple[int, int, str]]:
    return [
        (slots[one.attrib["TIME_SLOT_REF1"]], slots[one.attrib["TIME_SLOT_REF2"]], one.findtext("ANNOTATION_VALUE", ""))
        for one in tier.iter("ALIGNABLE_ANNOTATION")
    ]


def test_xml_survives_any_text() -> None:
    root = elan(transcription(HOSTILE, segment(("bell\x07\x00", 3.0, 3.5, 0.9)), source_name="a b&ü\x01.wav"))
    texts = [value.text for value in root.iter("ANNOTATION_VALUE")]
    assert texts[:2] == ['<b>&"\' --> a,b;c say""it', "bell"]
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    assert media is not None
    assert media.attrib["RELATIVE_MEDIA_URL"] == "./a%20b%26%C3%BC.wav"


@pytest.mark.parametrize(("layout", "ending"), [("eaf", "eaf"), ("textgrid", "TextGrid")])
def test_annotations_are_read_back_by_the_readers_of_datasets(layout: str, ending: str) -> None:
    row = transcription(*HARBOUR, segment(('a"b', 6.0, 6.5, 0.9), ("<c>", 6.6, 7.0, 0.9)))
    source = source_of({"harbour.mp3": b"", f"harbour.{ending}": written(layout, row)})
    for tier, expected in (
        ("transcript", [("harbour control this is", 0.6, 2.0), ("sea wolf", 4.2, 5.0), ('a"b <c>', 6.0, 7.0)]),
        ("words", [(word.text, word.start_ms / 1000, word.end_ms / 1000) for word in document_of(row).words]),
    ):
        _, rows, problems = read(source, options=Options(tier=tier))
        assert {problem.code for problem in problems} <= {"texts_empty"}, "the silences between are empty in Praat"
        assert [(row.text, row.start_seconds, row.end_seconds) for row in rows] == expected


@pytest.mark.parametrize(("layout", "ending"), [("eaf", "eaf"), ("textgrid", "TextGrid")])
def test_the_transcript_is_what_a_dataset_would_be_read_from(layout: str, ending: str) -> None:
    source = source_of({"harbour.mp3": b"", f"harbour.{ending}": written(layout, transcription(*HARBOUR))})
    name = "elan" if layout == "eaf" else "textgrid"
    asked = {question.name: question for question in questions_of(reader_named(name), source)}
    assert asked["tier"].default == "transcript"


# Word


def word_document(row: Transcription) -> Any:
    return docx.Document(io.BytesIO(transcription_export(transcription=row, layout="docx")))


def test_a_word_document_names_its_source_and_marks_doubt() -> None:
    document = word_document(transcription(*HARBOUR))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[0] == "harbour"
    assert texts[1] == "10\u00a0s, heard by harbour@v2, 25 November 2026"
    assert texts[2:4] == ["0:00.6\tharbour control this is", "0:04.2\tsea wolf"]
    assert texts[4].startswith("unsure: the model was less than 85")
    assert document.core_properties.title == "harbour"
    marks = {run.text: run for paragraph in document.paragraphs[2:4] for run in paragraph.runs}
    assert marks["this"]._r.rPr.find(f"{W}u").get(f"{W}val") == "dotted"
    assert not marks["this"].font.bold
    assert marks["sea"]._r.rPr.find(f"{W}u").get(f"{W}val") == "wave"
    assert marks["sea"].font.bold
    assert marks[" wolf"]._r.rPr.find(f"{W}u") is None
    assert marks[" wolf"]._r.rPr.find(f"{W}lang").get(f"{W}val") == "en"


def test_a_word_document_speaks_the_language_of_whoever_takes_it_away() -> None:
    with translation.override("de"):
        texts = [paragraph.text for paragraph in word_document(transcription(*HARBOUR)).paragraphs]
    assert texts[1] == "10\u00a0s, gehört von harbour@v2, 25. November 2026"
    assert texts[2] == "0:00.6\tharbour control this is"
    assert texts[4].startswith("unsicher: das Modell war sich zu weniger als 85\u00a0% sicher. ")


def test_right_to_left_text_is_marked_as_such_in_a_word_document() -> None:
    document = word_document(transcription(*ARABIC, language="ar"))
    paragraph = document.paragraphs[2]
    assert paragraph.text == "0:00.5\tمرحبا بالعالم"
    assert paragraph._p.pPr.find(f"{W}bidi") is not None
    order = [child.tag for child in paragraph._p.pPr]
    assert order.index(f"{W}tabs") < order.index(f"{W}bidi") < order.index(f"{W}ind")
    doubtful = paragraph.runs[-1]
    assert doubtful.font.rtl
    assert doubtful.font.cs_bold
    assert doubtful._r.rPr.find(f"{W}lang").get(f"{W}bidi") == "ar"
    assert [child.tag for child in doubtful._r.rPr][-1] == f"{W}lang"


def test_a_word_document_of_silence_says_so() -> None:
    document = word_document(transcription())
    assert document.paragraphs[2].text == "Nothing was said in this recording."


def test_a_word_document_is_a_whole_zip() -> None:
    body = transcription_export(transcription=transcription(HOSTILE), layout="docx")
    assert zipfile.ZipFile(io.BytesIO(body)).testzip() is None


# Corrections


@pytest.mark.django_db
def test_a_corrected_text_keeps_its_times_in_every_format(owner: User) -> None:
    row = kept(owner, *HARBOUR)
    correction_create(transcription=row, text="Harbour control, this is the Sea Wolf.", by=owner)
    assert written("srt", row).splitlines()[2] == "Harbour control, this is the"
    assert written("srt", row).splitlines()[6] == "Sea Wolf."
    assert list(csv.DictReader(io.StringIO(written("csv", row))))[1]["text"] == "Sea Wolf."
    words = list(csv.DictReader(io.StringIO(written("words_csv", row))))
    assert [(word["text"], word["start_seconds"], word["confidence"]) for word in words][-2:] == [
        ("Sea", "4.200", ""),
        ("Wolf.", "4.520", ""),
    ]
    assert "corrected by hand" in word_document(row).paragraphs[1].text
    assert json.loads(written("json", row)) == {"text": "Harbour control, this is the Sea Wolf."}
    assert json.loads(written("verbose_json", row))["heard_text"] == "harbour control this is sea wolf"


@pytest.mark.django_db
def test_text_written_where_nothing_was_heard_spans_the_recording(owner: User) -> None:
    row = kept(owner, duration_seconds=4.0)
    correction_create(transcription=row, text="go ahead", by=owner)
    assert all("go" in written(layout, row) for layout in FORMATS if FORMATS[layout].is_text)
    assert document_of(row).segments[0].end_ms == 4000


def test_sounds_that_are_no_words_are_left_out() -> None:
    row = transcription(segment(("", 0.1, 0.4, 0.3), ("go", 0.5, 0.9, 0.9)), segment(("", 3.0, 3.4, 0.2)))
    assert [word.text for word in document_of(row).words] == ["go"]


# All of them


@pytest.mark.parametrize("layout", list(FORMATS))
@pytest.mark.parametrize(
    "row",
    [
        transcription(),
        transcription(*HARBOUR),
        transcription(*ARABIC, language="ar"),
        transcription(HOSTILE),
        transcription(segment(("今日は天気がいいので、港まで歩きました。", 0.0, 6.0, 0.7)), language="ja"),
        transcription(*HARBOUR, source_name="../../etc/passwd"),
        transcription(*HARBOUR, source_name=""),
    ],
    ids=["silence", "words", "arabic", "hostile", "japanese", "path", "nameless"],
)
def test_every_format_writes_every_row(layout: str, row: Transcription) -> None:
    body = transcription_export(transcription=row, layout=layout)
    assert body or (layout == "srt" and not row.text)
    name = export_name(source_name=row.source_name, layout=layout)
    assert name.endswith(FORMATS[layout].ending)
    assert "/" not in name
    if FORMATS[layout].is_text:
        assert not body or body.decode().endswith(("\n", ">"))


TIMES = st.floats(0, 20, allow_nan=False)
TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: text.split() == [text])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.tuples(TEXTS, TIMES, TIMES, st.floats(0, 1)), min_size=1, max_size=6), max_size=4))
def test_whatever_was_heard_no_two_words_overlap_and_all_files_are_whole(said: list[list[Any]]) -> None:
    row = transcription(*(segment(*words) for words in said), duration_seconds=20.0)
    document = document_of(row)
    for before, after in pairwise(document.words):
        assert before.start_ms < before.end_ms <= after.start_ms
    for layout in ("eaf", "docx", "textgrid", "vtt", "words_csv"):
        transcription_export(transcription=row, layout=layout)
    root = elan(row)
    spoken = [value.text for value in root.findall("TIER")[1].iter("ANNOTATION_VALUE")]
    assert len(spoken) == len(document.words)
