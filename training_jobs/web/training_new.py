"""`/training/new/`: choose what to learn from, how thoroughly, and how it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from speechsite.lib.errors import ServiceError
from training_jobs.dispatch.training import submit_training_job
from training_jobs.services.text_rules import dataset_text_rules_set
from training_jobs.web.launch import Launch
from training_jobs.web.training_pages import user_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "HEAD", "POST"])
def job_new(request: HttpRequest) -> HttpResponse:
    """Show the launch form; a change of it comes back as the whole form, and a post starts the training."""
    launch = Launch(user_of(request), request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and launch.dataset:
        try:
            if launch.writing:
                dataset_text_rules_set(dataset=launch.dataset, values=launch.writing.given)
            job = submit_training_job(owner=launch.owner, dataset=launch.dataset, **launch.settings)
        except ServiceError as refused:
            launch.failure = refused
        else:
            return redirect("training_jobs:job-detail", job_id=job.pk)
    template = "training/_launch.html" if getattr(request, "htmx", False) else "training/new.html"
    status = 422 if request.method == "POST" else 200
    # The plan and the presets find out what cannot be trained, so they come before the notice is drawn.
    context = {"plan": launch.plan, "presets": launch.presets(), "launch": launch, "failure": launch.failure}
    return render(request, template, context, status=status)
