"""A running job in words: stages with their times, what the curves mean, what it hears."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from speechsite.lib.numbers import duration_text, percent_text, points_text, thousands_text, whole_seconds_text
from training_jobs.models import Clip, JobEvent, TrainingJob
from training_jobs.services.estimates import EVALUATED_PER_SECOND, jobs_ahead, waiting_seconds
from training_jobs.services.job_history import epochs_of, hearings_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

Stage = TrainingJob.Stage
ORDER: Final = (Stage.PREPARING, Stage.TRAINING, Stage.EVALUATING, Stage.EXPORTING)
EPOCHS_LOOKED_BACK: Final = 5
RISE_THAT_COUNTS: Final = 0.003
GAP_THAT_COUNTS: Final = 0.15
EXPORT_SECONDS: Final = 2.0
PAST_SHOWN: Final = 3
LOG_LINES: Final = 200


@dataclass(frozen=True)
class StageLine:
    """One line of the list of stages; state is done, on or empty."""

    text: str
    time: str
    state: str


@dataclass(frozen=True)
class Meaning:
    """What the numbers mean, in one sentence."""

    icon: str
    title: str
    text: str
    kind: str = "good"


@dataclass(frozen=True)
class HeardLine:
    """One of the five clips, and what it was heard as by now and before."""

    clip: Clip | None
    said: str
    heard: str
    confidence: float
    past: str

    @property
    def is_right(self) -> bool:
        """Say whether it is heard as what was said."""
        return self.said == self.heard


class Progress:
    """A job's present and its history, read once for a page."""

    is_of_sentences = False
    tested_per_second = EVALUATED_PER_SECOND

    def __init__(self, job: TrainingJob) -> None:
        self.job = job
        self.events = list(JobEvent.objects.filter(job=job, attempt=job.attempt).order_by("id"))
        self.epochs = [event.data for event in epochs_of(job)]
        self.heard = [event.data for event in hearings_of(job)]

    def now_line(self) -> str:
        """Return the headline: where it stands."""
        job = self.job
        if job.status == TrainingJob.Status.QUEUED:
            ahead = jobs_ahead(job.created_at)
            waiting = ngettext("Waiting, {count} job ahead", "Waiting, {count} jobs ahead", ahead)
            return waiting.format(count=ahead) if ahead else _("Next in line")
        if job.cancel_requested_at:
            return _("Cancelling")
        if job.stage == Stage.TRAINING:
            learned = _("Epoch {epoch} of {epochs}").format(epoch=job.epoch, epochs=job.epochs)
            return learned if job.epoch else _("Starting to train")
        ends = {Stage.EVALUATING: _("Testing it"), Stage.EXPORTING: _("Writing it down")}
        return ends.get(Stage(job.stage), pgettext("stage", "Preparing"))

    def time_line(self) -> str:
        """Return the one sentence of time."""
        job = self.job
        if job.status == TrainingJob.Status.QUEUED:
            wait = waiting_seconds(job.created_at)
            if wait < 1:
                return _("Begins as soon as a worker is free. You can leave this page.")
            return _("Begins in about {length}. You can leave this page.").format(length=duration_text(wait))
        if job.cancel_requested_at:
            return _("The worker lets go of it within seconds. Nothing will be registered.")
        if job.eta_seconds:
            sentence = _("About {length} left, with the test. You can leave this page.")
            return sentence.format(length=duration_text(job.eta_seconds))
        if job.stage in {Stage.EVALUATING, Stage.EXPORTING}:
            return _("You can leave this page; it goes on by itself.")
        return _("The time left is known after one or two epochs. You can leave this page.")

    def stages(self) -> list[StageLine]:
        """Return the stages with their times: measured where past, running, or estimated."""
        job = self.job
        times = self._stage_seconds()
        is_waiting = job.status == TrainingJob.Status.QUEUED
        waited = (self._first_start() - job.created_at).total_seconds()
        lines = [
            StageLine(
                _("Waiting for its turn") if is_waiting else _("Waited for its turn"),
                whole_seconds_text(waited),
                "on" if is_waiting else "done",
            )
        ]
        reached = ORDER.index(Stage(job.stage)) if job.stage else -1
        for position, stage in enumerate(ORDER):
            state = "" if is_waiting or position > reached else "on" if position == reached else "done"
            time = whole_seconds_text(times.get(stage)) if state and stage in times else self._estimate(stage)
            lines.append(StageLine(self._stage_text(stage), time, state))
        return lines

    def _first_start(self) -> datetime:
        """Return when its first attempt began, now where none has."""
        if self.job.attempt > 1:
            claims = JobEvent.objects.filter(job=self.job, kind=JobEvent.Kind.STATUS, attempt=1).order_by("id")
            if claim := claims.first():
                return claim.created_at
        return self.job.started_at or timezone.now()

    def _stage_seconds(self) -> dict[str, float]:
        """Return seconds per stage; the one it is in counts until now."""
        if self.job.started_at is None:
            return {}
        begun = {str(Stage.PREPARING): self.job.started_at}
        begun |= {event.stage: event.created_at for event in self.events if event.kind == JobEvent.Kind.STAGE}
        ends = [*list(begun.values())[1:], self.job.finished_at or timezone.now()]
        return {stage: (end - begin).total_seconds() for (stage, begin), end in zip(begun.items(), ends, strict=True)}

    def _stage_text(self, stage: str) -> str:
        test = self.job.snapshot.counts.get("test", 0) if self.job.snapshot else 0
        read = sum(self.job.snapshot.counts.values()) - test if self.job.snapshot else 0
        preparing = ngettext("Preparing, {count} clips", "Preparing, {count} clips", read)
        evaluating = ngettext("Evaluating on {count} locked clips", "Evaluating on {count} locked clips", test)
        texts = {
            str(Stage.PREPARING): preparing if read else pgettext("stage", "Preparing"),
            str(Stage.TRAINING): pgettext("stage", "Training"),
            str(Stage.EVALUATING): evaluating if test else pgettext("stage", "Evaluating"),
            str(Stage.EXPORTING): pgettext("stage", "Exporting"),
        }
        return texts[stage].format(count=thousands_text(read if stage == Stage.PREPARING else test))

    def _estimate(self, stage: str) -> str:
        if stage == Stage.EVALUATING and self.job.snapshot:
            seconds = max(1.0, self.job.snapshot.counts.get("test", 0) / self.tested_per_second)
            return _("about {length}").format(length=whole_seconds_text(seconds))
        return _("about {length}").format(length=whole_seconds_text(EXPORT_SECONDS)) if stage == Stage.EXPORTING else ""

    def meaning(self) -> Meaning:
        """Say what is going on, in one sentence that a newcomer understands."""
        job = self.job
        if job.status == TrainingJob.Status.QUEUED:
            text = _(
                "One training runs at a time, so that each gets the whole machine. Nothing is lost if you close this."
            )
            return Meaning("clock", _("In the queue"), text)
        if job.cancel_requested_at:
            return Meaning("player-stop", _("On its way out"), _("Your clips stay as they are."), kind="")
        if job.stage == Stage.TRAINING and self.epochs:
            return self.learning()
        return {
            str(Stage.TRAINING): Meaning(
                "player-play",
                _("Warming up"),
                _("TensorFlow starts in a process of its own; that takes some seconds."),
            ),
            str(Stage.EVALUATING): Meaning(
                "lock-open",
                _("The locked clips are opened"),
                _("The very recogniser that will serve hears clips it has never met."),
            ),
            str(Stage.EXPORTING): Meaning(
                "package", _("Nearly done"), _("The bundle is written, checked and registered as a version.")
            ),
        }.get(job.stage, self.preparing())

    def preparing(self) -> Meaning:
        """Say what happens before it learns."""
        text = _("The silence around each word is cut off. The test clips are set aside unread.")
        return Meaning("scissors", _("Reading the clips"), text)

    def learning(self) -> Meaning:
        """Say what the curves say."""
        return learning_meaning(self.epochs)

    def curves(self) -> dict[str, Any]:
        """Return what the two charts draw: accuracy in percent, and loss."""
        epochs = max(self.job.epochs, len(self.epochs), 2)
        accuracy = points_of(self.epochs, "val_accuracy", scale=100)
        series = [series_of(_("validation"), "main", accuracy, decimals=1)]
        return {
            "accuracy": {"epochs": epochs, "y": {"min": 0, "max": 100, "interval": 25}, "series": series},
            "loss": loss_chart(self.epochs, epochs),
        }

    def best(self) -> str:
        """Return the best accuracy on validation and when it was."""
        scored = [(data["val_accuracy"], data["epoch"]) for data in self.epochs if data.get("val_accuracy") is not None]
        if not scored:
            return ""
        score, epoch = max(scored, key=lambda pair: pair[0])
        return _("best {share} at epoch {epoch}").format(share=percent_text(score), epoch=epoch)

    def hears(self) -> list[HeardLine]:
        """Return the five clips with what they are heard as."""
        if not self.heard:
            return []
        newest = self.heard[-1]["clips"]
        clips = Clip.objects.visible_to(self.job.owner).in_bulk([heard["clip"] for heard in newest if heard["clip"]])
        by_id = {str(identity): clip for identity, clip in clips.items()}
        earlier = _spread(self.heard[:-1])
        return [
            HeardLine(
                clip=by_id.get(heard["clip"] or ""),
                said=heard["said"],
                heard=heard["heard"],
                confidence=heard["confidence"],
                past=", ".join(past["clips"][position]["heard"] or _("silence") for past in earlier),
            )
            for position, heard in enumerate(newest)
        ]

    def past_epochs(self) -> str:
        """Name the epochs of the earlier guesses."""
        return ", ".join(str(past["epoch"]) for past in _spread(self.heard[:-1]))

    def machine(self) -> list[str]:
        """Return facts about speed."""
        facts = []
        if len(self.epochs) > 1:
            spent = self.epochs[-1].get("seconds", 0.0) - self.epochs[0].get("seconds", 0.0)
            each = spent / (len(self.epochs) - 1)
            facts.append(_("{length} per epoch").format(length=duration_text(each)))
            if each > 0 and self.job.snapshot:
                speed = self.job.snapshot.counts.get("train", 0) / each
                facts.append(_("{count} clips/s").format(count=thousands_text(speed)))
        return [*facts, _("attempt {number}").format(number=self.job.attempt)]

    def told(self) -> int:
        """Return the number of the newest epoch or message: where it is another, the page has more to show."""
        kinds = {JobEvent.Kind.EPOCH, JobEvent.Kind.MESSAGE}
        return max((event.pk for event in self.events if event.kind in kinds), default=0)

    def messages(self) -> list[JobEvent]:
        """Return what the user should read: warnings, what was left out."""
        return [event for event in self.events if event.kind == JobEvent.Kind.MESSAGE]

    def warnings(self) -> list[JobEvent]:
        """Return the warnings alone."""
        return [event for event in self.messages() if event.data.get("code") or event.data.get("left_out")]


