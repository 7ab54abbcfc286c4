"""Synthesised "words" and the job folders made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from training_jobs.trainer.architectures.word_model import WordShape
from training_jobs.trainer.corpus import Corpus

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WORDS = ("rising", "falling", "steady")
GLIDES_HZ = {"rising": (400.0, 1600.0), "falling": (1600.0, 400.0), "steady": (900.0, 900.0)}
SAMPLE_RATE_HZ = 16_000


def spoken(word: str, *, take: int, seconds: float = 0.4) -> NDArray[np.int16]:
    """Return a glide with two overtones and a little noise; no two takes are alike. shape = (samples,)"""
    random = np.random.default_rng([take, WORDS.index(word)])
    length = round(seconds * SAMPLE_RATE_HZ * random.uniform(0.85, 1.15))
    first, last = np.array(GLIDES_HZ[word]) * random.uniform(0.9, 1.1)
    phase = 2 * np.pi * np.cumsum(np.linspace(first, last, length)) / SAMPLE_RATE_HZ
    tone = np.sin(phase) + 0.4 * np.sin(2 * phase) + 0.2 * np.sin(3 * phase) + random.normal(0, 0.02, length)
    loudness = np.hanning(length) * random.uniform(0.02, 0.3)
    return np.round(tone * loudness * 32767 / 1.7).astype(np.int16)


def corpus_of(takes: int, *, validation_takes: int = 0, words: tuple[str, ...] = WORDS) -> Corpus:
    """Return a corpus with so many takes of each word, the last ones of them for validation."""
    sounds = [(spoken(word, take=take), word, take) for word in words for take in range(takes)]
    lengths = [len(sound) for sound, _, _ in sounds]
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    labels = [words.index(word) for _, word, _ in sounds]
    splits = [int(take >= takes - validation_takes) for _, _, take in sounds]
    clips = np.stack([starts, lengths, labels, splits], axis=1).astype(np.int64)
    return Corpus(np.concatenate([sound for sound, _, _ in sounds]), clips, words)


def write_job(folder: Path, corpus: Corpus, *, recipe: str = "conv", **changes: Any) -> Path:
    """Write a job folder as the worker does; ``changes`` are put over the request."""
    request = {
        "format": 1,
        "kind": "words",
        "recipe": recipe,
        "values": {"epochs": 2, "minimum_steps": 40} if recipe == "conv" else {"epochs": 2},
        "labels": list(corpus.names),
        "band_limit_hz": 7600,
        "window_seconds": 1.0,
        "seed": 1,
    }
    (folder / "request.json").write_text(json.dumps(request | changes), encoding="utf-8")
    np.save(folder / "audio.npy", corpus.audio)
    np.save(folder / "clips.npy", corpus.clips)
    return folder


SHAPE = WordShape(labels=len(WORDS), window_seconds=1.0, band_limit_hz=7600.0, seed=1)
