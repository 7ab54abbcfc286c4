from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tests.trainer.synthesised_sentences import spoken
from training_jobs.trainer import export
from training_jobs.trainer.architectures import SENTENCE_BUILDERS, build_sentences
from training_jobs.trainer.architectures.sentence_model import SentenceModel, SentenceShape, output_count
from training_jobs.trainer.augmentation import SpectralMasks, Tempo
from training_jobs.trainer.losses import ctc_loss
from training_jobs.trainer.recipes import typed_values

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.training,
    # Keras writes weight files through NumPy's older array protocol.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword"),
]

SMALL: dict[str, dict[str, float]] = {
    "ctc-conv": {"channels": 24, "blocks": 2},
    "ctc-lstm": {"units": 24, "layers": 1},
}
SHAPE = SentenceShape(outputs=(5, 9), band_limit_hz=3800.0, seed=1)
SOUNDS = [
    spoken(text, take=take).astype(np.float32) / 32768
    for take, text in enumerate(["abe", "bad cab", "e", "dea ace abe"])
]


@pytest.fixture(scope="module", params=sorted(SENTENCE_BUILDERS))
def model(request: pytest.FixtureRequest) -> SentenceModel:
    keras.utils.set_random_seed(1)
    return build_sentences(request.param, typed_values(request.param, SMALL[request.param]), SHAPE)


def padded(sounds: list[np.ndarray[Any, np.dtype[np.float32]]]) -> tuple[Any, Any]:
    lengths = np.array([len(sound) for sound in sounds], np.int32)
    samples = np.zeros((len(sounds), lengths.max()), np.float32)
    for place, sound in enumerate(sounds):
        samples[place, : len(sound)] = sound
    return samples, lengths


def heard(model: SentenceModel, sounds: list[Any], head: int) -> list[Any]:
    features, frames = model.front_end(*padded(sounds))
    logits = model.network([features, frames], training=False)[head].numpy()
    return [logits[place, :count] for place, count in enumerate(output_count(frames, model.stride).numpy())]


@pytest.mark.parametrize("head", [0, 1])
def test_a_clip_gives_in_a_batch_what_it_gives_alone(model: SentenceModel, head: int) -> None:
    for together, sound in zip(heard(model, SOUNDS, head), SOUNDS, strict=True):
        (alone,) = heard(model, [sound], head)
        np.testing.assert_allclose(together, alone, atol=2e-4)


def test_there_is_one_output_for_every_stride_of_frames(model: SentenceModel) -> None:
    for sound, logits in zip(SOUNDS, heard(model, SOUNDS, 0), strict=True):
        frames = (len(sound) - 400) // 160 + 1
        assert logits.shape == (-(-frames // model.stride), 6)


def test_the_level_of_a_clip_does_not_matter(model: SentenceModel) -> None:
    (loud,), (soft,) = heard(model, [SOUNDS[1]], 0), heard(model, [SOUNDS[1] * 0.01], 0)
    np.testing.assert_allclose(loud, soft, atol=1e-3)


@pytest.mark.parametrize("head", [0, 1])
def test_the_exported_file_answers_as_the_model_for_sound_of_any_length(
    model: SentenceModel, head: int, tmp_path: Path
) -> None:
    assert export.export_model(model.serving(head), model.network, tmp_path, seed=1) < 1e-4
    interpreter = Interpreter(model_path=str(tmp_path / "model.tflite"), num_threads=1)
    for sound in [*SOUNDS, SOUNDS[0][:300]]:
        found = export.run(interpreter, sound[None])[0]
        if len(sound) >= 400:
            (logits,) = heard(model, [sound], head)
            np.testing.assert_allclose(found, tf.nn.log_softmax(logits), atol=1e-3)
        np.testing.assert_allclose(np.exp(found).sum(axis=1), 1.0, atol=1e-4)


def test_every_weight_learns(model: SentenceModel) -> None:
    features, frames = model.front_end(*padded(SOUNDS), training=True)
    labels = np.array([[0, 1, 2, -1], [0, 1, 0, 1], [2, -1, -1, -1], [3, 3, 1, 2]], np.int32)
    with tf.GradientTape() as tape:
        logits = model.network([features, frames], training=True)
        outputs = output_count(frames, model.stride)
        loss = tf.add_n([ctc_loss(head, outputs, labels) for head in logits])
    weights = model.network.trainable_variables
    for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        assert gradient is not None, weight.path
        assert np.abs(gradient).max() > 0, weight.path


def test_the_loss_is_that_of_keras_per_label() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(3, 12, 6)).astype(np.float32)
    labels = np.array([[0, 1, 1], [4, -1, -1], [2, 3, -1]], np.int32)
    outputs = np.array([12, 5, 9], np.int32)
    # Keras wants the blank at a number of its choice, and label lengths instead of padding.
    expected = keras.ops.ctc_loss(np.maximum(labels, 0), logits, np.array([3, 1, 2]), outputs, mask_index=5)
    found = ctc_loss(tf.constant(logits), tf.constant(outputs), tf.constant(labels))
    assert float(found) == pytest.approx(float(np.sum(expected)) / 6, rel=1e-5)


def test_what_lies_behind_the_true_length_does_not_count() -> None:
    logits = np.random.default_rng(1).normal(size=(1, 10, 4)).astype(np.float32)
    changed = logits.copy()
    changed[:, 6:] = 50.0
    labels, outputs = tf.constant([[0, 2]]), tf.constant([6])
    assert float(ctc_loss(changed, outputs, labels)) == pytest.approx(float(ctc_loss(logits, outputs, labels)))


def test_a_clip_that_became_too_short_counts_nothing() -> None:
    logits = tf.zeros((2, 3, 4))
    both = ctc_loss(logits, tf.constant([3, 3]), tf.constant([[0, 1, 2, 0], [1, -1, -1, -1]]))
    alone = ctc_loss(logits[1:], tf.constant([3]), tf.constant([[1]]))
    assert float(both) == pytest.approx(float(alone) / 5)


def test_tempo_changes_how_long_a_clip_lasts_and_not_what_is_in_it() -> None:
    ramp = tf.tile(tf.range(200, dtype=tf.float32)[None, :, None], (64, 1, 2))
    frames = tf.fill((64,), 100)
    stretched, count = Tempo(share=0.1, seed=1)(ramp, frames, training=True)
    assert 88 <= count.numpy().min() < 97
    assert 103 < count.numpy().max() <= 111
    for row, length in zip(stretched.numpy(), count.numpy(), strict=True):
        assert np.all(np.diff(row[:length, 0]) > 0)
        assert row[length - 1, 0] == pytest.approx(99, abs=1.2)
        assert not row[length:].any()
    untouched, same = Tempo(share=0.1, seed=1)(ramp, frames)
    assert untouched is ramp
    assert same is frames


def test_masks_blank_out_some_bands_and_moments_of_each_clip() -> None:
    layer = SpectralMasks(frequency_masks=2, time_masks=1.0, seed=1)
    features = tf.ones((32, 300, 80))
    hidden = layer(features, tf.fill((32,), 300), training=True).numpy() == 0.0
    bands, moments = hidden.all(axis=1), hidden.all(axis=2)
    assert 2 < bands.sum(axis=1).mean() < 20
    assert 5 < moments.sum(axis=1).mean() < 36
    assert bands.sum(axis=1).max() <= 24
    assert layer(features, tf.fill((32,), 300)) is features