def learning_meaning(epochs: Sequence[dict[str, Any]]) -> Meaning:
    """Say what the curves say. `epochs` are the epochs' metrics, oldest first."""
    scores = [data["val_accuracy"] for data in epochs if data.get("val_accuracy") is not None]
    if not scores:
        return nothing_to_check()
    if len(scores) <= EPOCHS_LOOKED_BACK:
        return Meaning(
            "trending-up",
            _("Just begun"),
            _("The first epochs say little. It is normal that they are mostly wrong."),
        )
    rise = scores[-1] - scores[-1 - EPOCHS_LOOKED_BACK]
    gap = epochs[-1].get("accuracy", 0.0) - scores[-1]
    if rise > RISE_THAT_COUNTS:
        return Meaning(
            "trending-up",
            _("Still learning"),
            _("Validation accuracy rose by {points} over the last five epochs.").format(points=points_text(rise)),
        )
    if gap > GAP_THAT_COUNTS:
        text = _("It knows its own clips much better than those it is checked on. More clips by more people help most.")
        return Meaning("alert-triangle", _("Learning by heart"), text, kind="warn")
    return Meaning(
        "check",
        _("Polishing"),
        _("Validation accuracy has hardly moved over the last five epochs; the rest makes it steadier."),
    )


def nothing_to_check() -> Meaning:
    """Say that a dataset left no clips to check on while it learns."""
    text = _("No clips are left to check on, so only the loss can be watched.")
    return Meaning("trending-up", pgettext("stage", "Learning"), text)


