from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from recognition.engine.litert import LiteRtModel
from tests.trainer import synthesised, synthesised_sentences
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.machine import FULL, MIXED, precision_for, processor_flags

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.training


@pytest.mark.parametrize(
    ("recipe", "capability", "flags", "asked", "expected"),
    [
        ("conv", None, {"avx2"}, "auto", FULL),
        ("conv", None, {"avx512f", "amx_bf16"}, "auto", MIXED),
        ("conv", (7, 5), {"amx_bf16"}, "auto", FULL),
        ("conv", (8, 0), set(), "auto", MIXED),
        ("ctc-conv", (8, 0), {"amx_bf16"}, "auto", FULL),
        ("ctc-conv", None, set(), MIXED, MIXED),
        ("conv", (9, 0), set(), FULL, FULL),
        ("conv", None, set(), MIXED, MIXED),
        ("lstm", (9, 0), {"amx_bf16"}, "auto", FULL),
        ("ctc-lstm", None, set(), MIXED, FULL),
    ],
)
def test_bfloat16_is_chosen_where_it_is_gained_by(
    recipe: str, capability: tuple[int, int] | None, flags: set[str], asked: str, expected: str
) -> None:
    assert precision_for(recipe, capability=capability, flags=flags, asked=asked) == expected


def test_the_kernel_says_what_the_processor_can_do(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text("processor\t: 0\nflags\t\t: fpu avx2 amx_bf16\nbugs\t\t:\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert processor_flags(told) == {"fpu", "avx2", "amx_bf16"}
    assert processor_flags(tmp_path / "absent") == set()
    assert processor_flags()


def trained(folder: Path, precision: str) -> tuple[int, list[dict[str, Any]]]:
    result = subprocess.run(
        [sys.executable, "-m", "training_jobs.trainer", str(folder)],
        env={**os.environ, "SPEECHSITE_PRECISION": precision},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()]


def test_words_learned_in_bfloat16_are_exported_in_full_precision(tmp_path: Path) -> None:
    corpus = synthesised.corpus_of(8, validation_takes=2)
    folder = synthesised.write_job(tmp_path, corpus, values={"epochs": 3, "minimum_steps": 150, "width": 0.25})
    status, events = trained(folder, MIXED)
    assert status == 0
    assert any("in bfloat16" in event.get("message", "") for event in events)
    exported = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    assert exported["device"].endswith("in bfloat16")
    assert exported["export_max_difference"] < 1e-3
    assert exported["history"][-1]["val_accuracy"] > 0.9
    model = LiteRtModel(folder / "out" / "model.tflite", threads=1)
    heard = [int(model.log_probabilities(corpus.samples(row)).argmax()) for row in range(len(corpus.clips))]
    assert sum(label == said for label, said in zip(heard, corpus.clips[:, 2], strict=True)) >= 0.9 * len(heard)


def test_sentences_learn_in_bfloat16(tmp_path: Path) -> None:
    # A processor without units for bfloat16 takes many times as long: as few updates of as small a net as show it.
    values = {**synthesised_sentences.QUICK, "epochs": 4, "channels": 16, "blocks": 1}
    corpus = synthesised_sentences.corpus_of(24, validation=4)
    folder = synthesised_sentences.write_job(tmp_path, corpus, values=values)
    status, events = trained(folder, MIXED)
    assert status == 0, events
    exported = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    losses = [epoch["loss"] for epoch in exported["history"]]
    assert losses[-1] < losses[0]
    assert exported["export_max_difference"] < 1e-3


def test_a_precision_there_is_none_of_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match=r"must be auto, float32 or mixed_bfloat16\. Received: half"):
        precision_for("conv", capability=None, flags=(), asked="half")
    _, events = trained(synthesised.write_job(tmp_path, synthesised.corpus_of(2)), "half")
    assert events[-1]["code"] == "unknown_precision"
