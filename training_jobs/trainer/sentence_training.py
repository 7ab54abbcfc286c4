"""The training loop of sentences."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from recognition.engine.error_rates import character_errors, word_errors
from training_jobs.trainer.architectures.sentence_model import output_count
from training_jobs.trainer.averaging import AveragedWeights
from training_jobs.trainer.errors import TrainerError
from training_jobs.trainer.losses import ctc_loss
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
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from recognition.engine.alphabet import Alphabet
    from training_jobs.trainer.architectures.sentence_model import SentenceModel
    from training_jobs.trainer.events import Events
    from training_jobs.trainer.recipes import CtcValues
    from training_jobs.trainer.sentence_corpus import SentenceCorpus

HEARD_CLIPS = 5
MOST_LISTENED = 400  # validation clips an epoch: enough for a curve, in bounded time and memory
AFTER_SECONDS = 20.0  # what follows the last epoch, for the estimate of the time left
FIRST_STEPS = 3  # slow ones, while TensorFlow compiles
LOWEST_RATE = 0.01  # of the highest step size, at the end


@dataclass(frozen=True)
class Listened:
    """What the network made of some clips: log-probabilities per alphabet and clip, shape (outputs, units + 1)."""

    rows: list[int] = field(default_factory=list)
    log_probs: list[list[NDArray[np.float32]]] = field(default_factory=list)  # [alphabet][clip]


def train_sentences(
    model: SentenceModel,
    corpus: SentenceCorpus,
    rows: NDArray[np.int64],
    alphabets: Sequence[Alphabet],
    values: CtcValues,
    *,
    seed: int,
    events: Events,
) -> tuple[list[dict[str, Any]], SentenceLearner]:
    """Train the model's network in place on the clips `rows`; return the history, and what listens with the network.

    Raises TrainerError loss_not_finite.
    """
    plan = BatchPlan(corpus, rows, values, seed=seed)
    learner = SentenceLearner(model, values, steps=plan.steps())
    watch = SentenceWatch(learner, corpus, alphabets, events=events)
    clock = SentenceClock(plan)
    history = []
    for epoch in range(1, values.epochs + 1):
        loss = run_epoch(learner, training_batches(corpus, plan, alphabets, epoch=epoch), clock)
        with learner.averages:
            heard = watch.look(epoch)
        line = {"loss": round(loss, 5), **heard, **clock.reading(epoch)}
        events.send("epoch", epoch=epoch, epochs=values.epochs, **line)
        history.append({"epoch": epoch, **line})
    learner.averages.keep()
    return history, learner


def run_epoch(learner: SentenceLearner, batches: Iterable[Sequence[Any]], clock: SentenceClock) -> float:
    """Make one epoch's updates; return the mean loss per unit."""
    total, count = 0.0, 0
    for samples, lengths, *labels in batches:
        loss = float(learner.step(tf.constant(samples), tf.constant(lengths), [tf.constant(one) for one in labels]))
        if not math.isfinite(loss):
            message = "Training lost its footing: the numbers became infinite. Try a smaller learning_rate."
            raise TrainerError("loss_not_finite", message)
        total, count = total + loss, count + 1
        clock.tick()
    return total / max(1, count)


class SentenceLearner:
    """The network, its optimiser and the running mean of its weights."""

    def __init__(self, model: SentenceModel, values: CtcValues, *, steps: int) -> None:
        self.model = model
        self.optimizer = optimizer_for(values, steps)
        self.weights = model.network.trainable_variables
        self.averages = AveragedWeights(self.weights, momentum=values.ema_momentum)
        self.steps = tf.Variable(0, dtype=tf.int32, trainable=False)

    @tf.function(reduce_retracing=True)
    def step(self, samples: Any, lengths: Any, labels: Any) -> Any:
        """Make one update; return the loss of the batch before it: the mean over the alphabets."""
        features, frames = self.model.front_end(samples, lengths, training=True)
        with tf.GradientTape() as tape:
            logits = self.model.network([features, frames], training=True)
            outputs = output_count(frames, self.model.stride)
            losses = [ctc_loss(head, outputs, wanted) for head, wanted in zip(logits, labels, strict=True)]
            loss = tf.add_n(losses) / len(losses)
        self.optimizer.apply(tape.gradient(loss, self.weights), self.weights)
        self.steps.assign_add(1)
        self.averages.update(self.steps)
        return loss

    @tf.function(reduce_retracing=True)
    def infer(self, samples: Any, lengths: Any) -> tuple[Any, Any]:
        """Return log-probabilities of each alphabet, shape (batch, time, units + 1), and true lengths."""
        features, frames = self.model.front_end(samples, lengths)
        logits = self.model.network([features, frames], training=False)
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


class SentenceClock:
    """Measures updates by the clips they heard, and estimates the time left.

    The first updates and the first listening, in which TensorFlow compiles, are not counted, and from the second epoch
    on nothing of the first.
    """

    def __init__(self, plan: BatchPlan) -> None:
        sizes = [[len(batch) for batch in plan.epoch(epoch)] for epoch in range(1, plan.values.epochs + 1)]
        heard = np.cumsum([sum(epoch) for epoch in sizes])
        self.shares = heard / max(1, heard[-1])
        self.first_share = sum(sizes[0][:FIRST_STEPS]) / max(1, heard[-1])
        self.started = self.measured_from = self.ticked = time.perf_counter()
        self.measured_share, self.done = 0.0, 0

    def tick(self) -> None:
        """Count one update."""
        self.done += 1
        self.ticked = time.perf_counter()
        if self.done == FIRST_STEPS and self.first_share < self.shares[0]:
            self.measured_from, self.measured_share = self.ticked, self.first_share

    def reading(self, epoch: int) -> dict[str, float | None]:
        """Return seconds since the start, and seconds left to the end of the whole run; None while not known."""
        now, share = time.perf_counter(), float(self.shares[epoch - 1])
        measured_to = self.ticked if epoch == 1 else now
        left = (measured_to - self.measured_from) * (1 - share) / (share - self.measured_share)
        is_known = self.measured_share > 0 or share == 1
        if epoch == 1:
            self.measured_from, self.measured_share = now, share
        return {
            "seconds": round(now - self.started, 2),
            "eta_seconds": round(left + AFTER_SECONDS, 1) if is_known else None,
        }


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


def optimizer_for(values: CtcValues, steps: int) -> Any:
    """Return AdamW with warm-up and cosine over so many updates, each gradient clipped to length 1."""
    warmup = round(values.warmup_share * steps)
    rate = keras.optimizers.schedules.CosineDecay(
        values.learning_rate / 20 if warmup else values.learning_rate,
        decay_steps=max(1, steps - warmup),
        alpha=LOWEST_RATE,
        warmup_target=values.learning_rate if warmup else None,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=values.weight_decay, beta_2=0.98, clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def spread_over_lengths(rows: NDArray[np.int64], corpus: SentenceCorpus, count: int) -> NDArray[np.int64]:
    """Return up to ``count`` clips, from short to long, always the same ones."""
    ordered = rows[np.argsort(corpus.frames[rows], kind="stable")]
    places = np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(np.int64)
    return ordered[places]
