"""A run that is interrupted, loses its footing, runs out of memory or learns nothing."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from recognition.engine.alphabet import characters_alphabet
from tests.trainer import synthesised_sentences as sentences
from tests.trainer.synthesised import SHAPE, corpus_of
from training_jobs.trainer.architectures import build, build_sentences
from training_jobs.trainer.architectures.sentence_model import SentenceShape
from training_jobs.trainer.checkpoints import Checkpoints
from training_jobs.trainer.corpus import TRAIN
from training_jobs.trainer.epochs import MOST_SLOWINGS, Course, Progress, Run, learn, reseeded
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.events import Events
from training_jobs.trainer.recipes import ConvValues, CtcConvValues
from training_jobs.trainer.sentence_training import SentenceCourse
from training_jobs.trainer.training import WordCourse
from training_jobs.trainer.word_job import outputs_wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from training_jobs.trainer.clock import Clock

pytestmark = pytest.mark.training

WORDS = ConvValues(epochs=4, minimum_steps=24, width=0.25)
SENTENCES = CtcConvValues(epochs=4, minimum_steps=8, channels=16, blocks=1, curriculum_share=0.25)


@pytest.fixture(scope="module", autouse=True)
def deterministic() -> None:
    """Do as the trainer's process does."""
    tf.config.experimental.enable_op_determinism()


class Killed(BaseException):
    """Stands for the end of the process."""


class Lines(io.StringIO):
    """Takes the events; ends the process where the event of an epoch is told."""

    def __init__(self, *, killed_at: int = 0) -> None:
        super().__init__()
        self.killed_at = killed_at

    def write(self, text: str) -> int:
        event = json.loads(text) if text.strip() else {}
        if self.killed_at and event.get("event") == "epoch" and event["epoch"] == self.killed_at:
            raise Killed
        return super().write(text)

    def events(self, name: str) -> list[dict[str, Any]]:
        told = [json.loads(line) for line in self.getvalue().splitlines()]
        return [event for event in told if event["event"] == name]

    def codes(self) -> list[str]:
        return [event["code"] for event in self.events("warning")]


def words(
    events: Events, values: ConvValues = WORDS, kind: type[WordCourse] = WordCourse
) -> Callable[[int], WordCourse]:
    corpus = corpus_of(6, validation_takes=1)

    def course(restarts: int) -> WordCourse:
        seed = reseeded(1, restarts)
        keras.utils.set_random_seed(seed)
        model = build("conv", values, replace(SHAPE, labels=len(outputs_wanted(corpus, values)), seed=seed))
        return kind(model, corpus, values, seed=seed, events=events)

    return course


def written(events: Events) -> Callable[[int], SentenceCourse]:
    corpus = sentences.corpus_of(24, validation=4)
    alphabets = [characters_alphabet(corpus.training_texts())]

    def course(restarts: int) -> SentenceCourse:
        seed = reseeded(1, restarts)
        keras.utils.set_random_seed(seed)
        shape = SentenceShape(tuple(len(one.units) for one in alphabets), 7600.0, seed)
        model = build_sentences("ctc-conv", SENTENCES, shape)
        return SentenceCourse(model, corpus, corpus.rows(TRAIN), alphabets, SENTENCES, seed=seed, events=events)

    return course


def run(
    make: Callable[[Events], Callable[[int], Any]], folder: Path, *, killed_at: int = 0, attempt: int = 1
) -> tuple[list[NDArray[Any]], Progress, Lines]:
    lines = Lines(killed_at=killed_at)
    events = Events(lines)
    done, progress = learn(make(events), Checkpoints(folder, attempt=attempt), events)
    return done.learner.state(), progress, lines


@pytest.mark.parametrize("make", [words, written])
def test_a_run_killed_twice_ends_as_an_unbroken_one(
    make: Callable[[Events], Callable[[int], Any]], tmp_path: Path
) -> None:
    unbroken, whole, _ = run(make, tmp_path / "unbroken")
    for attempt, epoch in ((1, 2), (2, 4)):
        with pytest.raises(Killed):
            run(make, tmp_path / "broken", killed_at=epoch, attempt=attempt)
    resumed, progress, lines = run(make, tmp_path / "broken", attempt=3)
    for one, other in zip(unbroken, resumed, strict=True):
        np.testing.assert_array_equal(one, other)
    assert [scores(line) for line in progress.history] == [scores(line) for line in whole.history]
    assert [event["epoch"] for event in lines.events("epoch")] == [4]
    assert lines.events("resumed")[0]["message"] == "Going on after epoch 3, where the training was interrupted."


