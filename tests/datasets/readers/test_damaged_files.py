"""No file makes a reader fail: whatever the bytes, it yields rows and problems."""

from __future__ import annotations

import json
import math
import time
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.readers.sources import source_of
from tests.datasets.readers.test_elan import TWO_VOICES
from tests.datasets.readers.test_subtitles import SRT, VTT
from tests.datasets.readers.test_textgrid import LONG, SHORT
from tests.datasets.readers.test_timed_lists import LABELS, STM, VERBOSE
from training_jobs.readers import Match, Options, Problem, Row, find_reader, questions_of, reader_named

CTM = "talk 1 0.50 0.30 the 0.9\ntalk 1 0.80 0.20 cat(2) 0.8\ntalk 1 2.00 0.50 sat\n"
SAMPLES: Final = [
    ("elan", "talk.eaf", TWO_VOICES.encode()),
    ("textgrid", "talk.TextGrid", LONG.encode()),
    ("textgrid", "talk.TextGrid", SHORT.encode("utf-16")),
    ("srt", "talk.srt", SRT.encode()),
    ("vtt", "talk.vtt", VTT.encode()),
    ("audacity", "talk.txt", LABELS.encode()),
    ("stm", "talk.stm", STM.replace("talk1", "talk").encode()),
    ("ctm", "talk.ctm", CTM.encode()),
    ("verbose_json", "talk.json", json.dumps(VERBOSE, indent=1).encode()),
]
MOST_SECONDS: Final = 10


def outcome(reader_name: str, file: str, content: bytes, options: Options | None = None) -> list[Row | Problem]:
    """Run all that a reader can do over one recording and one file of times, and check what comes out."""
    reader = reader_named(reader_name)
    assert reader is not None
    source = source_of({"talk.wav": b"x", file: content})
    match = reader.recognise(source)
    assert match is None or (isinstance(match, Match) and 0 <= match.confidence <= 1)
    assert all(choice.label for question in questions_of(reader, source) for choice in question.choices)
    items = list(reader.rows(source, options or Options()))
    for item in items:
        assert isinstance(item, (Row, Problem))
        if isinstance(item, Row):
            assert item.member == "talk.wav"
            assert item.text == item.text.strip() != ""
            assert item.start_seconds is not None
            assert item.end_seconds is not None
            assert 0 <= item.start_seconds < item.end_seconds < math.inf
        else:
            assert item.file in source.sizes
            assert item.message
            assert item.line is None or item.line > 0
    return items


@pytest.mark.parametrize(("reader", "file", "content"), SAMPLES)
def test_each_sample_is_good(reader: str, file: str, content: bytes) -> None:
    assert any(isinstance(item, Row) for item in outcome(reader, file, content))
    assert find_reader(source_of({"talk.wav": b"x", file: content})).reader.name == reader
    assert (
        find_reader(source_of({"a/talk.wav": b"x", f"b/{file}": content, "notes.txt": "by me"})).reader.name == reader
    )


@pytest.mark.parametrize(("reader", "file", "content"), SAMPLES)
@given(data=st.data())
@settings(deadline=None, max_examples=60)
def test_random_bytes_and_damaged_files_give_rows_and_problems(
    reader: str, file: str, content: bytes, data: st.DataObject
) -> None:
    outcome(reader, file, data.draw(st.binary(max_size=300), label="noise"))
    cut = data.draw(st.integers(0, len(content)), label="cut")
    outcome(reader, file, content[:cut])
    at = data.draw(st.integers(0, len(content)), label="place")
    noise = data.draw(st.binary(max_size=20) | st.text(max_size=20).map(str.encode), label="put in")
    gone = data.draw(st.integers(0, 30), label="taken out")
    tier = data.draw(st.sampled_from(["", "*", "words", "kind:x"]), label="tier")
    pieces = data.draw(st.sampled_from(["", "joined", "each"]), label="pieces")
    damaged = content[:at] + noise + content[at + gone :]
    outcome(reader, file, damaged, Options(tier=tier, pieces=pieces))


@pytest.mark.parametrize(
    ("reader", "file", "content"),
    [
        ("srt", "talk.srt", SRT.encode() + b"<" * 2_000_000),
        ("srt", "talk.srt", SRT.encode() + b"[" * 2_000_000),
        ("srt", "talk.srt", SRT.encode() + b"00:00:00" * 200_000),
        ("vtt", "talk.vtt", VTT.encode() + b"&#" * 1_000_000 + b"<v " * 500_000),
        ("textgrid", "talk.TextGrid", LONG.encode() + b'"' * 2_000_001),
        ("textgrid", "talk.TextGrid", LONG.encode() + b"1" * 2_000_000 + b"x" + b" 1." * 200_000),
        ("audacity", "talk.txt", LABELS.encode() * 20 + b"1" * 2_000_000 + b"\t" * 2_000_000),
        ("stm", "talk.stm", CTM.encode() + b"talk 1 a 0 1 " + b"{(" * 1_000_000),
        ("ctm", "talk.ctm", b"".join(b"talk 1 %d.%d 0.1 w\n" % divmod(at, 10) for at in range(60_000))),
        ("verbose_json", "talk.json", b'{"segments": [' + b'{"start": 1},' * 200_000 + b"1]}"),
        ("elan", "talk.eaf", b"<ANNOTATION_DOCUMENT>" + b"<TIER>" * 50_000),
    ],
    ids=lambda value: value if isinstance(value, str) and "." not in value else "",
)
def test_files_made_to_take_long_do_not(reader: str, file: str, content: bytes) -> None:
    began = time.process_time()
    outcome(reader, file, content)
    assert time.process_time() - began < MOST_SECONDS
