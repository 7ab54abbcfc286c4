"""The clips of a job folder of words, and the windows cut out of them, read from the disk as they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.language import said
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.features import LEVEL_RMS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from training_jobs.trainer.architectures.word_model import WordModel
    from training_jobs.trainer.features import Placement

FULL_SCALE = 32768.0
TRAIN, VALIDATION, NOISE = 0, 1, 2
EVALUATION_BATCH = 128
FEWEST_LABELS = 2


@dataclass(frozen=True)
class Corpus:
    """All clips one behind the other, and where each lies.

    audio: int16, shape (total_samples,); clips: int64, shape (clips, 4): start, length, label index, split;
    names: the words. What is none of them has the index behind the last one: other speech, which is on a side as all
    clips are, and recordings of noise, whose split is NOISE.
    """

    audio: NDArray[np.int16]
    clips: NDArray[np.int64]
    names: tuple[str, ...]

    @property
    def other(self) -> int:
        """The label index of all that is no word."""
        return len(self.names)

    @property
    def has_other_speech(self) -> bool:
        """Say whether there are clips to learn what is none of the words from."""
        return bool((self.labels(self.rows(TRAIN)) == self.other).any())

    def rows(self, split: int) -> NDArray[np.int64]:
        """Return the numbers of the clips of one split, shape (n,)."""
        return np.flatnonzero(self.clips[:, 3] == split)

    def labels(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the label index of each row, shape (n,)."""
        return self.clips[rows, 2]

    def samples(self, row: int) -> NDArray[np.float32]:
        """Return one clip, shape (length,), -1..1."""
        start, length = self.clips[row, :2]
        return self.audio[start : start + length].astype(np.float32) / np.float32(FULL_SCALE)


def load_corpus(folder: Path, *, names: tuple[str, ...]) -> Corpus:
    """Read a job folder's clips; raises TrainerError too_few_clips when no recogniser can come of them."""
    corpus = Corpus(np.load(folder / "audio.npy", mmap_mode="r"), np.load(folder / "clips.npy"), names)
    counts = np.bincount(corpus.labels(corpus.rows(TRAIN)), minlength=len(names))[: len(names)]
    if len(names) < FEWEST_LABELS:
        raise TrainerError(
            "too_few_clips", said("A recogniser needs at least two words to tell apart. Add clips of another word.")
        )
    if counts.min() < 1:
        missing = int((counts == 0).sum())
        message = said(
            "{missing} of {words} words have no clip to train on. Record or upload some for each word.",
            missing=missing,
            words=len(names),
        )
        detail = said("training clips per label: {counts}", counts=counts.tolist())
        raise TrainerError("too_few_clips", message, detail=detail)
    return corpus


class WindowCutter:
    """Cuts windows out of the corpus: row numbers -> windows, float32, shape (rows, window_samples).

    Does for whole batches what features.WindowLayer does for one clip in the exported graph.
    """

    def __init__(self, corpus: Corpus, placement: Placement) -> None:
        self.corpus, self.placement = corpus, placement
        self.scales = clip_scales(corpus, is_levelled=placement.is_levelled)

    def centred(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the windows as serving sees them."""
        return self.cut(rows, self.placement.begin(self.corpus.clips[rows, 1]))

    def at_random(self, rows: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.float32]:
        """Return windows with the clip anywhere inside, or cut anywhere out of it."""
        slack = self.corpus.clips[rows, 1] - self.placement.window_samples
        return self.cut(rows, np.round(random.random(len(rows)) * slack).astype(np.int64))

    def cut(self, rows: NDArray[np.int64], begins: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return windows that begin ``begins`` samples after each clip's first; silence where there is no clip."""
        windows = np.zeros((len(rows), self.placement.window_samples), np.float32)
        for window, row, begin in zip(windows, rows, begins, strict=True):
            start, length = self.corpus.clips[row, :2]
            lay(window, self.corpus.audio[start : start + length], begin=begin)
        return windows * self.scales[rows, None]

    def placed(self, sound: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
        """Return a window with a sound that is in no corpus, shape (samples,), levelled, anywhere inside."""
        window = np.zeros(self.placement.window_samples, np.float32)
        lay(window, sound, begin=round(random.random() * (len(sound) - len(window))))
        return window * np.float32(level_scale(sound) if self.placement.is_levelled else 1.0)


def lay(window: NDArray[np.float32], sound: NDArray[Any], *, begin: int) -> None:
    """Put a sound into a window that begins ``begin`` samples after it does; negative = silence in front."""
    first, last = max(0, begin), min(len(sound), begin + len(window))
    window[first - begin : last - begin] = sound[first:last]


def level_scale(sound: NDArray[np.float32]) -> float:
    """Return what brings a sound, -1..1, to LEVEL_RMS."""
    return float(LEVEL_RMS / np.sqrt(max(float(np.mean(np.square(sound, dtype=np.float64))), 1e-12)))


def clip_scales(corpus: Corpus, *, is_levelled: bool) -> NDArray[np.float32]:
    """Return what each clip's int16 samples are multiplied with, shape (clips,)."""
    if not is_levelled:
        return np.full(len(corpus.clips), 1.0 / FULL_SCALE, np.float32)
    scales = [level_scale(corpus.samples(row)) for row in range(len(corpus.clips))]
    return (np.asarray(scales) / FULL_SCALE).astype(np.float32)


def features_of(model: WordModel, corpus: Corpus, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the features of clips as serving sees them, shape (n, frames, bands)."""
    cutter = WindowCutter(corpus, model.placement)
    batches = [rows[at : at + EVALUATION_BATCH] for at in range(0, len(rows), EVALUATION_BATCH)]
    parts = [model.front_end(cutter.centred(batch)).numpy() for batch in batches]
    return np.concatenate(parts) if parts else np.zeros((0, *model.front_end.output_shape[1:]), np.float32)
