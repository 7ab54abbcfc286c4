"""Datasets that can be heard: glides that stand for words, a few takes of each, by several "speakers"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.audio import wav_bytes
from tests.trainer.synthesised import WORDS, spoken
from training_jobs.models import Clip, Dataset
from training_jobs.services.clips import clip_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from numpy.typing import NDArray

SPEAKERS = ("ada", "ben")
PAUSE_SAMPLES = 3_200


def recording(word: str, *, take: int) -> NDArray[np.float32]:
    """Return a take with quiet before and after it, as a recorder gives it; shape (samples,)."""
    random = np.random.default_rng(take)
    quiet = [random.normal(0, 1e-4, PAUSE_SAMPLES).astype(np.float32) for _ in range(2)]
    sound = spoken(word, take=take).astype(np.float32) / 32768
    return np.concatenate([quiet[0], sound * 3, quiet[1]]).astype(np.float32)


def audible_dataset(owner: User, *, takes: int = 12, name: str = "Glides") -> Dataset:
    """Make a dataset of three words with so many takes of each, through the service every clip comes by."""
    dataset = Dataset.objects.create(owner=owner, name=name, language="en")
    for take in range(takes):
        for word in WORDS:
            audio = wav_bytes(recording(word, take=take))
            speaker = SPEAKERS[take % len(SPEAKERS)]
            clip_create(dataset=dataset, audio=audio, text=word, speaker=speaker, origin=Clip.Origin.UPLOAD)
    return dataset
