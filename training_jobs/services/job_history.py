"""A job's curve, out of its append-only events: attempts that went on from a checkpoint make one curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training_jobs.models import JobEvent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from training_jobs.models import TrainingJob


def epochs_of(job: TrainingJob) -> list[JobEvent]:
    """Return the events of the epochs that count, oldest first; an epoch done again takes the place of the first."""
    return that_count(JobEvent.objects.filter(job=job, kind=JobEvent.Kind.EPOCH).order_by("id"), upto=job.epoch)


def hearings_of(job: TrainingJob) -> list[JobEvent]:
    """Return what the shown clips were heard as after each of these epochs."""
    return that_count(JobEvent.objects.filter(job=job, kind=JobEvent.Kind.HEARS).order_by("id"), upto=job.epoch)


def that_count(events: Iterable[JobEvent], *, upto: int) -> list[JobEvent]:
    """Return the newest event of each epoch, up to one; what an event comes back behind no longer counts."""
    kept: list[JobEvent] = []
    for event in events:
        while kept and _epoch(kept[-1]) >= _epoch(event):
            kept.pop()
        kept.append(event)
    return [event for event in kept if _epoch(event) <= upto]


def _epoch(event: JobEvent) -> int:
    data: dict[str, Any] = event.data
    return int(data.get("epoch", 0))
