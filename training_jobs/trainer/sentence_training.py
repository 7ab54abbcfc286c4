"""Training recognisers of sentences."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from recognition.engine.error_rates import character_errors, word_errors
from training_jobs.trainer.architectures.sentence_model import output_count
from training_jobs.trainer.cards import card_count, total
from training_jobs.trainer.clock import Clock
from training_jobs.trainer.epochs import LossNotFinite
from training_jobs.trainer.learner import Learner
from training_jobs.trainer.learning_rate import WarmupCosine
from training_jobs.trainer.losses import ctc_loss, label_count
from training_jobs.trainer.sentence_corpus import (
    TRAIN,
    VALIDATION,
    BatchPlan,
    LabelBook,
    listening_batches,
    padded_labels,
    training_batches,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recognition.engine.alphabet import Alphabet
    from training_jobs.trainer.architectures.sentence_model import SentenceModel
    from training_jobs.trainer.events import Events
    from training_jobs.trainer.recipes import CtcValues
    from training_jobs.trainer.sentence_corpus import SentenceCorpus

HEARD_CLIPS = 5
MOST_LISTENED = 400  # validation clips an epoch: enough for a curve, in bounded time and memory
AFTER_SECONDS = 20.0  # what follows the last epoch, for the estimate of the time left
TRAINING_CLIPS_CHECKED = 50
FEWEST_UPDATES = 1_000  # a run of fewer has not had the time to learn: CTC writes nothing at first
LEARNED_CER, HOPELESS_CER = 0.75, 0.95  # on training clips: at the end, half way
LONGEST_WARMUP = 0.4  # of all updates
SAMPLES_SHAPE = tf.TensorSpec((None, None), tf.float32)
LENGTHS_SHAPE = tf.TensorSpec((None,), tf.int32)
LABELS_SHAPE = tf.TensorSpec((None, None), tf.int32)
LONGEST_GRADIENT = 1.0  # of each weight
LOWEST_RATE = 0.01  # of the highest step size, at the end


@dataclass(frozen=True)
class Listened:
    """What the network made of some clips: log-probabilities per alphabet and clip, shape (outputs, units + 1)."""

    rows: list[int] = field(default_factory=list)
    log_probs: list[list[NDArray[np.float32]]] = field(default_factory=list)  # [alphabet][clip]


class SentenceCourse:
    """A training of sentences, epoch by epoch, on the clips `rows`."""

    def __init__(
        self,
        model: SentenceModel,
        corpus: SentenceCorpus,
        rows: NDArray[np.int64],
        alphabets: Sequence[Alphabet],
        values: CtcValues,
        *,
        seed: int,
        events: Events,
    ) -> None:
        self.model, self.corpus, self.rows, self.alphabets = model, corpus, rows, alphabets
        self.values, self.seed, self.epochs = values, seed, values.epochs
        self.learner = SentenceLearner(model, values)
        self.watch = SentenceWatch(self.learner, corpus, alphabets, events=events)

    def plan(self, *, halvings: int, done_epochs: int, longer_warmup: float) -> bool:
        """Plan the batches of all epochs, halved so often; say whether they can be that small."""
        size = self.values.batch_clips >> halvings
        values = replace(self.values, batch_clips=max(1, size))
        self.batches = BatchPlan(self.corpus, self.rows, values, seed=self.seed)
        epochs = [self.batches.epoch(number) for number in range(1, self.epochs + 1)]
        self.work = [[self.batches.work(batch) for batch in epoch] for epoch in epochs]
        updates = [len(epoch) for epoch in self.work]
        share = min(LONGEST_WARMUP, longer_warmup * self.values.warmup_share)
        self.learner.plan(updates=sum(updates), warmup=round(share * sum(updates)), done=sum(updates[:done_epochs]))
        return size >= 1

    def clock(self, *, first_epoch: int, seconds: float) -> Clock:
        """Return a clock for the epochs from the first one on."""
        work = self.work[first_epoch - 1 :]
        return Clock(work, first_epoch=first_epoch, seconds=seconds, after_seconds=AFTER_SECONDS)

    def train(self, epoch: int, clock: Clock) -> dict[str, float]:
        """Make one epoch's updates; return the mean loss per unit."""
        total, count = 0.0, 0
        for samples, lengths, *labels in training_batches(self.corpus, self.batches, self.alphabets, epoch=epoch):
            given = self.learner.shares(samples, lengths, *labels)
            loss = float(self.learner.step(*given[:2], given[2:]))
            if not math.isfinite(loss):
                raise LossNotFinite
            total, count = total + loss, count + 1
            clock.tick()
        return {"loss": round(total / max(1, count), 5)}

    def look(self, epoch: int) -> dict[str, float | None]:
        """Tell what the shown clips are heard as; return loss, word and character error rate on validation."""
        return self.watch.look(epoch)

    def has_learned(self, *, is_over: bool) -> bool:
        """Say whether the network knows its own training clips (half way: whether it writes anything right)."""
        if sum(len(epoch) for epoch in self.work) < FEWEST_UPDATES:
            return True
        heard = self.learner.listen(self.corpus, spread_over_lengths(self.rows, self.corpus, TRAINING_CLIPS_CHECKED))
        said = [self.corpus.text(row) for row in heard.rows]
        rates = [
            character_errors(zip(said, (best_path(scores, alphabet) for scores in head), strict=True)).rate
            for head, alphabet in zip(heard.log_probs, self.alphabets, strict=True)
        ]
        return min(rates) <= (LEARNED_CER if is_over else HOPELESS_CER)


