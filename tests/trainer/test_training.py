from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from tests.trainer.synthesised import SHAPE, corpus_of, write_job
from training_jobs.trainer.architectures import build
from training_jobs.trainer.checkpoints import Checkpoints
from training_jobs.trainer.corpus import VALIDATION, Corpus, load_corpus
from training_jobs.trainer.epochs import learn
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.events import Events
from training_jobs.trainer.recipes import ConvValues, LstmValues
from training_jobs.trainer.training import WordCourse, spread_over_labels
from training_jobs.trainer.word_job import outputs_wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.training


@dataclass(frozen=True)
class Trained:
    history: list[dict[str, Any]]
    validation_logits: NDArray[np.float32]
    validation_labels: NDArray[np.int64]


TINY = ConvValues(epochs=3, minimum_steps=120, width=0.5)


def trained(
    corpus: Corpus, values: ConvValues | LstmValues, *, recipe: str = "conv", seed: int = 1
) -> tuple[Trained, list[dict[str, Any]], list[np.ndarray]]:
    keras.utils.set_random_seed(seed)
    stream = io.StringIO()
    shape = replace(SHAPE, labels=len(outputs_wanted(corpus, values)))

    def course(restarts: int) -> WordCourse:
        return WordCourse(build(recipe, values, shape), corpus, values, seed=seed + restarts, events=Events(stream))

    with tempfile.TemporaryDirectory() as folder:
        done, progress = learn(course, Checkpoints(Path(folder)), Events(stream))
    logits, labels = done.validation()
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    weights = [weight.numpy() for weight in done.model.network.trainable_variables]
    return Trained(progress.history, logits, labels), events, weights


@pytest.fixture(scope="module")
def run() -> tuple[Trained, list[dict[str, Any]], list[np.ndarray]]:
    return trained(corpus_of(8, validation_takes=2), TINY)


@pytest.mark.parametrize(
    ("recipe", "values"),
    [
        ("conv", ConvValues(epochs=2, minimum_steps=60, mixup=0, noise_probability=0, label_smoothing=0, width=0.5)),
        ("lstm", LstmValues(epochs=3, minimum_steps=90, learning_rate=0.005)),
    ],
)
def test_the_loss_falls_on_a_few_clips(recipe: str, values: ConvValues | LstmValues) -> None:
    _, events, _ = trained(corpus_of(3), values, recipe=recipe)
    epochs = [event for event in events if event["event"] == "epoch"]
    assert epochs[-1]["loss"] < 0.6 * epochs[0]["loss"]
    assert epochs[-1]["accuracy"] > 0.9


def test_words_never_trained_on_are_told_apart(run: tuple[Trained, list[dict[str, Any]], Any]) -> None:
    assert run[0].history[-1]["val_accuracy"] == 1.0
    assert (run[0].validation_logits.argmax(axis=1) == run[0].validation_labels).all()


def test_each_epoch_is_told_with_what_it_hears_and_the_time_left(
    run: tuple[Trained, list[dict[str, Any]], Any],
) -> None:
    kinds = [event["event"] for event in run[1]]
    assert kinds == ["hears", "epoch"] * 3
    epochs = run[1][1::2]
    assert [epoch["epoch"] for epoch in epochs] == [1, 2, 3]
    assert {epoch["epochs"] for epoch in epochs} == {3}
    assert epochs[0]["eta_seconds"] > epochs[-1]["eta_seconds"] > 0
    assert epochs[0]["seconds"] < epochs[-1]["seconds"]


def test_the_same_five_validation_clips_are_heard_each_epoch(run: tuple[Trained, list[dict[str, Any]], Any]) -> None:
    corpus = corpus_of(8, validation_takes=2)
    heard = run[1][::2]
    rows = [[clip["clip"] for clip in event["clips"]] for event in heard]
    assert rows[0] == rows[1] == rows[2]
    assert len(rows[0]) == 5
    assert set(rows[0]) <= set(corpus.rows(VALIDATION).tolist())
    assert {clip["heard"] for clip in heard[-1]["clips"]} == set(corpus.names)
    assert all(0 < clip["confidence"] <= 1 for clip in heard[-1]["clips"])


def test_the_same_seed_gives_the_same_weights(run: tuple[Trained, list[dict[str, Any]], list[np.ndarray]]) -> None:
    _, _, again = trained(corpus_of(8, validation_takes=2), TINY)
    for one, two in zip(run[2], again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_two_words_without_validation_clips_can_be_trained() -> None:
    result, events, _ = trained(corpus_of(2, words=("rising", "steady")), replace(TINY, epochs=1, minimum_steps=4))
    assert result.validation_logits.shape == (0, 2)
    assert events[1]["val_accuracy"] is None
    assert len(events[0]["clips"]) == 4


def test_shown_clips_cover_as_many_words_as_there_are() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    assert sorted(spread_over_labels(np.arange(10, 16), labels, 4).tolist()) == [10, 11, 13, 15]


def test_a_word_without_training_clips_is_refused(tmp_path: Path) -> None:
    folder = write_job(tmp_path, corpus_of(2, words=("rising", "steady")))
    with pytest.raises(TrainerError) as failure:
        load_corpus(folder, names=("rising", "steady", "absent"))
    assert failure.value.code == "too_few_clips"
    assert failure.value.message.startswith("1 of 3 words have no clip to train on.")


def test_one_word_alone_is_refused(tmp_path: Path) -> None:
    folder = write_job(tmp_path, corpus_of(2, words=("rising",)))
    with pytest.raises(TrainerError) as failure:
        load_corpus(folder, names=("rising",))
    assert failure.value.code == "too_few_clips"
