from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tensorflow as tf

from recognition.engine.litert import LiteRtModel
from tests.trainer import synthesised, synthesised_sentences
from training_jobs.trainer.cards import described, shares, strategy_for
from training_jobs.trainer.checkpoints import CHECKPOINTS, Checkpoints
from training_jobs.trainer.job import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.training

TRAINER, TWO_CARDS = "training_jobs.trainer", "tests.trainer.two_cards"
# Nothing is drawn at random, so that both ways see the same clips.
CERTAIN = {"noise_probability": 0, "vocal_tract": 0, "dropout": 0}


def trained(module: str, folder: Path) -> dict[str, Any]:
    result = subprocess.run([sys.executable, "-m", module, str(folder)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    exported: dict[str, Any] = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    return exported


def both_ways(tmp_path: Path, write: Any) -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for module in (TRAINER, TWO_CARDS):
        folder = tmp_path / module
        folder.mkdir()
        write(folder)
        found.append((folder, trained(module, folder)))
    return found


def request_of(folder: Path) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    return asked


def losses(exported: dict[str, Any]) -> list[float]:
    return [line["loss"] for line in exported["history"]]


@pytest.mark.journey
def test_words_learn_on_two_cards_what_they_learn_on_one(tmp_path: Path) -> None:
    corpus = synthesised.corpus_of(9, validation_takes=2)
    # The position in the window is drawn for each clip, whichever card it goes to.
    values = {**CERTAIN, "epochs": 4, "minimum_steps": 80, "width": 0.25, "mixup": 0, "gain_db": 0, "batch_size": 20}
    one, two = both_ways(tmp_path, lambda folder: synthesised.write_job(folder, corpus, values=values))
    assert two[1]["device"].startswith("2 × CPU")
    assert losses(two[1]) == pytest.approx(losses(one[1]), abs=0.02)
    assert two[1]["history"][-1]["val_accuracy"] > 0.9
    model = LiteRtModel(two[0] / "out" / "model.tflite", threads=1)
    heard = [int(model.log_probabilities(corpus.samples(row)).argmax()) for row in range(len(corpus.clips))]
    assert sum(label == said for label, said in zip(heard, corpus.clips[:, 2], strict=True)) >= 0.9 * len(heard)


@pytest.mark.journey
def test_sentences_learn_on_two_cards_what_they_learn_on_one(tmp_path: Path) -> None:
    corpus = synthesised_sentences.corpus_of(25, validation=4)
    # One update an epoch, of 21 clips: 11 for one card, 10 for the other. Depth adds to what rounding does.
    values = {
        **CERTAIN,
        "epochs": 3,
        "minimum_steps": 1,
        "curriculum_share": 0,
        "tempo": 0,
        "frequency_masks": 0,
        "time_masks": 0,
        "channels": 16,
        "blocks": 1,
        "batch_clips": 30,
    }
    one, two = both_ways(tmp_path, lambda folder: synthesised_sentences.write_job(folder, corpus, values=values))
    assert two[1]["device"].startswith("2 × CPU")
    assert losses(two[1]) == pytest.approx(losses(one[1]), rel=0.001)
    weights = [
        Checkpoints(folder / CHECKPOINTS, run=fingerprint(folder, request_of(folder))).newest()
        for folder, _ in (one, two)
    ]
    assert all(weights)
    for alone, shared in zip(*(found.arrays for found in weights if found), strict=True):
        assert shared == pytest.approx(alone, abs=0.01)


def test_a_batch_is_dealt_out_whole() -> None:
    one = tf.distribute.get_strategy()
    assert shares(one, np.arange(3)).numpy().tolist() == [0, 1, 2]


@pytest.mark.parametrize(("devices", "batch_size"), [([], 64), (["GPU:0"], 64), (["GPU:0", "GPU:1"], 7)])
def test_what_one_card_does_as_fast_is_not_shared(devices: list[str], batch_size: int) -> None:
    strategy = strategy_for(devices, batch_size=batch_size)
    assert strategy.num_replicas_in_sync == 1
    assert described("GPU", strategy) == "GPU"