def loss_chart(epochs: Sequence[dict[str, Any]], total: int) -> dict[str, Any]:
    """Return the chart of the loss on training and on validation clips, over `total` epochs."""
    loss, validation = points_of(epochs, "loss"), points_of(epochs, "val_loss")
    top = _nice(max([value for _, value in loss + validation], default=1.0))
    series = [
        series_of(_("validation"), "main", validation),
        series_of(pgettext("clips", "training"), "reference", loss),
    ]
    return {"epochs": total, "y": {"min": 0, "max": top, "interval": top / 5}, "series": series}


def points_of(epochs: Sequence[dict[str, Any]], name: str, *, scale: float = 1.0) -> list[list[float]]:
    """Return [epoch, value] for the epochs that have this value."""
    return [[data["epoch"], round(data[name] * scale, 4)] for data in epochs if data.get(name) is not None]


def series_of(name: str, role: str, points: list[list[float]], *, decimals: int = 2) -> dict[str, Any]:
    """Return one line of a chart with the value at its end."""
    end = number_format(f"{points[-1][1]:.{decimals}f}", decimals) if points else ""
    return {"name": name, "role": role, "points": points, "end": end}


def _nice(top: float) -> float:
    """Return the end of an axis a little above `top`."""
    return next(
        (
            step
            for step in (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)
            if step >= top
        ),
        top,
    )


def _spread(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return three looks back, evenly spread."""
    if len(told) <= PAST_SHOWN:
        return list(told)
    return [told[position * (len(told) - 1) // (PAST_SHOWN - 1)] for position in range(PAST_SHOWN)]
