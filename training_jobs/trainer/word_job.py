"""Training a recogniser of words: what a job folder of words asks for, and what comes of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from recognition.engine.language import said
from training_jobs.labels import OTHER
from training_jobs.trainer.architectures import build
from training_jobs.trainer.architectures.word_model import WordShape
from training_jobs.trainer.calibration import ENOUGH_CLIPS, calibrated, threshold_curve
from training_jobs.trainer.corpus import TRAIN, VALIDATION, Corpus, load_corpus
from training_jobs.trainer.epochs import Progress, learn, reseeded
from training_jobs.trainer.export import export_model
from training_jobs.trainer.machine import as_exported
from training_jobs.trainer.naming import figure
from training_jobs.trainer.other_speech import are_pieces_wanted
from training_jobs.trainer.recipes import typed_values
from training_jobs.trainer.training import WordCourse
from training_jobs.trainer.warm_start import WORDS, Head, outputs_of, read_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.checkpoints import Checkpoints
    from training_jobs.trainer.events import Events


def run_word_job(
    folder: Path, asked: dict[str, Any], *, checkpoints: Checkpoints, device: str, events: Events
) -> Callable[[Path], dict[str, Any]]:
    """Train what ``folder`` asks for; return what writes the results. Raises TrainerError."""
    values: Any = typed_values(asked["recipe"], asked["values"])
    corpus = load_corpus(folder, names=tuple(asked["labels"]))
    warn_about(corpus, events)
    outputs = outputs_wanted(corpus, values)
    shape = WordShape(
        labels=len(outputs),
        window_seconds=float(asked["window_seconds"]),
        band_limit_hz=float(asked["band_limit_hz"]),
        seed=asked["seed"],
    )
    start, heads = read_start(folder, asked), [Head(WORDS, outputs_of(WORDS, outputs))]
    events.stage("training", training_message(corpus, device))
    if start:
        events.stage("training", start.sentence(heads))

    def course(restarts: int) -> WordCourse:
        drawn = replace(shape, seed=reseeded(shape.seed, restarts))
        model = build(asked["recipe"], values, drawn)
        if start:
            start.give(
                model.network,
                heads,
                earlier=lambda counts: build(asked["recipe"], values, replace(drawn, labels=counts[0])).network,
            )
        return WordCourse(model, corpus, values, seed=drawn.seed, events=events)

    trained, progress = learn(course, checkpoints, events, halvings=asked.get("halvings", 0))
    if asked.get("is_trial"):
        return lambda _: progress.as_dict()

    def finish(out: Path) -> dict[str, Any]:
        model = as_exported(trained.model, lambda: build(asked["recipe"], values, shape))
        return written(out, model, trained, progress, seed=shape.seed)

    return finish


def outputs_wanted(corpus: Corpus, values: Any) -> list[str]:
    """Return what the network tells apart: the words and, where it learns of any, all that is none of them."""
    knows_others = are_pieces_wanted(corpus, values) or corpus.has_other_speech
    return [*corpus.names, *([OTHER] if knows_others else [])]


def warn_about(corpus: Corpus, events: Events) -> None:
    """Warn when there are too few validation clips to judge by."""
    count = len(corpus.rows(VALIDATION))
    if count == 0:
        message = said(
            "No clips are left to check on while training, so the score after each epoch is missing. "
            "Its confidence is a cautious guess. Add more clips."
        )
        events.warning("no_validation_clips", message)
    elif count < ENOUGH_CLIPS:
        message = said(
            "Only {clips} clips are there to check on while training. Take the confidence as a cautious guess.",
            clips=count,
        )
        events.warning("few_validation_clips", message)


def training_message(corpus: Corpus, device: str) -> str:
    """Say what is being trained on."""
    checked = len(corpus.rows(VALIDATION))
    trained = len(corpus.rows(TRAIN))
    return said(
        "Training on {clips} clips of {words} words, checking on {checked}, on {device}.",
        clips=figure(trained),
        words=figure(len(corpus.names)),
        checked=figure(checked),
        device=device,
    )


def written(out: Path, model: WordModel, trained: WordCourse, progress: Progress, *, seed: int) -> dict[str, Any]:
    """Write model.tflite and weights.h5; return what export.json says about them."""
    difference = export_model(model.serving(), model.network, out, seed=seed)
    logits, labels = trained.validation()
    words = len(trained.corpus.names)
    calibration = calibrated(logits, labels, words=words)
    return {
        "calibration": asdict(calibration),
        "threshold_curve": threshold_curve(logits, labels, words=words, temperature=calibration.temperature),
        "parameters": int(model.network.count_params()),
        "validation_clips": int((labels < words).sum()),
        "has_other_output": logits.shape[1] > words,
        "export_max_difference": difference,
        **progress.as_dict(),
    }
