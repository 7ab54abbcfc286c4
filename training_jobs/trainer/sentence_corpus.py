"""The clips of a job folder of sentences, and the batches an epoch is made of."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.alphabet import SPACE
from recognition.engine.errors import EngineError
from recognition.engine.language import said
from training_jobs.trainer.architectures.sentence_model import FRAME, HOP, output_count
from training_jobs.trainer.corpus import FULL_SCALE, TRAIN, VALIDATION
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.pauses import with_pauses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from recognition.engine.alphabet import Alphabet
    from training_jobs.trainer.recipes import CtcValues

START, LENGTH, TEXT, SPLIT, SPEAKER = range(5)
JITTER_FRAMES = 20
LONGEST_JOINED_SECONDS = 15.0
CURRICULUM_BEGINS_AT = 0.3  # the share of the clips, from the shortest on, that the first epoch sees
NO_LABEL = -1
PAUSES = 1  # sets the random numbers of pauses apart from those of the plan


@dataclass(frozen=True)
class SentenceCorpus:
    """All clips one behind the other, where each lies, and what is said in it.

    audio: int16, shape (total_samples,), on disk; clips: int64, shape (clips, 5): start, length, text, split, speaker
    (-1 where nobody knows); texts: by number, written by the rules.
    """

    audio: NDArray[np.int16]
    clips: NDArray[np.int64]
    texts: tuple[str, ...]

    def rows(self, split: int) -> NDArray[np.int64]:
        """Return the numbers of the clips of one split, shape (n,)."""
        return np.flatnonzero(self.clips[:, SPLIT] == split)

    def text(self, row: int) -> str:
        """Return what is said in one clip."""
        return self.texts[self.clips[row, TEXT]]

    def samples(self, row: int) -> NDArray[np.float32]:
        """Return one clip, shape (length,), -1..1."""
        start, length = self.clips[row, [START, LENGTH]]
        return self.audio[start : start + length].astype(np.float32) / np.float32(FULL_SCALE)

    def training_texts(self) -> list[str]:
        """Return the texts of the training clips, one for each clip."""
        return [self.text(row) for row in self.rows(TRAIN)]

    @cached_property
    def frames(self) -> NDArray[np.int64]:
        """How many 10 ms frames each clip gives, shape (clips,)."""
        return np.maximum(1, (self.clips[:, LENGTH] - FRAME) // HOP + 1)


def load_sentence_corpus(folder: Path) -> SentenceCorpus:
    """Read a job folder's clips; raises TrainerError too_few_clips when nothing can be learned from them."""
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    corpus = SentenceCorpus(np.load(folder / "audio.npy", mmap_mode="r"), np.load(folder / "clips.npy"), tuple(texts))
    if not len(corpus.rows(TRAIN)):
        raise TrainerError("too_few_clips", said("There is no clip to train on. Record or upload more."))
    return corpus


def too_short(corpus: SentenceCorpus, rows: NDArray[np.int64], alphabet: Alphabet, *, stride: int) -> NDArray[np.bool_]:
    """Say of each clip whether it is too short for its text: CTC needs an output for each unit, one more for a double.

    A clip like that was cut too early, or its text belongs to another one.
    """
    needed = [outputs_needed(alphabet.encode(corpus.text(row))) for row in rows]
    return np.asarray(needed) > output_count(corpus.frames[rows], stride)


def outputs_needed(units: Sequence[int]) -> int:
    """Return how many outputs a sequence of units needs: between two that are alike there must be a blank."""
    return len(units) + sum(a == b for a, b in pairwise(units))


