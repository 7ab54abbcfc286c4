"""One training run, from job folder to finished files: what all kinds of dataset share."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import shutil
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from recognition.engine.language import said
from training_jobs.trainer.cards import described, strategy_for
from training_jobs.trainer.checkpoints import CHECKPOINTS, Checkpoints
from training_jobs.trainer.epochs import LARGEST_SEED
from training_jobs.trainer.job_files import TENSORBOARD
from training_jobs.trainer.machine import graphics_cards, prepare_tensorflow
from training_jobs.trainer.recipes import batch_size, recipe_values
from training_jobs.trainer.sentence_job import run_sentence_job
from training_jobs.trainer.tensorboard_log import TensorBoardLog
from training_jobs.trainer.word_job import run_word_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training_jobs.trainer.events import Events

PACKAGES = ("tensorflow", "keras", "numpy", "ai-edge-litert")
PER_ATTEMPT = {"attempt", "halvings"}
KINDS = {"words": run_word_job, "sentences": run_sentence_job}


def run_job(folder: Path, *, events: Events) -> None:
    """Train, calibrate and export what ``folder`` asks for into ``folder``/out; raises TrainerError."""
    asked = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    asked["seed"] = int(asked["seed"]) % LARGEST_SEED
    device = prepare_tensorflow(asked["seed"], recipe=asked["recipe"])
    strategy = strategy_for(graphics_cards(), batch_size=batch_size(recipe_values(asked["recipe"], asked["values"])))
    device = described(device, strategy)
    checkpoints = Checkpoints(folder / CHECKPOINTS, attempt=asked.get("attempt", 1), run=fingerprint(folder, asked))
    events.listeners.append(TensorBoardLog(folder / TENSORBOARD).take)
    with strategy.scope():
        finish = KINDS[asked["kind"]](folder, asked, checkpoints=checkpoints, device=device, events=events)
    if not asked.get("is_trial"):
        events.stage("exporting", said("Writing the recogniser and checking that it answers as it did in training."))
    write_results(folder, asked, finish, device=device)


def fingerprint(folder: Path, asked: dict[str, Any]) -> str:
    """Return what tells one run from another: clips, values and seed, but not which attempt at it this is."""
    same = {name: value for name, value in asked.items() if name not in PER_ATTEMPT}
    parts = [json.dumps(same, sort_keys=True).encode(), (folder / "clips.npy").read_bytes()]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def write_results(
    folder: Path, asked: dict[str, Any], finish: Callable[[Path], dict[str, Any]], *, device: str
) -> None:
    """Write out/ whole or not at all: under another name first.

    ``finish`` writes the model's files into a folder and returns what export.json says besides what all runs say.
    """
    unfinished = folder / "out.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    summary = {**ran_on(asked, device), **finish(unfinished)}
    (unfinished / "export.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    shutil.rmtree(folder / "out", ignore_errors=True)
    unfinished.rename(folder / "out")


def ran_on(asked: dict[str, Any], device: str) -> dict[str, Any]:
    """Return what export.json says about every run."""
    return {
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "recipe": asked["recipe"],
        "values": recipe_values(asked["recipe"], asked["values"]),
        "seed": asked["seed"],
        "device": device,
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
    }
