"""Evaluating versions."""

from __future__ import annotations

from celery import shared_task

from training_jobs.services.evaluation_run import evaluation_run


@shared_task(name="training_jobs.hear_evaluation")
def hear_evaluation(evaluation_id: str) -> None:
    """Hear an evaluation to its end; a message that comes twice, or too late, does nothing."""
    evaluation_run(evaluation_id=evaluation_id)
