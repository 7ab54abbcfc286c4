"""Azure Custom Speech: one list with a tab in each line."""

from __future__ import annotations

from tests.datasets.readers.samples import AZURE_SPEECH, SOUND, named, told
from tests.datasets.readers.sources import read, source_of


def test_azure_custom_speech_as_its_manual_has_it() -> None:
    found, rows, problems = read(source_of(AZURE_SPEECH))
    assert found.reader.name == "azure_speech"
    assert told(rows) == {
        "speech01.wav": ("speech recognition is awesome", "", ""),
        "speech02.wav": ("the quick brown fox", "", ""),
    }
    assert not problems


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    text = (
        b"\xef\xbb\xbfspeech01.wav\tone\r\nspeech02.wav two\r\nspeech02.wav\t\r\ngone.wav\tx\r\n"
        b"..\\speech02.wav\tx\r\nspeech02.wav\tcaf\xe9\r\nC:\\data\\speech02.wav\tkept\r\nspeech01.wav\tother\r\n"
    )
    _, rows, problems = read(source_of({**AZURE_SPEECH, "trans.txt": text, "speech03.wav": SOUND}))
    assert [(row.text, row.line) for row in rows] == [("one", 1), ("kept", 7)]
    assert named(problems) == [
        ("trans.txt", 2, "row_too_short"),
        ("trans.txt", 3, "text_empty"),
        ("trans.txt", 4, "file_missing"),
        ("trans.txt", 5, "path_unsafe"),
        ("trans.txt", 6, "text_not_utf8"),
        ("trans.txt", 8, "label_conflict"),
        ("speech03.wav", None, "files_unlisted"),
    ]
