"""NeMo manifests: paths of other machines, pieces, labels."""

from __future__ import annotations

import json

from tests.datasets.readers.samples import NEMO, SOUND, named
from tests.datasets.readers.sources import read, source_of


def manifest(*entries: object) -> str:
    return "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)


def test_nemo_manifests_as_their_manual_has_them() -> None:
    found, rows, problems = read(source_of(NEMO))
    assert found.reader.name == "nemo"
    assert {(row.member, row.start_seconds, row.end_seconds, row.text, row.speaker, row.split) for row in rows} == {
        ("a.wav", None, None, "good morning", "ana", "train"),
        ("b.wav", 1.5, 3.5, "how are you", "7", "train"),
        ("c.wav", None, None, "good bye", "", "test"),
    }
    assert not problems


def test_the_variants_for_words_are_read() -> None:
    files = {
        "commands.json": manifest(
            {"audio_filepath": "a.wav", "duration": 1, "command": "yes"},
            {"audio_filepath": "b.wav", "duration": 1, "label": 7},
        ),
        "a.wav": SOUND,
        "b.wav": SOUND,
    }
    _, rows, _ = read(source_of(files))
    assert [row.text for row in rows] == ["yes", "7"]


def test_one_recording_may_be_cut_into_many_pieces() -> None:
    pieces = [{"audio_filepath": "a.wav", "offset": at, "duration": 1.5, "text": f"part {at}"} for at in (0, 1.5, 3)]
    _, rows, problems = read(source_of({"manifest.jsonl": manifest(*pieces), "a.wav": SOUND}))
    assert [(row.start_seconds, row.end_seconds) for row in rows] == [(0.0, 1.5), (1.5, 3.0), (3.0, 4.5)]
    assert not problems


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    good = {"audio_filepath": "a.wav", "duration": 1.0, "text": "one"}
    lines = [
        json.dumps(good).encode(),
        b"{broken",
        b'["no", "object"]',
        b'{"audio_filepath": "b.wav", "duration": 1, "text": "caf\xe9"}',
        *(
            json.dumps({**good, "audio_filepath": "b.wav", **change}).encode()
            for change in (
                {"text": ""},
                {"text": None},
                {"audio_filepath": "gone.wav"},
                {"audio_filepath": "../b.wav"},
                {"audio_filepath": None},
                {"text": None, "text_filepath": "gone.txt"},
                {"offset": -1},
                {"offset": 1, "duration": -0.5},
                {"offset": "soon"},
                {"offset": 1, "duration": "long"},
            )
        ),
        b"",
        b'{"audio_filepath": "b.wav", "offset": "0.5", "duration": 1, "text": "kept \\u0000\\ud800"}',
    ]
    _, rows, problems = read(source_of({"m.json": b"\r\n".join(lines), "a.wav": SOUND, "b.wav": SOUND, "c.wav": SOUND}))
    assert [(row.text, row.line) for row in rows] == [("one", 1), ("kept \ufffd?", 16)]
    assert named(problems) == [
        ("m.json", 2, "row_unreadable"),
        ("m.json", 3, "row_unreadable"),
        ("m.json", 4, "text_not_utf8"),
        ("m.json", 5, "text_empty"),
        ("m.json", 6, "text_empty"),
        ("m.json", 7, "file_missing"),
        ("m.json", 8, "path_unsafe"),
        ("m.json", 9, "path_missing"),
        ("m.json", 10, "file_missing"),
        ("m.json", 11, "times_negative"),
        ("m.json", 12, "times_reversed"),
        ("m.json", 13, "times_unreadable"),
        ("m.json", 14, "times_unreadable"),
        ("c.wav", None, "files_unlisted"),
    ]
