from __future__ import annotations

import pytest
from django.utils.translation import override

from recognition.engine.errors import EngineError
from recognition.engine.language import quoted, said
from recognition.engine.text import normalise_label
from recognition.engine.writing import WritingRules, rules_of
from tests.datasets.readers.sources import source_of
from training_jobs.archives import ArchiveError
from training_jobs.archives.limits import ArchiveLimits, Budget
from training_jobs.exporters import layout_named
from training_jobs.readers import Problem, find_reader, reader_named

TABLE = {"t.csv": "file,label,start,end\na.wav,ja,1.5,\na.wav,,0,1\n", "a.wav": ""}


def test_numbers_in_sentences_are_written_as_the_language_writes_them() -> None:
    values = {"count": 1234, "first": "1,5.wav"}
    sentence = "{count:,} text files belong to no recording; the first is “{first}”."
    assert said(sentence, **values) == "1,234 text files belong to no recording; the first is “1,5.wav”."
    with override("de"):
        assert said(sentence, **values) == (
            "Textdateien, die zu keiner Aufnahme gehören: 1.234; die erste ist „1,5.wav“."
        )
        assert said("{seconds:.2f} s", seconds=1.5) == "1,50 s"
        assert said("“{name}” is not in the upload.", name=0.5) == "„0,5“ ist nicht im Upload."


def test_nothing_said_is_nothing() -> None:
    with override("de"):
        assert said("") == ""
        assert quoted([]) == ""
        assert quoted(["ja", "nein"]) == "„ja“, „nein“"


def test_the_engine_refuses_in_the_language_of_whoever_asks() -> None:
    with override("de"):
        with pytest.raises(EngineError) as refused:
            normalise_label(" ")
        assert refused.value.message == "Es ist kein Text da. Schreibe, was im Clip gesagt wird."
        with pytest.raises(EngineError) as refused:
            rules_of({"case": "upper"})
        assert refused.value.message == "case muss fold oder keep sein. Angekommen: upper."
        assert WritingRules().in_words() == "Kleinbuchstaben, keine Satzzeichen, Ziffern bleiben"


def test_archives_refuse_in_the_language_of_whoever_asks() -> None:
    budget = Budget(ArchiveLimits(unpacked_bytes=1_500_000_000), packed_bytes=1)
    with override("de"), pytest.raises(ArchiveError, match=r"größer als 1,5 GB; mehr ist nicht erlaubt"):
        budget.check_bytes(1_500_000_001)


def test_readers_speak_the_language_of_whoever_asks() -> None:
    source = source_of(TABLE)
    with override("de"):
        found = find_reader(source)
        assert found.match.reason == "t.csv hat die Spalten „file“ und „label“, und die genannten Dateien sind da."
        problems = [item.message for item in found.reader.rows(source) if isinstance(item, Problem)]
        assert problems[0] == "Gibt kein Label für „a.wav“ an."


def test_columns_without_a_name_are_shown_by_their_number_and_sent_as_before() -> None:
    source = source_of({"t.csv": "a.wav,ja\nb.wav,nein\n", "a.wav": "", "b.wav": ""})
    reader = reader_named("table")
    assert reader is not None
    with override("de"):
        question = reader.questions(source)[0]  # type: ignore[attr-defined]
    assert question.title == "Datei"
    assert [(choice.value, choice.label) for choice in question.choices] == [
        ("column 1", "Spalte 1"),
        ("column 2", "Spalte 2"),
    ]


def test_a_layout_is_shown_in_the_language_of_whoever_asks() -> None:
    layout = layout_named("class_folders")
    assert layout is not None
    assert layout.shown().keeps.lost() == "speakers and the rate each was recorded at"
    with override("de"):
        shown = layout.shown()
        assert (shown.name, shown.title) == ("class_folders", "Ein Ordner je Label")
        assert shown.keeps.kept() == "Ton, Text und Aufteilungen"
        assert shown.keeps.lost() == "Sprecher und die Abtastrate jeder Aufnahme"
        assert shown.keeps.limit.startswith("Labels, nach denen kein Ordner heißen kann")
    bundle = layout_named("site_bundle")
    assert bundle is not None
    with override("de"):
        assert bundle.shown().keeps.limit == ""
