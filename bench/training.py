"""How fast the trainings are: CPU seconds to 99 % on digits, and how much of an update its input costs.

    python -m bench.training fsdd.zip an4.zip [--seeds 1 2 3]

`to 99 %`: `conv` on FSDD's official split, in this process; after each epoch the running mean of its weights hears the
test, which decides nothing. `input`: the share of a training's CPU time that reading, cutting, padding and making its
batches takes, of `conv` on FSDD and of `ctc-conv` on AN4, over a few epochs behind the first updates.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from bench import accuracy, sentences
from training_jobs.trainer.architectures import build, build_sentences
from training_jobs.trainer.architectures.sentence_model import SentenceShape
from training_jobs.trainer.architectures.word_model import WordShape
from training_jobs.trainer.corpus import VALIDATION, features_of, load_corpus
from training_jobs.trainer.events import Events
from training_jobs.trainer.machine import prepare_tensorflow
from training_jobs.trainer.recipes import DEFAULT_RECIPES, typed_values
from training_jobs.trainer.sentence_corpus import TRAIN, load_sentence_corpus, training_batches
from training_jobs.trainer.sentence_training import SentenceCourse
from training_jobs.trainer.training import WordCourse
from training_jobs.trainer.units import candidate_alphabets
from training_jobs.trainer.word_job import outputs_wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WORDS = DEFAULT_RECIPES["words"]
WANTED = 0.99
EPOCHS_MEASURED = 2


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fsdd", type=Path)
    parser.add_argument("an4", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    options = parser.parse_args()
    sys.stdout.write(f"on {prepare_tensorflow(1, recipe=WORDS)}\n")
    clips = accuracy.read_clips(options.fsdd)
    for seed in options.seeds:
        sys.stdout.write(time_to_wanted(word_course(clips, seed=seed)))
        sys.stdout.flush()
    for name, course in ((WORDS, word_course(clips, seed=1)), ("ctc-conv", sentence_course(options.an4))):
        sys.stdout.write(f"input of {name:<10} {input_share(course):6.1%} of the CPU time of a training\n")
    return 0


def word_course(clips: Sequence[accuracy.Clip], *, seed: int) -> WordCourse:
    """Return a training of words on the official split, the test in the place of the validation clips."""
    run = accuracy.Run(WORDS, "official", seed, {})
    with tempfile.TemporaryDirectory(prefix="speechsite-training-") as name:
        request = accuracy.write_job(Path(name), run, clips)
        corpus = load_corpus(Path(name), names=tuple(request["labels"]))
        sides = corpus.clips.copy()
        is_test = sides[:, 3] == accuracy.TEST
        sides[:, 3] = np.where(is_test, VALIDATION, TRAIN)
        corpus = replace(corpus, audio=np.array(corpus.audio), clips=sides)
    values: Any = typed_values(WORDS, {})
    keras.utils.set_random_seed(seed)
    outputs = len(outputs_wanted(corpus, values))
    shape = WordShape(outputs, request["window_seconds"], request["band_limit_hz"], seed=seed)
    course = WordCourse(build(WORDS, values, shape), corpus, values, seed=seed, events=quiet())
    course.plan(halvings=0, done_epochs=0, longer_warmup=1.0)
    return course


def sentence_course(archive: Path) -> SentenceCourse:
    """Return a training of `ctc-conv` on AN4's training clips."""
    run = sentences.Run("an4", "ctc-conv", 1, 1.0, "", {})
    with tempfile.TemporaryDirectory(prefix="speechsite-training-") as name:
        sentences.write_job(Path(name), run, [one for one in sentences.read_an4(archive) if one.split == TRAIN])
        corpus = load_sentence_corpus(Path(name))
        corpus = replace(corpus, audio=np.array(corpus.audio))
    values: Any = typed_values("ctc-conv", {"curriculum_share": 0})
    alphabets = candidate_alphabets(corpus.training_texts())
    shape = SentenceShape(tuple(len(one.units) for one in alphabets), 7600.0, 1)
    model = build_sentences("ctc-conv", values, shape)
    course = SentenceCourse(model, corpus, corpus.rows(TRAIN), alphabets, values, seed=1, events=quiet())
    course.plan(halvings=0, done_epochs=0, longer_warmup=1.0)
    return course


def quiet() -> Events:
    """Return events that nobody reads."""
    return Events(io.StringIO())


class Ticks:
    """Counts updates, for what wants a clock."""

    def tick(self) -> None:
        """Do nothing."""


def time_to_wanted(course: WordCourse) -> str:
    """Train until the test is heard well enough; return the line about it."""
    corpus, spent = course.corpus, 0.0
    rows = corpus.rows(VALIDATION)
    features, labels = features_of(course.model, corpus, rows), corpus.labels(rows)
    right = 0.0
    for epoch in range(1, course.epochs + 1):
        started = time.process_time()
        course.train(epoch, Ticks())  # type: ignore[arg-type]
        spent += time.process_time() - started
        with course.learner.averages:
            right = float(np.mean(course.learner.logits(features).argmax(axis=1) == labels))
        if right >= WANTED:
            break
    heard = f"{right:.1%} of {len(rows)} clips"
    return f"{WORDS}, seed {course.learner.seed}: {heard} after {epoch} epochs, {spent:.0f} CPU s\n"


def input_share(course: Any) -> float:
    """Return what making the batches takes of a training's CPU time, the first epoch left out."""
    course.train(1, Ticks())
    whole, made = 0.0, 0.0
    for epoch in range(2, 2 + EPOCHS_MEASURED):
        started = time.process_time()
        course.train(epoch, Ticks())
        whole += time.process_time() - started
        started = time.process_time()
        for _ in batches_of(course)(epoch):
            pass
        made += time.process_time() - started
    return made / whole


def batches_of(course: Any) -> Callable[[int], Iterator[Any]]:
    """Return what makes the batches of an epoch, and nothing else of it."""
    if isinstance(course, WordCourse):
        schedule = course.schedule
        return lambda epoch: course.batches.epoch(epoch, steps=schedule.steps_per_epoch, batch_size=schedule.batch_size)
    return lambda epoch: training_batches(course.corpus, course.batches, course.alphabets, epoch=epoch)


if __name__ == "__main__":
    sys.exit(main())
