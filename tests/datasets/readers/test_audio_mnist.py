"""AudioMNIST: everything stands in the name."""

from __future__ import annotations

from tests.datasets.readers.samples import AUDIO_MNIST, FSDD, SOUND, named, told
from tests.datasets.readers.sources import read, source_of


def test_audio_mnist_as_published() -> None:
    found, rows, problems = read(source_of(AUDIO_MNIST))
    assert found.reader.name == "audio_mnist"
    assert told(rows) == {
        "data/01/0_01_0.wav": ("zero", "01", ""),
        "data/01/7_01_49.wav": ("seven", "01", ""),
        "data/12/9_12_3.wav": ("nine", "12", ""),
    }
    assert not problems


def test_a_stray_file_in_audio_mnist_is_named() -> None:
    many = {f"data/03/{digit}_03_{take}.wav": SOUND for digit in range(10) for take in range(3)}
    _, rows, problems = read(source_of({**many, "data/03/test.wav": SOUND, "data/04/1_03_0.wav": SOUND}))
    assert len(rows) == 30
    assert named(problems) == [
        ("data/03/test.wav", None, "label_missing"),
        ("data/04/1_03_0.wav", None, "label_missing"),
    ]


def test_fsdd_is_not_taken_for_audio_mnist() -> None:
    found, rows, _ = read(source_of(FSDD))
    assert found.reader.name == "fsdd"
    assert len(rows) == 2