def scores(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if not name.endswith("seconds")}


class Stumbling(WordCourse):
    """Loses its footing at the end of its third epoch, so often."""

    stumbles = 1

    def train(self, epoch: int, clock: Clock) -> dict[str, float]:
        line = super().train(epoch, clock)
        if epoch == 3 and type(self).stumbles:
            type(self).stumbles -= 1
            self.learner.weights[0].assign(np.full(self.learner.weights[0].shape, np.nan, np.float32))
        return line


def test_numbers_that_become_infinite_send_it_back_to_go_on_in_half_steps(tmp_path: Path) -> None:
    Stumbling.stumbles = 1
    lines = Lines()
    done, progress = learn(words(Events(lines), kind=Stumbling), Checkpoints(tmp_path), Events(lines))
    assert lines.codes() == ["slowed_down"]
    assert [event["epoch"] for event in lines.events("epoch")] == [1, 2, 3, 4]
    assert progress.slowings == 1
    assert float(done.learner.rate.scale.numpy()) == 0.5
    assert done.learner.is_finite()


def test_numbers_that_become_infinite_again_and_again_end_it_in_a_sentence(tmp_path: Path) -> None:
    Stumbling.stumbles = MOST_SLOWINGS + 1
    lines = Lines()
    with pytest.raises(TrainerError) as failure:
        learn(words(Events(lines), kind=Stumbling), Checkpoints(tmp_path), Events(lines))
    assert failure.value.code == "loss_not_finite"
    assert "smaller learning_rate" in failure.value.message
    assert lines.codes() == ["slowed_down"] * MOST_SLOWINGS


class Cramped(WordCourse):
    """Has room for small batches alone."""

    room = 4

    def train(self, epoch: int, clock: Clock) -> dict[str, float]:
        if epoch > 1 and self.schedule.batch_size > self.room:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return super().train(epoch, clock)


def test_too_little_memory_halves_the_batches_until_they_fit(tmp_path: Path) -> None:
    lines = Lines()
    done, progress = learn(words(Events(lines), kind=Cramped), Checkpoints(tmp_path), Events(lines))
    assert lines.codes() == ["batch_halved"]
    assert progress.halvings == 1
    assert done.schedule.batch_size == 4
    assert done.learner.optimizer.iterations.numpy() == done.schedule.steps
    assert [event["epoch"] for event in lines.events("epoch")] == [1, 2, 3, 4]


def test_without_room_for_two_clips_memory_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cramped, "room", 1)
    lines = Lines()
    with pytest.raises(tf.errors.ResourceExhaustedError):
        learn(words(Events(lines), kind=Cramped), Checkpoints(tmp_path), Events(lines))


def test_clips_that_are_all_alike_are_tried_three_times_and_it_is_said(tmp_path: Path) -> None:
    lines = Lines()
    values = replace(WORDS, minimum_steps=200, epochs=2)

    def course(restarts: int) -> Course:
        built = words(Events(lines), values)(restarts)
        built.corpus.audio[:] = built.corpus.audio[: len(built.corpus.audio)].mean().astype(np.int16)
        return built

    _, progress = learn(course, Checkpoints(tmp_path), Events(lines))
    assert lines.codes() == ["restarted", "restarted", "hardly_learned"]
    assert progress.restarts == 2


def test_a_full_disk_is_said_once_and_training_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    lines = Lines()
    _, progress = learn(words(Events(lines)), Checkpoints(tmp_path), Events(lines))
    assert lines.codes() == ["checkpoint_not_saved"]
    assert progress.epoch == 4


def test_the_state_of_a_try_that_was_given_up_is_not_taken_up_by_the_next(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    events = Events(Lines())
    learn(words(events), checkpoints, events)
    next_try = Progress(history=[{"epoch": 1, "seconds": 1.0}], restarts=1)
    with pytest.raises(TrainerError) as failure:
        Run(words(events)(1), checkpoints, events, next_try).to_the_end()
    assert failure.value.code == "checkpoint_unreadable"
