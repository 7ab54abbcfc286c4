from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.trainer.synthesised import SHAPE, WORDS, corpus_of
from training_jobs.trainer.architectures import build
from training_jobs.trainer.corpus import NOISE, TRAIN, Corpus, load_corpus
from training_jobs.trainer.features import LEVEL_RMS
from training_jobs.trainer.other_speech import FEWEST_CLIPS_EACH, OtherSpeech
from training_jobs.trainer.recipes import ConvValues, LstmValues
from training_jobs.trainer.recorded_noise import RecordedNoise
from training_jobs.trainer.training import noise_for, others_for
from training_jobs.trainer.word_batches import WordBatches
from training_jobs.trainer.word_job import outputs_wanted

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = pytest.mark.training

HUM_HZ = 100.0


def hum(seconds: float = 2.0, *, level: float = 0.01) -> NDArray[np.int16]:
    time = np.arange(round(seconds * 16_000)) / 16_000
    return np.round(level * np.sin(2 * np.pi * HUM_HZ * time) * 32767).astype(np.int16)


def with_noise(corpus: Corpus, *noises: NDArray[np.int16]) -> Corpus:
    starts = len(corpus.audio) + np.cumsum([0, *(len(noise) for noise in noises)])[:-1]
    rows = [[start, len(noise), corpus.other, NOISE] for start, noise in zip(starts, noises, strict=True)]
    return replace(corpus, audio=np.concatenate([corpus.audio, *noises]), clips=np.concatenate([corpus.clips, rows]))


def test_a_made_sound_is_the_beginning_of_one_word_and_the_end_of_another() -> None:
    corpus = corpus_of(3)
    sounds = [corpus.samples(row) for row in corpus.rows(TRAIN)]
    others, random = OtherSpeech(corpus, share=0.25), np.random.default_rng(1)
    assert others.count == 3
    for _ in range(20):
        made = others.made(random)
        begins = {row for row, sound in enumerate(sounds) if np.allclose(made[:200], sound[:200], atol=1e-6)}
        reversed_begins = {
            row for row, sound in enumerate(sounds) if np.allclose(made[::-1][:200], sound[:200], atol=1e-6)
        }
        (first,) = begins or reversed_begins
        forwards = made if begins else made[::-1]
        ends = {row for row, sound in enumerate(sounds) if np.corrcoef(forwards[-200:], sound[-200:])[0, 1] > 0.9999}
        assert {corpus.labels(np.array([row]))[0] for row in ends} - {corpus.labels(np.array([first]))[0]}


def test_pieces_of_noise_are_made_where_there_is_noise() -> None:
    corpus = with_noise(corpus_of(3), hum())
    others, random = OtherSpeech(corpus, share=0.25), np.random.default_rng(1)
    assert others.count == 3  # counted from the words alone
    made = [others.made(random) for _ in range(100)]
    quiet = [sound for sound in made if np.abs(sound).max() <= 0.0101]
    assert 15 <= len(quiet) <= 45
    assert {0.2 * 16_000 <= len(sound) <= 16_000 for sound in quiet} == {True}


def test_recorded_noise_comes_at_the_wanted_ratio() -> None:
    corpus = with_noise(corpus_of(2), hum(level=0.3))
    noise = RecordedNoise(corpus, probability=1.0, snr_db=(10.0, 10.0))
    windows = np.zeros((4, 16_000), np.float32)
    noise.mix_into(windows, np.random.default_rng(1))
    levels = np.sqrt(np.mean(np.square(windows), axis=1))
    assert levels == pytest.approx(LEVEL_RMS * 10 ** (-10 / 20), rel=1e-3)
    frequencies = np.abs(np.fft.rfft(windows, axis=1)).argmax(axis=1)
    assert frequencies.tolist() == [HUM_HZ] * 4


def test_noise_shorter_than_a_window_begins_anew_and_silence_adds_nothing() -> None:
    short = RecordedNoise(with_noise(corpus_of(2), hum(0.1)), probability=1.0, snr_db=(0.0, 0.0))
    silent = RecordedNoise(with_noise(corpus_of(2), hum(0.5, level=0.0)), probability=1.0, snr_db=(0.0, 0.0))
    windows = np.zeros((1, 16_000), np.float32)
    silent.mix_into(windows, np.random.default_rng(1))
    assert not windows.any()
    short.mix_into(windows, np.random.default_rng(1))
    assert np.sqrt(np.mean(np.square(windows[0, -1_600:]))) == pytest.approx(LEVEL_RMS, rel=0.01)


def test_half_of_the_share_of_noise_is_recorded() -> None:
    corpus = with_noise(corpus_of(2), hum())
    noise = noise_for(corpus, ConvValues(noise_probability=0.6, noise_snr_low_db=3, noise_snr_high_db=9))
    assert noise is not None
    assert (noise.probability, noise.snr_db) == (0.3, (3, 9))
    assert noise_for(corpus, ConvValues(noise_probability=0.0)) is None
    assert noise_for(corpus, LstmValues()) is None
    assert noise_for(corpus_of(2), ConvValues()) is None


def test_a_network_gets_an_output_for_what_is_no_word_where_it_learns_of_any() -> None:
    corpus, few = corpus_of(FEWEST_CLIPS_EACH), corpus_of(FEWEST_CLIPS_EACH - 1)
    assert outputs_wanted(few, ConvValues(pieces_share=0.1)) == list(WORDS)
    assert others_for(few, ConvValues(pieces_share=0.1)) is None
    assert outputs_wanted(corpus, ConvValues(pieces_share=0.0)) == list(WORDS)
    assert outputs_wanted(corpus, ConvValues(pieces_share=0.1)) == [*WORDS, "_unknown_"]
    assert outputs_wanted(corpus, LstmValues()) == list(WORDS)
    two = Corpus(corpus.audio, corpus.clips, corpus.names[:2])  # the third word is none of theirs
    assert outputs_wanted(two, LstmValues()) == [*WORDS[:2], "_unknown_"]


def test_a_batch_holds_made_sounds_with_the_label_of_what_is_no_word() -> None:
    corpus, values = with_noise(corpus_of(20), hum()), ConvValues(pieces_share=0.25)
    model = build("conv", values, replace(SHAPE, labels=4))
    made = others_for(corpus, values)
    batches = WordBatches(model, corpus, seed=3, others=made, noise=noise_for(corpus, values))
    assert len(batches) == 60 + 20
    first = list(batches.epoch(1, steps=10, batch_size=8))
    again = list(batches.epoch(1, steps=10, batch_size=8))
    assert [windows.shape for windows, _ in first] == [(8, 16_000)] * 10
    assert np.bincount(np.concatenate([labels for _, labels in first])).tolist() == [20, 20, 20, 20]
    for (windows, labels), (same, alike) in zip(first, again, strict=True):
        assert np.array_equal(windows, same)
        assert np.array_equal(labels, alike)


def test_other_speech_and_noise_are_no_words_to_learn(tmp_path: Path) -> None:
    corpus = with_noise(corpus_of(3), hum())
    np.save(tmp_path / "audio.npy", corpus.audio)
    np.save(tmp_path / "clips.npy", corpus.clips)
    loaded = load_corpus(tmp_path, names=WORDS[:2])
    assert loaded.other == 2
    assert loaded.has_other_speech
    assert not load_corpus(tmp_path, names=WORDS).has_other_speech
