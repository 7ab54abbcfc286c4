"""Evaluating versions."""

from __future__ import annotations

from celery import shared_task

from speechsite.lib.interface_language import language_of_row
from training_jobs.models import Evaluation
from training_jobs.services.evaluation_run import evaluation_run


@shared_task(name="training_jobs.hear_evaluation")
def hear_evaluation(evaluation_id: str) -> None:
    """Hear an evaluation to its end; a message that comes twice, or too late, does nothing."""
    with language_of_row(Evaluation.objects.all(), evaluation_id):
        evaluation_run(evaluation_id=evaluation_id)
