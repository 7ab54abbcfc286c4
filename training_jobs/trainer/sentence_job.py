"""Training a recogniser of sentences: what a job folder of sentences asks for, and what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.language import said
from recognition.engine.language_model import train_language_model
from training_jobs.trainer.architectures import build_sentences
from training_jobs.trainer.architectures.sentence_model import SentenceShape
from training_jobs.trainer.choosing import Choice, chosen, clips_to_choose_by
from training_jobs.trainer.epochs import Progress, learn, reseeded
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.export import export_model
from training_jobs.trainer.machine import as_exported
from training_jobs.trainer.naming import few_named, figure
from training_jobs.trainer.recipes import typed_values
from training_jobs.trainer.sentence_corpus import TRAIN, VALIDATION, load_sentence_corpus, too_short
from training_jobs.trainer.sentence_training import SentenceCourse
from training_jobs.trainer.units import IN_WORDS, candidate_alphabets
from training_jobs.trainer.warm_start import Head, outputs_of, read_start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recognition.engine.alphabet import Alphabet
    from recognition.engine.language_model import LanguageModel
    from training_jobs.trainer.architectures.sentence_model import SentenceModel
    from training_jobs.trainer.checkpoints import Checkpoints
    from training_jobs.trainer.events import Events
    from training_jobs.trainer.sentence_corpus import SentenceCorpus

LANGUAGE_MODEL = "language_model.arpa.gz"
ENOUGH_VALIDATION_CLIPS = 20


def run_sentence_job(
    folder: Path, asked: dict[str, Any], *, checkpoints: Checkpoints, device: str, events: Events
) -> Callable[[Path], dict[str, Any]]:
    """Train what ``folder`` asks for; return what writes the results. Raises TrainerError."""
    values: Any = typed_values(asked["recipe"], asked["values"])
    corpus = load_sentence_corpus(folder)
    alphabets = candidate_alphabets(corpus.training_texts())
    rows = usable_rows(corpus, alphabets, stride=values.stride, events=events)
    warn_about(corpus, events)
    shape = SentenceShape(tuple(len(one.units) for one in alphabets), float(asked["band_limit_hz"]), asked["seed"])
    start, heads = read_start(folder, asked), [Head(one.style, outputs_of(one.style, one.units)) for one in alphabets]
    events.stage("training", training_message(corpus, rows, alphabets, device))
    if start:
        events.stage("training", start.sentence(heads))

    def course(restarts: int) -> SentenceCourse:
        drawn = replace(shape, seed=reseeded(shape.seed, restarts))
        model = build_sentences(asked["recipe"], values, drawn)
        if start:
            start.give(
                model.network,
                heads,
                earlier=lambda counts: (
                    build_sentences(
                        asked["recipe"], values, replace(drawn, outputs=tuple(count - 1 for count in counts))
                    ).network
                ),
            )
        return SentenceCourse(model, corpus, rows, alphabets, values, seed=drawn.seed, events=events)

    trained, progress = learn(course, checkpoints, events, halvings=asked.get("halvings", 0))
    if asked.get("is_trial"):
        return lambda _: progress.as_dict()
    events.stage(
        "choosing", said("Training the language model, and choosing units and decoding on the validation clips.")
    )
    language_model = train_language_model([corpus.text(row) for row in rows], extra=added_texts(folder))
    choice = chosen(trained.learner.listen(corpus, clips_to_choose_by(corpus)), corpus, alphabets, language_model)

    def finish(out: Path) -> dict[str, Any]:
        model = as_exported(trained.model, lambda: build_sentences(asked["recipe"], values, shape))
        return written(out, model, alphabets, choice, language_model, progress, seed=asked["seed"])

    return finish


def usable_rows(
    corpus: SentenceCorpus, alphabets: Sequence[Alphabet], *, stride: int, events: Events
) -> NDArray[np.int64]:
    """Return the training clips that are long enough for their text; name the others."""
    rows = corpus.rows(TRAIN)
    # What has the fewest units a text is the last chance of a clip: whole words are fewer than their characters.
    is_short = np.all([too_short(corpus, rows, alphabet, stride=stride) for alphabet in alphabets], axis=0)
    short = rows[is_short]
    if len(short):
        named = few_named([corpus.text(row) for row in short])
        message = said(
            "{clips} clips are too short for their text and were left out: {named}. Listen to them.",
            clips=len(short),
            named=named,
        )
        events.send("left_out", code="clip_too_short_for_text", message=message, clips=[int(row) for row in short])
    if len(short) == len(rows):
        message = said(
            "Every clip is too short for its text, so nothing can be learned. Check which text belongs to which clip."
        )
        raise TrainerError("too_few_clips", message)
    return rows[~is_short]


def warn_about(corpus: SentenceCorpus, events: Events) -> None:
    """Warn when there are too few validation clips to choose by."""
    count = len(corpus.rows(VALIDATION))
    if count < ENOUGH_VALIDATION_CLIPS:
        message = said(
            "Only {clips} clips are there to choose by, so units, decoding and confidence are cautious guesses. "
            "Add more clips.",
            clips=count,
        )
        events.warning("few_validation_clips", message)


def training_message(
    corpus: SentenceCorpus, rows: NDArray[np.int64], alphabets: Sequence[Alphabet], device: str
) -> str:
    """Say what is being trained on."""
    minutes = float(corpus.frames[rows].sum()) / 6_000
    return said(
        "Training on {clips} clips, {minutes} min of speech, {characters} characters, checking on {checked} clips, "
        "on {device}.",
        clips=figure(len(rows)),
        minutes=figure(minutes, 1),
        characters=len(alphabets[0].units),
        checked=figure(len(corpus.rows(VALIDATION))),
        device=device,
    )


def added_texts(folder: Path) -> list[str]:
    """Return the lines of the text without sound that the dataset has, written by the rules."""
    path = folder / "language_texts.txt"
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def written(
    out: Path,
    model: SentenceModel,
    alphabets: Sequence[Alphabet],
    choice: Choice,
    language_model: LanguageModel,
    progress: Progress,
    *,
    seed: int,
) -> dict[str, Any]:
    """Write model.tflite, weights.h5 and the language model; return what export.json says about them."""
    alphabet = alphabets[choice.head]
    difference = export_model(model.serving(choice.head), model.network, out, seed=seed)
    language_model.write(out / LANGUAGE_MODEL)
    return {
        "units": list(alphabet.units),
        "heads": [{"style": one.style, "units": list(one.units)} for one in alphabets],
        "unit_style": alphabet.style,
        "units_in_words": IN_WORDS[alphabet.style],
        "candidates": choice.candidates,
        "frame_seconds": model.frame_seconds,
        "decoding": choice.decoding.as_dict(),
        "tried": choice.tried,
        "calibration": {"slope": choice.slope, "offset": choice.offset},
        "language_model": {"words": len(language_model.words), "order": language_model.order},
        "parameters": int(model.network.count_params()),
        "validation_clips": choice.clips,
        "export_max_difference": difference,
        **progress.as_dict(),
    }
