"""Synthesised "speech": every letter is a tone of its own, and the job folders of sentences made of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from training_jobs.trainer.sentence_corpus import SentenceCorpus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
TONES_HZ = {"a": 400.0, "b": 700.0, "c": 1100.0, "d": 1700.0, "e": 2600.0}
WORDS = ("abe", "bad", "cab", "dea", "e", "ace")
LETTER_SECONDS, SPACE_SECONDS, EDGE_SECONDS = 0.12, 0.1, 0.1


def sentence(take: int, *, most_words: int = 3) -> str:
    """Return a sentence of one to three words, the same for the same take."""
    random = np.random.default_rng([7, take])
    return " ".join(random.choice(WORDS, size=random.integers(1, most_words + 1)))


def spoken(text: str, *, take: int = 0) -> NDArray[np.int16]:
    """Return a text as tones that swell and fall, a pause between words, a little noise. shape = (samples,)"""
    random = np.random.default_rng([11, take])
    parts = [np.zeros(round(EDGE_SECONDS * SAMPLE_RATE_HZ))]
    for letter in text:
        length = round((SPACE_SECONDS if letter == " " else LETTER_SECONDS) * SAMPLE_RATE_HZ * random.uniform(0.9, 1.1))
        time = np.arange(length) / SAMPLE_RATE_HZ
        frequency = TONES_HZ.get(letter, 0.0) * random.uniform(0.98, 1.02)
        parts.append(np.sin(2 * np.pi * frequency * time) * np.hanning(length) * random.uniform(0.2, 0.3))
    parts.append(np.zeros(round(EDGE_SECONDS * SAMPLE_RATE_HZ)))
    sound = np.concatenate(parts)
    return np.round((sound + random.normal(0, 0.002, len(sound))) * 32767).astype(np.int16)


def corpus_of(count: int, *, validation: int = 0, texts: Sequence[str] | None = None) -> SentenceCorpus:
    """Return so many spoken sentences by three speakers, the last ones for validation."""
    said = list(texts) if texts is not None else [sentence(take) for take in range(count)]
    sounds = [spoken(text, take=take) for take, text in enumerate(said)]
    lengths = [len(sound) for sound in sounds]
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    numbers = list(dict.fromkeys(said))
    columns = [
        starts,
        lengths,
        [numbers.index(text) for text in said],
        [int(take >= len(said) - validation) for take in range(len(said))],
        [take % 3 for take in range(len(said))],
    ]
    return SentenceCorpus(np.concatenate(sounds), np.stack(columns, axis=1).astype(np.int64), tuple(numbers))


QUICK = {
    "epochs": 8,
    "minimum_steps": 1,
    "channels": 32,
    "blocks": 2,
    "stride": 3,
    "learning_rate": 0.01,
    "ema_momentum": 0.9,
    "dropout": 0.0,
    "noise_probability": 0.0,
    "time_masks": 0.0,
    "frequency_masks": 0,
}


def write_job(folder: Path, corpus: SentenceCorpus, *, added: Sequence[str] = (), **changes: Any) -> Path:
    """Write a job folder as the worker does; ``changes`` are put over the request."""
    request = {
        "format": 1,
        "kind": "sentences",
        "recipe": "ctc-conv",
        "values": QUICK,
        "labels": sorted(set("".join(corpus.texts).replace(" ", ""))),
        "band_limit_hz": 7600,
        "window_seconds": 1.0,
        "seed": 1,
    }
    (folder / "request.json").write_text(json.dumps(request | changes), encoding="utf-8")
    (folder / "texts.json").write_text(json.dumps(corpus.texts), encoding="utf-8")
    np.save(folder / "audio.npy", corpus.audio)
    np.save(folder / "clips.npy", corpus.clips)
    if added:
        (folder / "language_texts.txt").write_text("\n".join(added) + "\n", encoding="utf-8")
    return folder
