from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from training_jobs.trainer.augmentation import RandomGain, SpectralNoise, WarpedMelFilterbank, mix, warped_matrix

pytestmark = pytest.mark.training

POWER = np.random.default_rng(0).exponential(1.0, (40, 98, 244)).astype(np.float32)


def noise(probability: float = 1.0, snr_db: tuple[float, float] = (10.0, 10.0)) -> SpectralNoise:
    return SpectralNoise(probability=probability, snr_db=snr_db, seed=3)


@pytest.mark.parametrize(
    "layer",
    [
        noise(),
        RandomGain(gain_db=6.0, seed=3),
        WarpedMelFilterbank(bands=40, transform=512, high_hz=7600, warp=0.08, seed=3),
    ],
)
def test_outside_training_nothing_is_drawn(layer: tf.keras.layers.Layer) -> None:
    first, second = layer(POWER), layer(POWER, training=False)
    np.testing.assert_array_equal(first, second)


def test_noise_has_the_level_asked_for() -> None:
    added = noise(snr_db=(10.0, 10.0))(POWER, training=True).numpy() - POWER
    ratio_db = 10 * np.log10(POWER.mean(axis=(1, 2)) / added.mean(axis=(1, 2)))
    np.testing.assert_allclose(ratio_db, 10.0, atol=0.7)


def test_digital_silence_around_the_word_stays_silent() -> None:
    power = POWER.copy()
    power[:, 60:] = 0.0
    noisy = noise()(power, training=True).numpy()
    assert (noisy[:, 60:] == 0.0).all()
    assert noisy[:, :60].mean() > 1.05 * power[:, :60].mean()


def test_noise_comes_in_many_colours() -> None:
    added = noise()(POWER, training=True).numpy() - POWER
    tilt = added[:, :, :60].mean(axis=(1, 2)) / added[:, :, -60:].mean(axis=(1, 2))
    assert tilt.min() < 3
    assert tilt.max() > 50


def test_noise_is_added_to_the_share_of_clips_asked_for() -> None:
    changed = np.any(noise(probability=0.5)(POWER, training=True).numpy() != POWER, axis=(1, 2))
    assert 0.25 < changed.mean() < 0.75


def test_gain_stays_within_its_range() -> None:
    gain_db = 10 * np.log10(RandomGain(gain_db=6.0, seed=3)(POWER, training=True).numpy()[:, 0, 0] / POWER[:, 0, 0])
    assert np.abs(gain_db).max() <= 6.001
    assert gain_db.std() > 2


def test_a_warp_of_one_is_the_plain_filterbank_and_the_highest_frequency_never_moves() -> None:
    layer = WarpedMelFilterbank(bands=40, transform=512, high_hz=7600, warp=0.08, seed=3)
    np.testing.assert_array_equal(layer.matrix, warped_matrix(40, transform=512, high_hz=7600, factor=1.0))
    for matrix in layer.stack:
        assert matrix.shape == (244, 40)
        assert (matrix.sum(axis=0) > 0).all()
        assert np.flatnonzero(matrix[:, -1])[-1] == 243


def test_a_warped_voice_is_higher_or_lower() -> None:
    peak = [warped_matrix(40, transform=512, high_hz=7600, factor=f)[:, 25].argmax() for f in (0.92, 1.0, 1.08)]
    assert peak[0] < peak[1] < peak[2]


def test_mixing_keeps_targets_a_distribution_and_is_the_same_for_features_and_targets() -> None:
    targets = tf.one_hot(np.arange(8) % 4, 4)
    features = tf.repeat(targets[:, None, :], 5, axis=1)
    mixed, shares = mix(features, targets, parameter=0.3, seed=tf.constant([1, 2]))
    np.testing.assert_allclose(tf.reduce_sum(shares, axis=1), 1.0, rtol=1e-6)
    np.testing.assert_allclose(mixed[:, 0, :], shares, rtol=1e-6)


def test_mixing_draws_from_the_beta_distribution() -> None:
    targets = tf.one_hot(np.arange(4000) // 2000, 2)
    _, shares = mix(targets, targets, parameter=0.3, seed=tf.constant([1, 2]))
    share = shares.numpy()[:2000, 0]
    assert share.mean() == pytest.approx(0.5, abs=0.03)
    assert share.var() == pytest.approx(0.25 / (2 * 0.3 + 1), abs=0.01)  # variance of Beta(a, a)
