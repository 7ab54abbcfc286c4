from __future__ import annotations

from typing import TYPE_CHECKING

import librosa
import numpy as np
import pytest

from tests.trainer.synthesised import corpus_of
from training_jobs.trainer.augmentation import warped_matrix
from training_jobs.trainer.corpus import WindowCutter
from training_jobs.trainer.features import (
    ActiveLogMel,
    DecibelCepstrum,
    MelFilterbank,
    Placement,
    PowerSpectrum,
    WindowLayer,
    slaney_matrix,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.training

# librosa puts a 400-sample window into the middle of its 512-sample frame: 56 samples of offset on each side.
CENTRED_WINDOW_OFFSET = 56
LOG_MEL_TOLERANCE = 2e-4  # in the natural logarithm of power
MFCC_TOLERANCE = 1e-3  # of coefficients in the hundreds


@pytest.fixture(scope="module")
def sound() -> NDArray[np.float32]:
    """One second with soft and loud parts, tone and noise. shape = (16000,)"""
    random = np.random.default_rng(0)
    tone = np.sin(2 * np.pi * 750 * np.arange(16_000) / 16_000)
    return ((random.normal(0, 0.1, 16_000) + tone) * np.hanning(16_000) * 0.3).astype(np.float32)


@pytest.mark.parametrize("band_limit_hz", [3800.0, 7600.0, 8000.0])
def test_the_log_mel_bands_are_those_of_librosa(sound: NDArray[np.float32], band_limit_hz: float) -> None:
    spectrum = PowerSpectrum(frame=400, hop=160, transform=512, highest_hz=band_limit_hz, is_centred=False)
    matrix = warped_matrix(40, transform=512, high_hz=band_limit_hz, factor=1.0)
    ours = MelFilterbank(matrix)(spectrum(sound[None])).numpy()[0]
    theirs = librosa.feature.melspectrogram(
        y=np.pad(sound, CENTRED_WINDOW_OFFSET),
        sr=16_000,
        n_fft=512,
        win_length=400,
        hop_length=160,
        center=False,
        htk=True,
        norm=None,
        n_mels=40,
        fmin=20.0,
        fmax=band_limit_hz,
    ).T
    assert ours.shape == theirs.shape == (98, 40)
    assert np.abs(np.log(ours + 1e-4) - np.log(theirs + 1e-4)).max() < LOG_MEL_TOLERANCE


@pytest.mark.parametrize("band_limit_hz", [3800.0, 8000.0])
def test_the_mfcc_are_those_of_librosas_defaults(sound: NDArray[np.float32], band_limit_hz: float) -> None:
    spectrum = PowerSpectrum(frame=2048, hop=512, transform=2048, highest_hz=band_limit_hz, is_centred=True)
    bands = MelFilterbank(slaney_matrix(128, transform=2048, high_hz=band_limit_hz))(spectrum(sound[None]))
    ours = DecibelCepstrum(bands=128, count=13)(bands).numpy()[0]
    theirs = librosa.feature.mfcc(y=sound, sr=16_000, n_mfcc=13, fmax=band_limit_hz).T
    assert ours.shape == theirs.shape == (32, 13)
    assert np.abs(ours - theirs).max() < MFCC_TOLERANCE


@pytest.mark.parametrize("seconds", [0.6, 1.5])
@pytest.mark.parametrize("position", ["centre", "end"])
@pytest.mark.parametrize("is_levelled", [True, False])
def test_batches_are_cut_as_the_exported_graph_cuts_one_clip(
    seconds: float, position: str, *, is_levelled: bool
) -> None:
    corpus = corpus_of(2)
    window = round(16_000 * 0.4 * seconds)
    placement = Placement(window, is_levelled=is_levelled, position=position, is_random=False)
    rows = np.arange(len(corpus.clips))
    batch = WindowCutter(corpus, placement).centred(rows)
    for row in rows:
        one = WindowLayer(placement)(corpus.samples(row)[None]).numpy()
        np.testing.assert_allclose(batch[row], one[0], atol=1e-6)


def test_a_random_window_holds_the_whole_of_a_short_clip_and_moves() -> None:
    corpus = corpus_of(2)
    cutter = WindowCutter(corpus, Placement(16_000, is_levelled=False, position="centre", is_random=True))
    windows = cutter.at_random(np.zeros(50, np.int64), np.random.default_rng(1))
    clip = corpus.samples(0)
    begins = [int(np.flatnonzero(window)[0]) for window in windows]
    assert len(set(begins)) > 40
    for window in windows:
        assert np.sum(np.square(window)) == pytest.approx(np.sum(np.square(clip)), rel=1e-4)


def test_a_random_window_of_a_long_clip_is_full() -> None:
    corpus = corpus_of(2)
    cutter = WindowCutter(corpus, Placement(2000, is_levelled=False, position="centre", is_random=True))
    windows = cutter.at_random(np.zeros(20, np.int64), np.random.default_rng(1))
    assert (np.mean(windows != 0, axis=1) > 0.9).all()


def test_features_do_not_change_with_level_nor_with_the_microphones_colour() -> None:
    spectrum = PowerSpectrum(frame=400, hop=160, transform=512, highest_hz=7600, is_centred=False)
    layers = [
        WindowLayer(Placement(16_000, is_levelled=True, position="centre", is_random=False)),
        spectrum,
        MelFilterbank(warped_matrix(40, transform=512, high_hz=7600, factor=1.0)),
        ActiveLogMel(),
    ]
    random = np.random.default_rng(1)
    loud = random.normal(0, 0.2, (1, 9000)).astype(np.float32)

    def features(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        value = samples
        for layer in layers:
            value = layer(value)
        return np.asarray(value)

    np.testing.assert_allclose(features(loud), features(loud / 50), atol=1e-4)
    assert features(loud).min() == -3.0


def test_digital_silence_gives_finite_features() -> None:
    spectrum = PowerSpectrum(frame=400, hop=160, transform=512, highest_hz=7600, is_centred=False)
    bands = MelFilterbank(warped_matrix(40, transform=512, high_hz=7600, factor=1.0))
    window = WindowLayer(Placement(16_000, is_levelled=True, position="centre", is_random=False))
    features = ActiveLogMel()(bands(spectrum(window(np.zeros((1, 3000), np.float32))))).numpy()
    assert np.isfinite(features).all()
