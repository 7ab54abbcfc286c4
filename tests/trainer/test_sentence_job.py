from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.bundle import Bundle, load_bundle, write_bundle
from recognition.engine.sentence_recognizer import SentenceRecognizer
from recognition.engine.writing import WritingRules
from tests.trainer.synthesised_sentences import QUICK, corpus_of, spoken, write_job

if TYPE_CHECKING:
    from pathlib import Path

# A journey, so that it runs alone: the trainer steps back for everything else, three tests at once would starve it.
pytestmark = [pytest.mark.journey, pytest.mark.training]

COMMAND = [sys.executable, "-m", "training_jobs.trainer"]


def run(folder: Path) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    result = subprocess.run([*COMMAND, str(folder)], capture_output=True, text=True, check=False, timeout=280)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = write_job(tmp_path_factory.mktemp("job"), corpus_of(150, validation=30), added=["dab", "abe said dab"])
    result, events = run(folder)
    assert result.returncode == 0, result.stderr
    return folder, events


def bundle_of(folder: Path, place: Path) -> Bundle:
    exported = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    names = ("units", "unit_style", "frame_seconds", "decoding", "calibration")
    manifest = {"kind": "sentences", "text_rules": WritingRules().as_dict(), **{name: exported[name] for name in names}}
    files = {name: folder / "out" / name for name in ("model.tflite", "weights.h5", "language_model.arpa.gz")}
    write_bundle(place, manifest=manifest, files=files)
    return load_bundle(place)


def test_a_job_folder_of_sentences_becomes_a_model_that_learned(trained: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, events = trained
    epochs = [event for event in events if event["event"] == "epoch"]
    assert [event["epoch"] for event in epochs] == list(range(1, QUICK["epochs"] + 1))
    assert epochs[-1]["val_wer"] < 0.5 < epochs[0]["val_wer"]
    assert epochs[-1]["val_cer"] <= epochs[-1]["val_wer"]
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    assert events[-1]["event"] == "done"
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "export.json",
        "language_model.arpa.gz",
        "model.tflite",
        "weights.h5",
    ]


def test_what_it_hears_is_shown_after_every_epoch(trained: tuple[Path, list[dict[str, Any]]]) -> None:
    _, events = trained
    heard = [event for event in events if event["event"] == "hears"]
    assert len(heard) == QUICK["epochs"]
    assert len(heard[-1]["clips"]) == 5
    assert all(0.0 <= clip["confidence"] <= 1.0 for clip in heard[-1]["clips"])
    assert any(clip["heard"] for clip in heard[-1]["clips"])


def test_units_and_decoding_are_chosen_on_validation_and_written_down(
    trained: tuple[Path, list[dict[str, Any]]],
) -> None:
    summary = json.loads((trained[0] / "out" / "export.json").read_text(encoding="utf-8"))
    styles = [candidate["style"] for candidate in summary["candidates"]]
    assert styles[0] == "characters"
    assert "spelled_letters" in styles  # "e" is a word of one letter
    assert summary["unit_style"] == min(summary["candidates"], key=lambda one: one["wer"])["style"]
    best = min(summary["tried"], key=lambda one: (one["wer"], one["cer"]))
    assert summary["decoding"] == best["decoding"]
    assert {one["decoding"]["method"] for one in summary["tried"]} == {"greedy", "beam", "lexicon"}
    assert summary["validation_clips"] == 30
    assert summary["export_max_difference"] < 1e-3
    assert summary["frame_seconds"] == pytest.approx(0.03)
    assert summary["language_model"]["words"] == 8  # six of the clips, two that were added


def test_the_exported_bundle_writes_down_new_takes(trained: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    recognizer = SentenceRecognizer(bundle_of(trained[0], tmp_path / "bundle"))
    right = 0
    for take, text in enumerate(["abe bad", "cab", "dea ace abe", "bad cab dea"], start=900):
        samples = spoken(text, take=take).astype(np.float32) / 32768
        transcript = recognizer.transcribe(samples)
        right += transcript.text == text
        times = [(word.start, word.end) for segment in transcript.segments for word in segment.words]
        assert all(0 <= start < end <= len(samples) / 16_000 for start, end in times)
        assert times == sorted(times)
    assert right >= 3


def test_clips_too_short_for_their_text_are_named_and_left_out(tmp_path: Path) -> None:
    corpus = corpus_of(
        0, texts=["abe", "bad cab", "dea", "ace abe bad dea cab abe", "cab", "dea bad", "abe dea", "e"] * 2
    )
    corpus.clips[3, 1] = 4_000
    result, events = run(write_job(tmp_path, corpus, values={**QUICK, "epochs": 1}))
    assert result.returncode == 0, result.stderr
    (left_out,) = [event for event in events if event["event"] == "left_out"]
    assert left_out["code"] == "clip_too_short_for_text"
    assert left_out["clips"] == [3]
    assert "“ace abe bad dea cab abe”" in left_out["message"]
    assert [event["code"] for event in events if event["event"] == "warning"] == ["few_validation_clips"]
    assert events[-1]["event"] == "done"
