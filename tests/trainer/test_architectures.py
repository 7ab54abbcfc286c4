from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tensorflow as tf

from tests.trainer.synthesised import SHAPE, WORDS
from training_jobs.trainer.architectures import SENTENCE_BUILDERS, WORD_BUILDERS, build
from training_jobs.trainer.export import load_weights, save_weights
from training_jobs.trainer.recipes import RECIPES

if TYPE_CHECKING:
    from pathlib import Path

    from training_jobs.trainer.architectures.word_model import WordModel

pytestmark = [
    pytest.mark.training,
    # Keras writes weight files through NumPy's older array protocol.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]

WINDOWS = np.random.default_rng(0).normal(0, 0.1, (4, 16_000)).astype(np.float32)


@pytest.fixture(scope="module", params=sorted(WORD_BUILDERS))
def recipe(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(recipe: str) -> WordModel:
    return build(recipe, RECIPES[recipe].values, SHAPE)


def test_every_recipe_has_an_architecture() -> None:
    by_kind = {kind: {name for name, one in RECIPES.items() if one.kind == kind} for kind in ("words", "sentences")}
    assert by_kind == {"words": set(WORD_BUILDERS), "sentences": set(SENTENCE_BUILDERS)}


def test_a_batch_of_windows_becomes_one_score_per_label(model: WordModel) -> None:
    assert model.network(model.front_end(WINDOWS)).shape == (4, len(WORDS))


def test_a_batch_gives_what_its_clips_give_one_by_one(model: WordModel) -> None:
    together = model.network(model.front_end(WINDOWS)).numpy()
    alone = np.concatenate([model.network(model.front_end(window[None])).numpy() for window in WINDOWS])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_every_weight_learns(model: WordModel) -> None:
    features = model.front_end(WINDOWS)
    with tf.GradientTape() as tape:
        logits = model.network(features, training=True)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits([0, 1, 2, 0], logits))
    gradients = tape.gradient(loss, model.network.trainable_variables)
    for weight, gradient in zip(model.network.trainable_variables, gradients, strict=True):
        assert gradient is not None, weight.path
        assert np.abs(gradient).max() > 0, weight.path


def test_the_front_end_has_nothing_to_learn(model: WordModel) -> None:
    assert model.front_end.trainable_variables == []


def test_serving_gives_log_probabilities_for_any_length(model: WordModel) -> None:
    serving = model.serving()
    for length in (1600, 16_000, 40_001):
        answer = serving(np.random.default_rng(length).normal(0, 0.1, (1, length)).astype(np.float32)).numpy()
        assert answer.shape == (1, len(WORDS))
        assert np.exp(answer).sum() == pytest.approx(1.0, abs=1e-5)


def test_saved_weights_give_the_same_scores_in_a_fresh_model(recipe: str, model: WordModel, tmp_path: Path) -> None:
    save_weights(model.network, tmp_path / "weights.h5")
    fresh = build(recipe, RECIPES[recipe].values, SHAPE)
    load_weights(fresh.network, tmp_path / "weights.h5")
    features = model.front_end(WINDOWS)
    np.testing.assert_array_equal(fresh.network(features), model.network(features))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["weights.h5"]
