from __future__ import annotations

from typing import TYPE_CHECKING, Any

from training_jobs.models import TrainingJob

if TYPE_CHECKING:
    from django.http import HttpRequest


def running_job(request: HttpRequest) -> dict[str, Any]:
    """Give every page this user's running job for the chip in the bar."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    jobs = TrainingJob.objects.visible_to(user).filter(status__in=TrainingJob.ACTIVE)
    return {"running_job": jobs.order_by("-status", "created_at").first()}