class BatchPlan:
    """Which clips each update of each epoch sees: drawn from seed and epoch alone, so that it can be drawn again.

    Clips of like length lie together; an update sees about `batch_clips` clips of average length. The first epochs
    begin with the short clips (Y. Bengio et al., 2009: "Curriculum learning"). Then some clips are joined with
    another one of the same speaker: words also come in other company than in the corpus.
    """

    def __init__(self, corpus: SentenceCorpus, rows: NDArray[np.int64], values: CtcValues, *, seed: int) -> None:
        self.rows = rows[np.argsort(corpus.frames[rows], kind="stable")]
        self.frames = corpus.frames
        self.values, self.seed = values, seed
        self.curriculum_epochs = round(values.curriculum_share * values.epochs)
        self.budget = values.batch_clips * float(self.frames[rows].mean())
        # Where no text has a space, none can be written between two of them.
        has_spaces = any(SPACE in corpus.text(row) for row in rows)
        self.mates = _mates(corpus, rows) if values.join_probability and has_spaces else {}
        self.passes = self._passes()

    def _passes(self) -> int:
        """Small datasets are gone through several times an epoch."""
        once = max(1, len(self.rows) // self.values.batch_clips)
        return max(1, round(self.values.minimum_steps / (once * self.values.epochs)))

    def steps(self) -> int:
        """Return how many updates all epochs make."""
        return sum(len(self.epoch(number)) for number in range(1, self.values.epochs + 1))

    def epoch(self, number: int) -> list[list[tuple[int, ...]]]:
        """Return the batches of one epoch, counted from 1: each a list of clips, a joined one being two rows."""
        random = np.random.default_rng((self.seed, number))
        clips = [clip for _ in range(self.passes) for clip in self._clips(number, random)]
        lengths = np.array([sum(self.frames[row] for row in clip) for clip in clips], dtype=np.float64)
        order = np.argsort(lengths + random.uniform(-JITTER_FRAMES, JITTER_FRAMES, len(clips)))
        batches = self._cut([clips[index] for index in order], lengths[order])
        return [batches[index] for index in random.permutation(len(batches))]

    def work(self, batch: Sequence[tuple[int, ...]]) -> int:
        """Return how much an update on a batch is: its frames, all clips padded to the longest."""
        return len(batch) * max(sum(int(self.frames[row]) for row in clip) for clip in batch)

    def _clips(self, number: int, random: np.random.Generator) -> list[tuple[int, ...]]:
        if number <= self.curriculum_epochs:
            share = CURRICULUM_BEGINS_AT + (1 - CURRICULUM_BEGINS_AT) * (number - 1) / self.curriculum_epochs
            return [(int(row),) for row in self.rows[: max(1, round(share * len(self.rows)))]]
        return self._joined(random)

    def _joined(self, random: np.random.Generator) -> list[tuple[int, ...]]:
        left = set(self.rows.tolist())
        clips: list[tuple[int, ...]] = []
        for row in random.permutation(self.rows).tolist():
            if row not in left:
                continue
            left.remove(row)
            mate = self._mate(row, left, random)
            if mate is not None:
                left.remove(mate)
            clips.append((row,) if mate is None else (row, mate))
        return clips

    def _mate(self, row: int, left: set[int], random: np.random.Generator) -> int | None:
        # Joining takes two clips for one: half the probability for each of them.
        if row not in self.mates or random.random() >= self.values.join_probability / 2:
            return None
        among = self.mates[row]
        mate = int(among[random.integers(len(among))])
        seconds = (self.frames[row] + self.frames[mate]) / 100
        return mate if mate in left and seconds <= LONGEST_JOINED_SECONDS else None

    def _cut(self, clips: list[tuple[int, ...]], lengths: NDArray[np.float64]) -> list[list[tuple[int, ...]]]:
        batches: list[list[tuple[int, ...]]] = [[]]
        longest = 0.0
        for clip, length in zip(clips, lengths, strict=True):
            longest = max(longest, length)
            if batches[-1] and longest * (len(batches[-1]) + 1) > self.budget:
                batches.append([])
                longest = length
            batches[-1].append(clip)
        return batches


def _mates(corpus: SentenceCorpus, rows: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Return for each clip the clips of the same speaker; nobody's clips are joined with nobody's."""
    speakers = corpus.clips[rows, SPEAKER]
    mates: dict[int, NDArray[np.int64]] = {}
    for speaker in np.unique(speakers[speakers >= 0]):
        own = rows[speakers == speaker]
        if len(own) > 1:
            mates.update(dict.fromkeys(own.tolist(), own))
    return mates


def training_batches(
    corpus: SentenceCorpus, plan: BatchPlan, alphabets: Sequence[Alphabet], *, epoch: int
) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield (samples, lengths, labels of each alphabet) of one epoch, read from the disk as it goes.

    samples: float32, shape (batch, longest); lengths: int32, shape (batch,); labels: int32, shape (batch, most units),
    padded with -1. Reading and padding cost 2 % of an update, so there is no pipeline beside it: tf.data's generator
    makes the C library give memory back after every update, which costs a third of the whole training in page faults.
    """
    encoded = LabelBook(corpus, alphabets)
    random = np.random.default_rng((plan.seed, epoch, PAUSES))
    probability = plan.values.pause_probability
    for batch in plan.epoch(epoch):
        sounds = [
            with_pauses([corpus.samples(row) for row in clip], probability=probability, random=random) for clip in batch
        ]
        yield (*_padded(sounds), *encoded.of(batch))


class LabelBook:
    """The units of each clip in each alphabet, encoded once."""

    def __init__(self, corpus: SentenceCorpus, alphabets: Sequence[Alphabet]) -> None:
        self.corpus, self.alphabets = corpus, alphabets
        self.known: list[dict[int, list[int]]] = [{} for _ in alphabets]

    def of(self, batch: Sequence[tuple[int, ...]]) -> list[NDArray[np.int32]]:
        """Return the labels of a batch in each alphabet, shape (batch, most units)."""
        return [padded_labels([self._units(index, clip) for clip in batch]) for index in range(len(self.alphabets))]

    def spelled(self, index: int, row: int) -> list[int]:
        """Return the units of one clip in one alphabet; none where it has a character that is no unit."""
        try:
            return self._one(index, row)
        except EngineError:
            return []

    def _units(self, index: int, clip: tuple[int, ...]) -> list[int]:
        parts = [self._one(index, row) for row in clip]
        if len(parts) == 1:
            return parts[0]
        text = SPACE.join(self.corpus.text(row) for row in clip)
        return self.alphabets[index].encode(text)

    def _one(self, index: int, row: int) -> list[int]:
        known = self.known[index]
        if row not in known:
            known[row] = self.alphabets[index].encode(self.corpus.text(row))
        return known[row]


def padded_labels(rows: Sequence[Sequence[int]]) -> NDArray[np.int32]:
    """Return labels as the loss takes them: shape (rows, most units), padded with -1."""
    table = np.full((len(rows), max(1, *(len(row) for row in rows))), NO_LABEL, np.int32)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table


def _padded(sounds: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    lengths = np.array([len(sound) for sound in sounds], np.int32)
    samples = np.zeros((len(sounds), max(FRAME, int(lengths.max()))), np.float32)
    for index, sound in enumerate(sounds):
        samples[index, : len(sound)] = sound
    return samples, lengths


def listening_batches(
    corpus: SentenceCorpus, rows: NDArray[np.int64], *, batch: int = 16
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int32]]]:
    """Yield (rows, samples, lengths) of clips to listen to, those of like length together."""
    ordered = rows[np.argsort(corpus.frames[rows], kind="stable")]
    for at in range(0, len(ordered), batch):
        chosen = ordered[at : at + batch]
        yield chosen, *_padded([corpus.samples(row) for row in chosen])


__all__ = [
    "TRAIN",
    "VALIDATION",
    "BatchPlan",
    "SentenceCorpus",
    "listening_batches",
    "load_sentence_corpus",
    "padded_labels",
    "too_short",
    "training_batches",
]
