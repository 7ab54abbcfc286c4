"""What the trainer's process tells, written on the job: epochs, what it hears, warnings, its end."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils import timezone

from training_jobs.models import JobEvent
from training_jobs.services.events import event_create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training_jobs.models import SnapshotClip
    from training_jobs.services.pulse import Pulse

logger = logging.getLogger(__name__)

TRAINING_FROM: Final = 0.05
TRAINING_TO: Final = 0.90
CURVE: Final = ("loss", "accuracy", "val_loss", "val_accuracy", "val_wer", "val_cer", "seconds")


class TrainerStopped(Exception):  # noqa: N818 - it carries a named end
    """The trainer's process did not finish: `code` is stable, `message` for the user, `detail` for staff."""

    def __init__(self, code: str, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail


class TrainerKilled(Exception):  # noqa: N818 - another one may go on
    """The trainer's process was killed, or broke off: out_of_memory, trainer_killed or trainer_crashed."""

    def __init__(self, code: str, *, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail

    @property
    def is_short_of_memory(self) -> bool:
        """Say whether the next one should need less: memory that is not there makes a process break off, too."""
        return self.code != "trainer_killed"


@dataclass
class TrainerEvents:
    """Takes the child's lines one by one. `rows` are the snapshot clips in the order of clips.npy."""

    pulse: Pulse
    rows: list[SnapshotClip]
    log: Path
    seconds_after: float = 0.0
    failure: dict[str, Any] = field(default_factory=dict)
    is_done: bool = False

    def take(self, line: str) -> None:
        """Write one line's event on the job; a line that is none is only logged."""
        try:
            event = json.loads(line)
        except ValueError:
            logger.warning("job %s: the trainer said %r", self.pulse.job.pk, line[:200])
            return
        take = self._takers().get(event.get("event", ""))
        if take:
            take(event)

    def _takers(self) -> dict[str, Callable[[dict[str, Any]], None]]:
        return {
            "stage": self._message,
            "warning": self._message,
            "left_out": self._left_out,
            "resumed": self._resumed,
            "epoch": self._epoch,
            "hears": self._hears,
            "failed": self._failed,
            "done": self._done,
        }

    def _message(self, event: dict[str, Any]) -> None:
        message = event.get("message", "")
        self._write(message)
        self.pulse.say(message, **({"code": event["code"]} if "code" in event else {}))

    def _left_out(self, event: dict[str, Any]) -> None:
        """Say which clips cannot be learned from, so that the page can play them."""
        rows = [self.rows[number] for number in event["clips"]]
        self._write(event["message"])
        clips = [str(row.clip_id) for row in rows if row.clip_id]
        self.pulse.say(event["message"], code=event["code"], left_out=len(rows), clips=clips)

    def _resumed(self, event: dict[str, Any]) -> None:
        """Take up the curve where the last checkpoint was written."""
        self._write(event["message"])
        self.pulse.write(epoch=int(event["epoch"]))
        self.pulse.say(event["message"], code="resumed", epoch=int(event["epoch"]))

    def _epoch(self, event: dict[str, Any]) -> None:
        epoch, epochs = int(event["epoch"]), int(event["epochs"])
        curve = {name: event[name] for name in CURVE if event.get(name) is not None}
        self._write(f"epoch {epoch} of {epochs}: " + ", ".join(f"{name} {value}" for name, value in curve.items()))
        left = event.get("eta_seconds")
        self.pulse.write(
            epoch=epoch,
            epochs=epochs,
            progress=TRAINING_FROM + (TRAINING_TO - TRAINING_FROM) * epoch / epochs,
            eta_seconds=None if left is None else float(left) + self.seconds_after,
            metrics=curve,
        )
        data = {"epoch": epoch, "epochs": epochs, **curve}
        event_create(job=self.pulse.job, kind=JobEvent.Kind.EPOCH, data=data)

    def _hears(self, event: dict[str, Any]) -> None:
        heard = [self._heard(clip) for clip in event["clips"]]
        data = {"epoch": event["epoch"], "clips": heard}
        event_create(job=self.pulse.job, kind=JobEvent.Kind.HEARS, data=data)

    def _heard(self, clip: dict[str, Any]) -> dict[str, Any]:
        row = self.rows[clip["clip"]]
        identity = str(row.clip_id) if row.clip_id else None
        return {"clip": identity, "said": row.text, "heard": clip["heard"], "confidence": clip["confidence"]}

    def _failed(self, event: dict[str, Any]) -> None:
        self._write(f"failed: {event.get('code')}: {event.get('message')}")
        self.failure = event

    def _done(self, event: dict[str, Any]) -> None:
        self.is_done = True

    def _write(self, line: str) -> None:
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{timezone.now():%H:%M:%S} {line}\n")