class SentenceLearner(Learner):
    """Updates a network of sentences, and listens with it."""

    def __init__(self, model: SentenceModel, values: CtcValues) -> None:
        super().__init__(model, *optimizer_for(values), momentum=values.ema_momentum, longest_gradient=LONGEST_GRADIENT)
        self.model = model
        # One graph for all lengths, traced once: another graph may round otherwise, and a resumed run shall be equal.
        labels = [LABELS_SHAPE] * len(model.network.outputs)
        shapes = [SAMPLES_SHAPE, LENGTHS_SHAPE, labels] if card_count() == 1 else None
        self.step = tf.function(self._step, input_signature=shapes, reduce_retracing=shapes is None)
        self.infer = tf.function(self._infer, input_signature=[SAMPLES_SHAPE, LENGTHS_SHAPE])

    def _step(self, samples: Any, lengths: Any, labels: Any) -> Any:
        """Make one update; return the loss of the batch before it: the mean over the alphabets."""
        return self.on_every_card(self._share_of_step, samples, lengths, labels)

    def _share_of_step(self, samples: Any, lengths: Any, labels: Any) -> Any:
        features, frames = self.front_end(samples, lengths, training=True)
        with tf.GradientTape() as tape:
            logits = self.model.logits(features, frames, training=True)
            outputs = output_count(frames, self.model.stride)
            losses = [
                ctc_loss(head, outputs, wanted, total(label_count(wanted)))
                for head, wanted in zip(logits, labels, strict=True)
            ]
            loss = tf.add_n(losses) / len(losses)
        self.update(tape.gradient(loss, self.weights))
        return loss

    def _infer(self, samples: Any, lengths: Any) -> tuple[Any, Any]:
        """Return log-probabilities of each alphabet, shape (batch, time, units + 1), and true lengths."""
        features, frames = self.front_end(samples, lengths)
        logits = self.model.logits(features, frames, training=False)
        return [tf.nn.log_softmax(head) for head in logits], output_count(frames, self.model.stride)

    def listen(self, corpus: SentenceCorpus, rows: NDArray[np.int64]) -> Listened:
        """Hear clips, the batches padded no more than needed."""
        heard = Listened([], [])
        for chosen, samples, lengths in listening_batches(corpus, rows):
            heads, outputs = self.infer(samples, lengths)
            heard.rows.extend(int(row) for row in chosen)
            for index, head in enumerate(heads):
                if len(heard.log_probs) <= index:
                    heard.log_probs.append([])
                scores, counts = head.numpy(), outputs.numpy()
                heard.log_probs[index].extend(scores[at, : counts[at]] for at in range(len(chosen)))
        return heard


