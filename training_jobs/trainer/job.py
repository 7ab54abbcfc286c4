"""One training run, from job folder to finished files."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from training_jobs.trainer.architectures import build
from training_jobs.trainer.architectures.word_model import WordShape
from training_jobs.trainer.calibration import ENOUGH_CLIPS, Calibration, calibrated
from training_jobs.trainer.corpus import VALIDATION, Corpus, load_corpus
from training_jobs.trainer.export import export_model
from training_jobs.trainer.recipes import ConvValues, LstmValues, typed_values
from training_jobs.trainer.training import Trained, train

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.events import Events

PACKAGES = ("tensorflow", "keras", "numpy", "ai-edge-litert")
LARGEST_SEED = 2**31 - 8  # layers count on from it, in 32 bits
MOST_THREADS = 8  # more do not help nets as small as these


@dataclass(frozen=True)
class Request:
    """What a job folder asks for."""

    recipe: str
    values: ConvValues | LstmValues
    names: tuple[str, ...]
    shape: WordShape


def run_job(folder: Path, *, events: Events) -> None:
    """Train, calibrate and export what ``folder`` asks for into ``folder``/out; raises TrainerError."""
    request = read_request(folder)
    device = prepare_tensorflow(request.shape.seed)
    corpus = load_corpus(folder, names=request.names)
    warn_about(corpus, events)
    model = build(request.recipe, request.values, request.shape)
    events.stage("training", training_message(corpus, device))
    trained = train(model, corpus, request.values, seed=request.shape.seed, events=events)
    events.stage("exporting", "Writing the recogniser and checking that it answers as it did in training.")
    write_results(folder, request, model, trained, device=device)


def read_request(folder: Path) -> Request:
    """Read request.json."""
    asked = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    shape = WordShape(
        labels=len(asked["labels"]),
        window_seconds=float(asked["window_seconds"]),
        band_limit_hz=float(asked["band_limit_hz"]),
        seed=int(asked["seed"]) % LARGEST_SEED,
    )
    values = typed_values(asked["recipe"], asked["values"])
    return Request(asked["recipe"], values, tuple(asked["labels"]), shape)


def prepare_tensorflow(seed: int) -> str:
    """Seed every generator, bound the threads, leave room on a GPU; return the device's name."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(min(MOST_THREADS, os.cpu_count() or 1))
    graphics = tf.config.list_physical_devices("GPU")
    for card in graphics:
        tf.config.experimental.set_memory_growth(card, enable=True)
    if not graphics:
        return f"CPU ({platform.machine()})"
    return str(tf.config.experimental.get_device_details(graphics[0]).get("device_name", "GPU"))


def warn_about(corpus: Corpus, events: Events) -> None:
    """Warn when there are too few validation clips to judge by."""
    count = len(corpus.rows(VALIDATION))
    if count == 0:
        message = "No clips are left to check on while training, so the score after each epoch is missing."
        events.warning("no_validation_clips", f"{message} Its confidence is a cautious guess. Add more clips.")
    elif count < ENOUGH_CLIPS:
        message = f"Only {count} clips are there to check on while training. Take the confidence as a cautious guess."
        events.warning("few_validation_clips", message)


def training_message(corpus: Corpus, device: str) -> str:
    """Say what is being trained on."""
    checked = len(corpus.rows(VALIDATION))
    trained = len(corpus.clips) - checked
    return f"Training on {trained} clips of {len(corpus.names)} words, checking on {checked}, on {device}."


def write_results(folder: Path, request: Request, model: WordModel, trained: Trained, *, device: str) -> None:
    """Write out/ whole or not at all: under another name first."""
    unfinished = folder / "out.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    difference = export_model(model, unfinished, seed=request.shape.seed)
    calibration = calibrated(trained.validation_logits, trained.validation_labels)
    summary = summarised(request, model, trained, calibration=calibration, device=device)
    summary["export_max_difference"] = difference
    (unfinished / "export.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    shutil.rmtree(folder / "out", ignore_errors=True)
    unfinished.rename(folder / "out")


def summarised(
    request: Request, model: WordModel, trained: Trained, *, calibration: Calibration, device: str
) -> dict[str, Any]:
    """Return what export.json says about the run."""
    return {
        "calibration": asdict(calibration),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "parameters": int(model.network.count_params()),
        "recipe": request.recipe,
        "values": asdict(request.values),
        "seed": request.shape.seed,
        "device": device,
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        "validation_clips": len(trained.validation_labels),
        "history": trained.history,
    }
