"""AN4: both ways to write a line, and sound without a header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.audio import decode, samples_sha256, samples_to_int16
from recognition.engine.errors import EngineError
from recognition.engine.headerless import with_header
from tests.datasets.readers.samples import AN4, SOUND, named, told
from tests.datasets.readers.sources import read, source_of
from tests.datasets.sounds import speech, spoken_wav, zip_of
from training_jobs.archives import ArchiveLimits, open_source
from training_jobs.models import Clip
from training_jobs.services.imports import import_create, import_run

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.models import Dataset

TRAIN = "an4/etc/an4_train.transcription"
IDS = "an4/etc/an4_train.fileids"


def sounds() -> list[str]:
    return sorted(name for name, content in AN4.items() if content == SOUND)


def test_an4_in_both_ways_to_write_a_line() -> None:
    found, rows, problems = read(source_of(AN4))
    assert found.reader.name == "an4"
    assert told(rows) == {
        "an4/wav/an4_clstk/fash/an251-fash-b.sph": ("YES", "fash", "train"),
        "an4/wav/an4_clstk/fash/an253-fash-b.raw": ("ENTER SIX", "fash", "train"),
        "an4/wav/an4test_clstk/fcaw/an406-fcaw-b.sph": ("RUBOUT G M E F THREE NINE", "fcaw", "test"),
    }
    assert {row.member[-3:]: row.encoding for row in rows} == {"sph": "", "raw": "pcm16_16000"}
    assert not problems


def test_marks_that_are_no_words_are_taken_out() -> None:
    text = "<s> <sil> THE(2) ++NOISE++ END </s> (an251-fash-b)\nENTER(SIX) (an253-fash-b)\n"
    _, rows, _ = read(source_of({**AN4, TRAIN: text}))
    assert [row.text for row in rows if row.split == "train"] == ["THE END", "ENTER(SIX)"]


def test_each_bad_line_is_named_and_the_rest_kept() -> None:
    text = (
        b"<s> YES </s> (an251-fash-b)\nNO BRACKETS\n<s> </s> (an253-fash-b)\n"
        b"GONE (an999-fash-b)\nCAF\xc9 (an253-fash-b)\nOTHER (an251-fash-b)\n"
    )
    _, rows, problems = read(source_of({**AN4, TRAIN: text, "an4/wav/an4_clstk/fash/an300-fash-b.sph": SOUND}))
    assert [row.text for row in rows if row.split == "train"] == ["YES"]
    assert named(problems) == [
        (TRAIN, 2, "row_unreadable"),
        (TRAIN, 3, "text_empty"),
        (TRAIN, 4, "file_missing"),
        (TRAIN, 5, "text_not_utf8"),
        (TRAIN, 6, "label_conflict"),
        ("an4/wav/an4_clstk/fash/an300-fash-b.sph", None, "files_unlisted"),
    ]


def test_without_a_list_of_files_recordings_are_found_by_name() -> None:
    files = {name: content for name, content in AN4.items() if name != IDS}
    _, rows, problems = read(source_of(files))
    assert len(rows) == 3
    assert {row.speaker for row in rows if row.split == "train"} == {""}
    assert named(problems) == [(TRAIN, None, "list_missing")]


def test_two_files_of_one_name_in_the_list_are_said() -> None:
    _, rows, problems = read(source_of({**AN4, IDS: f"{AN4[IDS]!s}an4_clstk/fbbh/an251-fash-b\n"}))
    assert len(rows) == 3
    assert named(problems) == [(IDS, 3, "id_twice")]


@pytest.mark.parametrize("order", [">i2", "<i2"], ids=["big-endian", "little-endian"])
def test_sound_without_a_header_is_heard_in_either_byte_order(order: str) -> None:
    samples = speech(1)
    raw = samples_to_int16(samples).astype(order).tobytes()
    heard = decode(with_header(raw, "pcm16_16000"))
    assert heard.source_sample_rate_hz == 16_000
    np.testing.assert_allclose(heard.samples, samples, atol=1 / 32_768)


def test_what_has_a_header_after_all_is_left_as_it_is() -> None:
    sound = spoken_wav(1)
    assert with_header(sound, "pcm16_16000") == sound


@pytest.mark.parametrize("content", [b"", b"x"], ids=["nothing", "half a sample"])
def test_raw_without_a_sample_is_refused_as_empty(content: bytes) -> None:
    with pytest.raises(EngineError) as caught:
        decode(with_header(content, "pcm16_16000"))
    assert caught.value.code == "audio_empty"


def test_raw_recordings_become_the_clips_they_hold(dataset: Dataset, tmp_path: Path) -> None:
    raw = {name: samples_to_int16(speech(number)).astype(">i2").tobytes() for number, name in enumerate(sounds())}
    files = {name: content.encode() if isinstance(content, str) else content for name, content in AN4.items()}
    files |= {name.replace(".sph", ".raw"): content for name, content in raw.items()}
    path = zip_of(tmp_path / "an4.zip", {name: content for name, content in files.items() if content != SOUND})
    row = import_create(dataset=dataset, owner=dataset.owner, file=path, source_name="an4.zip")
    done = import_run(import_id=row.pk)
    assert done is not None
    assert (done.layout, done.clips_kept, done.problems.count()) == ("an4", 3, 0)
    for number, name in enumerate(sounds()):
        clip = Clip.objects.get(source_name=name.replace(".sph", ".raw"))
        assert clip.sha256 == samples_sha256(speech(number))


@pytest.mark.corpus
def test_an4_itself_is_read_whole(corpora: Path, tmp_path: Path) -> None:
    with open_source(corpora / "an4" / "an4.zip", limits=ArchiveLimits(), scratch=tmp_path) as source:
        found, rows, problems = read(source)
        assert found.reader.name == "an4"
        assert not problems
        assert [sum(row.split == split for row in rows) for split in ("train", "test")] == [948, 130]
        assert [len({row.speaker for row in rows if row.split == split}) for split in ("train", "test")] == [74, 10]
        assert sum(len(row.text.split()) for row in rows if row.split == "test") == 773
        assert decode(source.read(rows[0].member)).duration_seconds > 0.5