class SentenceWatch:
    """Listens to the validation clips after each epoch; without any, to training clips, for what is heard alone."""

    def __init__(
        self, learner: SentenceLearner, corpus: SentenceCorpus, alphabets: Sequence[Alphabet], *, events: Events
    ) -> None:
        self.learner, self.corpus, self.alphabets, self.events = learner, corpus, alphabets, events
        self.rows = spread_over_lengths(corpus.rows(VALIDATION), corpus, MOST_LISTENED)
        self.shown = spread_over_lengths(self.rows if len(self.rows) else corpus.rows(TRAIN), corpus, HEARD_CLIPS)
        self.book = LabelBook(corpus, alphabets)

    def look(self, epoch: int) -> dict[str, float | None]:
        """Tell what the shown clips are heard as; return loss, word and character error rate on validation."""
        rows = self.rows if len(self.rows) else self.shown
        heard = self.learner.listen(self.corpus, rows)
        texts = [
            [best_path(scores, alphabet) for scores in head]
            for head, alphabet in zip(heard.log_probs, self.alphabets, strict=True)
        ]
        said = [self.corpus.text(row) for row in heard.rows]
        best = min(range(len(texts)), key=lambda index: word_errors(zip(said, texts[index], strict=True)).errors)
        self._tell(epoch, dict(zip(heard.rows, zip(texts[best], heard.log_probs[best], strict=True), strict=True)))
        if not len(self.rows):
            return {"val_loss": None, "val_wer": None, "val_cer": None}
        pairs = list(zip(said, texts[best], strict=True))
        return {
            "val_loss": round(self._loss(heard, best), 5),
            "val_wer": round(word_errors(pairs).rate, 5),
            "val_cer": round(character_errors(pairs).rate, 5),
        }

    def _tell(self, epoch: int, heard: dict[int, tuple[str, NDArray[np.float32]]]) -> None:
        clips = [
            {"clip": int(row), "heard": heard[row][0], "confidence": round(path_confidence(heard[row][1]), 4)}
            for row in self.shown.tolist()
        ]
        self.events.send("hears", epoch=epoch, clips=clips)

    def _loss(self, heard: Listened, head: int) -> float:
        """Return the CTC loss per unit of one alphabet; clips that cannot be spelled in it are left out."""
        spelled = [
            (scores, self.book.spelled(head, row))
            for row, scores in zip(heard.rows, heard.log_probs[head], strict=True)
        ]
        known = [(scores, units) for scores, units in spelled if units]
        if not known:
            return 0.0
        outputs = np.array([len(scores) for scores, _ in known], np.int32)
        padded = np.zeros((len(known), int(outputs.max()), known[0][0].shape[1]), np.float32)
        for place, (scores, _) in enumerate(known):
            padded[place, : len(scores)] = scores
        return float(ctc_loss(padded, outputs, padded_labels([units for _, units in known])))


def best_path(log_probs: NDArray[np.float32], alphabet: Alphabet) -> str:
    """Return the text of the likeliest output at each time: repeats joined, blanks left out."""
    path = log_probs.argmax(axis=1)
    kept = path[np.flatnonzero(np.diff(path, prepend=-1))]
    return alphabet.decode(kept[kept != alphabet.blank].tolist())


def path_confidence(log_probs: NDArray[np.float32]) -> float:
    """Return the mean probability of the likeliest output where it is not the blank; 0 where nothing is written."""
    path = log_probs.argmax(axis=1)
    written = path != log_probs.shape[1] - 1
    return float(np.exp(log_probs.max(axis=1)[written]).mean()) if written.any() else 0.0


def optimizer_for(values: CtcValues) -> tuple[WarmupCosine, Any]:
    """Return AdamW with warm-up and cosine; the schedule of its steps first."""
    rate = WarmupCosine(values.learning_rate, lowest_share=LOWEST_RATE)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=values.weight_decay, beta_2=0.98)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return rate, optimizer


def spread_over_lengths(rows: NDArray[np.int64], corpus: SentenceCorpus, count: int) -> NDArray[np.int64]:
    """Return up to ``count`` clips, from short to long, always the same ones."""
    ordered = rows[np.argsort(corpus.frames[rows], kind="stable")]
    places = np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(np.int64)
    return ordered[places]
