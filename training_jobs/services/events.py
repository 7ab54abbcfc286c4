"""Events: the append-only history of a training job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training_jobs.models import JobEvent

if TYPE_CHECKING:
    from training_jobs.models import TrainingJob


def event_create(
    *, job: TrainingJob, kind: str, message: str = "", data: dict[str, Any] | None = None, stage: str = ""
) -> JobEvent:
    """Append one row to a job's history, under its present attempt and stage."""
    return JobEvent.objects.create(
        job=job, attempt=job.attempt, kind=kind, stage=stage or job.stage, message=message[:500], data=data or {}
    )
