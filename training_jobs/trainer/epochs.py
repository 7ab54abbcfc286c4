"""A run from its first epoch, or its newest checkpoint, to its last: what words and sentences share.

Whatever happens on the way ends in a named state: numbers that become infinite (back, and on in smaller steps), too
little memory (back, and on in smaller batches), a network that learns nothing (anew, with other random numbers).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import tensorflow as tf

from recognition.engine.language import said, to_be_said
from training_jobs.trainer.errors import TrainerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from training_jobs.trainer.checkpoints import Checkpoints
    from training_jobs.trainer.clock import Clock
    from training_jobs.trainer.events import Events
    from training_jobs.trainer.learner import Learner

MOST_SLOWINGS = 2
MOST_RESTARTS = 2
LONGER_WARMUP = 2.5  # times as long with each restart
SEEDS_APART = 7919  # a restart does not draw what a neighbouring seed draws
LARGEST_SEED = 2**31 - 8  # layers count on from it, in 32 bits
OUT_OF_MEMORY = (MemoryError, tf.errors.ResourceExhaustedError)

RESTARTED = to_be_said(
    "The network does not even know its own training clips, as happens by bad luck with little data. Training begins "
    "anew with other random numbers and a longer warm-up ({again} of at most {most})."
)
HARDLY_LEARNED = to_be_said(
    "The network hardly learned its own training clips, in three tries. Listen to a few clips with their texts: do "
    "they belong together? More clips help, too."
)
LOST_FOOTING = to_be_said(
    "Training lost its footing {times} times: the numbers became infinite, even with smaller steps. Try a smaller "
    "learning_rate, and listen to the clips: some may be noise at full volume."
)
SLOWED = to_be_said(
    "Training lost its footing in epoch {epoch}: it goes on from the epoch before, in steps half as large."
)
SMALLER = to_be_said(
    "The memory does not suffice for batches of this size: training goes on after epoch {epoch}, in batches half as "
    "large."
)
RESUMED = to_be_said("Going on after epoch {epoch}, where the training was interrupted.")
NOT_SAVED = to_be_said(
    "The disk is full, so the state after this epoch could not be saved. Training goes on, but free some space: if it "
    "is interrupted it must begin at an earlier epoch."
)


class LossNotFinite(Exception):  # noqa: N818 - the run goes on
    """A loss became infinite or no number."""


class Course(Protocol):
    """One kind of training, epoch by epoch."""

    epochs: int

    @property
    def learner(self) -> Learner:
        """What makes the updates."""
        ...

    def plan(self, *, halvings: int, done_epochs: int, longer_warmup: float) -> bool:
        """Plan the batches of all epochs, halved so often, with a warm-up so many times as long as the recipe's.

        Say whether the batches can be that small.
        """
        ...

    def clock(self, *, first_epoch: int, seconds: float) -> Clock:
        """Return a clock for the epochs from the first one on; so many seconds have passed."""
        ...

    def train(self, epoch: int, clock: Clock) -> dict[str, float]:
        """Make the updates of an epoch and return what they tell; raises LossNotFinite."""
        ...

    def look(self, epoch: int) -> dict[str, float | None]:
        """Tell what is heard now; return the scores on validation."""
        ...

    def has_learned(self, *, is_over: bool) -> bool:
        """Say whether the network knows its own training clips better than by guessing (half way: at all)."""
        ...


Kind = TypeVar("Kind", bound=Course)


@dataclass(frozen=True)
class Progress:
    """How far a run is, and what has happened to it."""

    history: list[dict[str, Any]] = field(default_factory=list)
    slowings: int = 0
    halvings: int = 0
    restarts: int = 0

    @property
    def epoch(self) -> int:
        """The last epoch that is done."""
        return len(self.history)

    def as_dict(self) -> dict[str, Any]:
        """Return what a checkpoint and export.json say about the way."""
        return asdict(self)

    @property
    def seconds(self) -> float:
        """How long the epochs took that are done."""
        return float(self.history[-1]["seconds"]) if self.history else 0.0


def learn(
    make: Callable[[int], Kind], checkpoints: Checkpoints, events: Events, *, halvings: int = 0
) -> tuple[Kind, Progress]:
    """Train what ``make`` builds, anew where it learns nothing, from the newest checkpoint on; return it and the way.

    ``make`` gets the number of restarts before. ``halvings``: how often the batch was halved before this process. The
    weights are their running means in the end. Raises TrainerError loss_not_finite, and what runs out of memory.
    """
    found = checkpoints.newest()
    progress = Progress(**found.facts["progress"]) if found else Progress()
    while True:
        course = make(progress.restarts)
        run = Run(course, checkpoints, events, replace(progress, halvings=max(halvings, progress.halvings)))
        progress = run.to_the_end()
        course.learner.averages.keep()
        if run.is_learning or progress.restarts == MOST_RESTARTS:
            break
        events.warning("restarted", said(RESTARTED, again=progress.restarts + 1, most=MOST_RESTARTS))
        progress = Progress(halvings=progress.halvings, restarts=progress.restarts + 1)
    if not run.is_learning:
        events.warning("hardly_learned", said(HARDLY_LEARNED))
    return course, progress


def reseeded(seed: int, restarts: int) -> int:
    """Return the seed of a run after so many restarts."""
    return (seed + restarts * SEEDS_APART) % LARGEST_SEED


class Run:
    """One try at a course, from where the progress is."""

    def __init__(self, course: Course, checkpoints: Checkpoints, events: Events, progress: Progress) -> None:
        self.course, self.checkpoints, self.events, self.progress = course, checkpoints, events, progress
        self.is_learning = True
        self.could_save = True

    def to_the_end(self) -> Progress:
        """Train until the last epoch, or until it is clear that nothing is learned."""
        self._begin()
        while self.progress.epoch < self.course.epochs and self.is_learning:
            try:
                line = self._one_epoch(self.progress.epoch + 1)
            except LossNotFinite:
                self._slow_down()
            except OUT_OF_MEMORY as failure:
                self._make_smaller(failure)
            else:
                self.progress = replace(self.progress, history=[*self.progress.history, line])
                self._save()
                self.events.epoch_is_safe(line)
                if self.progress.epoch == (self.course.epochs + 1) // 2 < self.course.epochs:
                    self._judge(is_over=False)
        if self.is_learning:
            self._judge(is_over=True)
        return self.progress

    def _begin(self) -> None:
        if self.progress.epoch:
            message = said(RESUMED, epoch=self.progress.epoch)
            self.events.send("resumed", epoch=self.progress.epoch, message=message)
            self._go_back()
        else:
            self._plan()
            self._save()

    def _one_epoch(self, epoch: int) -> dict[str, Any]:
        trained = self.course.train(epoch, self.clock)
        if not self.course.learner.is_finite():
            raise LossNotFinite
        with self.course.learner.averages:
            heard = self.course.look(epoch)
        line = {**trained, **heard, **self.clock.reading(epoch)}
        self.events.send("epoch", epoch=epoch, epochs=self.course.epochs, **line)
        return {"epoch": epoch, **line}

    def _save(self) -> None:
        progress = self.progress
        facts = {"progress": progress.as_dict()}
        try:
            state = self.course.learner.state()
            self.checkpoints.save(state, restarts=progress.restarts, epoch=progress.epoch, facts=facts)
        except OSError:
            if self.could_save:
                self.events.warning("checkpoint_not_saved", said(NOT_SAVED))
            self.could_save = False

    def _slow_down(self) -> None:
        self.progress = replace(self.progress, slowings=self.progress.slowings + 1)
        if self.progress.slowings > MOST_SLOWINGS:
            raise TrainerError("loss_not_finite", said(LOST_FOOTING, times=self.progress.slowings))
        self.events.warning("slowed_down", said(SLOWED, epoch=self.progress.epoch + 1))
        self._go_back()

    def _make_smaller(self, failure: BaseException) -> None:
        self.progress = replace(self.progress, halvings=self.progress.halvings + 1)
        if not self._go_back():
            raise failure
        self.events.warning("batch_halved", said(SMALLER, epoch=self.progress.epoch))

    def _go_back(self) -> bool:
        """Take up the newest state, in batches and steps as small as they have become; say whether they can be."""
        found = self.checkpoints.newest()
        kept = Progress(**found.facts["progress"]) if found else None
        if found is None or kept is None or kept.restarts != self.progress.restarts:
            message = said(
                "The state of the training could not be read from the disk. Free some space, then train again."
            )
            raise TrainerError("checkpoint_unreadable", message)
        self.progress = replace(kept, slowings=self.progress.slowings, halvings=self.progress.halvings)
        self.course.learner.restore(found.arrays)
        return self._plan()

    def _plan(self) -> bool:
        done = self.progress.epoch
        self.course.learner.rate.scale.assign(0.5**self.progress.slowings)
        longer = LONGER_WARMUP**self.progress.restarts
        can_be = self.course.plan(halvings=self.progress.halvings, done_epochs=done, longer_warmup=longer)
        self.clock = self.course.clock(first_epoch=done + 1, seconds=self.progress.seconds)
        return can_be

    def _judge(self, *, is_over: bool) -> None:
        """Look whether anything is learned; a last try goes on to its end."""
        if is_over or self.progress.restarts < MOST_RESTARTS:
            with self.course.learner.averages:
                self.is_learning = self.course.has_learned(is_over=is_over)
