from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.accuracy import HELD_OUT, TEST, TRAIN, VALIDATION, Clip, Run, find_row, split_of, under_noise, write_job
from tests.trainer.synthesised import spoken

if TYPE_CHECKING:
    from pathlib import Path

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")


def clips(takes: int) -> list[Clip]:
    silence = np.zeros(0, np.float32)
    return [Clip(str(digit), who, take, silence) for digit in range(10) for who in SPEAKERS for take in range(takes)]


def test_the_official_test_set_is_the_first_five_takes_of_everybody() -> None:
    test = [clip for clip in clips(50) if split_of(clip, "official") == TEST]
    assert len(test) == 300
    assert {clip.take for clip in test} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("fold", ["gj", "ln", "ty", "theo"])
def test_a_held_out_speaker_is_in_the_test_set_alone(fold: str) -> None:
    for clip in clips(50):
        assert (split_of(clip, fold) == TEST) == (clip.speaker in HELD_OUT[fold])


def test_a_tenth_of_the_training_clips_is_checked_on_and_always_the_same_ones() -> None:
    splits = [split_of(clip, "official") for clip in clips(50)]
    assert splits == [split_of(clip, "official") for clip in clips(50)]
    assert splits.count(VALIDATION) / (splits.count(VALIDATION) + splits.count(TRAIN)) == pytest.approx(0.1, abs=0.02)


def test_a_row_measured_before_is_found_until_a_value_changes(tmp_path: Path) -> None:
    table = tmp_path / "accuracy.jsonl"
    run = Run("conv", "gj", 1, {})
    assert find_row(table, run.key) is None
    table.write_text(json.dumps({"run": run.key, "accuracy": 0.9}) + "\n", encoding="utf-8")
    assert find_row(table, Run("conv", "gj", 1, {"epochs": "36"}).key) == {"run": run.key, "accuracy": 0.9}
    assert find_row(table, Run("conv", "gj", 1, {"epochs": "35"}).key) is None


def test_noise_lies_ten_decibels_below_a_clip() -> None:
    random = np.random.default_rng(1)
    clip = Clip("1", "george", 0, random.normal(0, 0.1, 8_000).astype(np.float32))
    noises = [random.normal(0, 0.001, 20_000).astype(np.float32), random.normal(0, 0.5, 9_000).astype(np.float32)]
    for _ in range(4):
        added = under_noise(clip, noises, random).samples - clip.samples
        assert np.sqrt(np.mean(added**2)) / np.sqrt(np.mean(clip.samples**2)) == pytest.approx(10**-0.5, rel=1e-3)


def test_a_job_folder_holds_the_speech_of_training_clips(tmp_path: Path) -> None:
    said = [
        Clip(digit, "george", take, spoken(word, take=take).astype(np.float32) / 32_768)
        for digit, word in (("1", "rising"), ("2", "falling"))
        for take in range(5, 9)
    ]
    request = write_job(tmp_path, Run("lstm", "official", 1, {}), said)
    audio, table = np.load(tmp_path / "audio.npy"), np.load(tmp_path / "clips.npy")
    assert request["labels"] == ["1", "2"]
    assert request["window_seconds"] == 1.0
    assert audio.dtype == np.int16
    assert table.shape == (8, 4)
    assert len(audio) == table[:, 1].sum()
