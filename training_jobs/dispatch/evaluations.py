"""Evaluations: a service and the message to a worker in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from speechsite.lib.queue import enqueue
from training_jobs.services.evaluations import evaluation_create
from training_jobs.tasks.evaluations import hear_evaluation

if TYPE_CHECKING:
    from training_jobs.models import Evaluation


def submit_evaluation(**asked: Any) -> Evaluation:
    """Ask for an evaluation and put it on the queue; `asked` is what `evaluation_create` takes."""
    with transaction.atomic():
        row = evaluation_create(**asked)
        enqueue(hear_evaluation, row.pk)
    return row
