from __future__ import annotations

import errno
import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.litert import LiteRtModel
from tests.trainer.synthesised import WORDS, corpus_of, write_job
from training_jobs.trainer.__main__ import translated

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "training_jobs.trainer"]


def run(folder: Path) -> tuple[subprocess.CompletedProcess[str], list[dict[str, Any]]]:
    result = subprocess.run([*COMMAND, str(folder)], capture_output=True, text=True, check=False, timeout=240)
    return result, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.training
def test_a_job_folder_becomes_a_model(tmp_path: Path) -> None:
    folder = write_job(tmp_path, corpus_of(5, validation_takes=1))
    result, events = run(folder)
    assert result.returncode == 0, result.stderr
    assert [event["stage"] for event in events if event["event"] == "stage"] == ["preparing", "training", "exporting"]
    assert [event["code"] for event in events if event["event"] == "warning"] == ["few_validation_clips"]
    assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2]
    assert events[-1]["event"] == "done"
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["export.json", "model.tflite", "weights.h5"]
    summary = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    assert summary["export_max_difference"] < 1e-3
    assert summary["values"]["minimum_steps"] == 40
    assert summary["seed"] == 1
    assert summary["parameters"] > 100_000
    assert summary["packages"].keys() >= {"tensorflow", "keras", "numpy"}
    assert set(summary["calibration"]) == {"temperature", "threshold"}
    assert len(summary["history"]) == 2
    assert summary["device"]
    assert summary["has_other_output"] is False  # too few clips to make pieces of
    outputs = LiteRtModel(folder / "out" / "model.tflite", threads=1).log_probabilities(np.zeros(8_000, np.float32))
    assert outputs.shape == (len(WORDS),)


@pytest.mark.training
def test_a_terminated_run_ends_within_a_second_without_a_word(tmp_path: Path) -> None:
    folder = write_job(tmp_path, corpus_of(3), values={"epochs": 500, "minimum_steps": 100_000})
    with subprocess.Popen([*COMMAND, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        for line in child.stdout:
            if json.loads(line).get("stage") == "training":
                break
        child.send_signal(signal.SIGTERM)
        asked_at = time.monotonic()
        assert child.wait(timeout=10) == -signal.SIGTERM
        assert time.monotonic() - asked_at < 1.0
        assert "Traceback" not in child.stderr.read()
        assert not (folder / "out").exists()


@pytest.mark.training
def test_a_job_that_cannot_be_trained_says_why(tmp_path: Path) -> None:
    folder = write_job(tmp_path, corpus_of(2), labels=["rising", "falling", "steady", "absent"])
    result, events = run(folder)
    assert result.returncode == 1
    assert events[-1]["event"] == "failed"
    assert events[-1]["code"] == "too_few_clips"
    assert "1 of 4 words have no clip to train on." in events[-1]["message"]
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (MemoryError(), "out_of_memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (FileNotFoundError(errno.ENOENT, "no such file"), "trainer_crashed"),
        (ValueError("shapes differ"), "trainer_crashed"),
    ],
)
def test_a_fault_is_told_by_a_code_and_a_sentence_without_its_technical_text(failure: Exception, code: str) -> None:
    told = translated(failure)
    assert told.code == code
    assert str(failure) not in told.message or not str(failure)
    assert type(failure).__name__ in told.detail


def test_tensorflows_own_memory_failure_is_recognised() -> None:
    failure = type("ResourceExhaustedError", (Exception,), {})("OOM when allocating")
    assert translated(failure).code == "out_of_memory"


def test_without_a_job_folder_it_says_how_to_be_used() -> None:
    result = subprocess.run(COMMAND, capture_output=True, text=True, check=False, timeout=30)
    assert result.returncode == 2
    assert result.stderr.startswith("usage: python -m training_jobs.trainer JOB_FOLDER")
    assert result.stdout == ""
