"""Taking corrections into a dataset, from the home page."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from speechsite.lib.errors import ServiceError
from speechsite.lib.numbers import thousands_text
from training_jobs.dispatch.training import submit_training_job
from training_jobs.models import Dataset
from training_jobs.services.corrections import corrections_adopt
from training_jobs.services.warm_start import improvable_version, start_other_words

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


@require_POST
def dataset_corrections(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """Take this loop's corrections into the dataset and say how many were added and left out.

    With `improve` in the form a training begins as well, from the version in production on.
    """
    user = cast("User", request.user)
    dataset = get_object_or_404(Dataset.objects.visible_to(user), pk=dataset_id)
    name = request.POST.get("loop", "")
    adopted = corrections_adopt(user=user, recognizer_name=name, dataset=dataset)
    if adopted.added:
        went = ngettext(
            "{count} correction went into {dataset} as clips.",
            "{count} corrections went into {dataset} as clips.",
            adopted.added,
        )
        messages.success(request, went.format(count=thousands_text(adopted.added), dataset=dataset.name))
    if adopted.left_out:
        stayed = ngettext(
            "{count} correction stayed out: the recording cannot be used or is there.",
            "{count} corrections stayed out: the recording cannot be used or is there.",
            adopted.left_out,
        )
        messages.warning(request, stayed.format(count=thousands_text(adopted.left_out)))
    if "improve" in request.POST:
        return _improved(request, user, dataset, name)
    return redirect(f"{reverse('home')}?{urlencode({'loop': name})}")


def _improved(request: HttpRequest, user: User, dataset: Dataset, name: str) -> HttpResponse:
    """Start the training of the next version and go to it; where it cannot start, go to the form and say why."""
    start = improvable_version(user=user, recognizer_name=name, kind=dataset.kind)
    try:
        job = submit_training_job(
            owner=user, dataset=dataset, recognizer=name, start=start, other_words=start_other_words(start)
        )
    except ServiceError as refused:
        messages.error(request, refused.message)
        asked = {"dataset": dataset.pk, "recognizer": name, "from": str(start) if start else ""}
        return redirect(f"{reverse('training_jobs:job-new')}?{urlencode(asked)}")
    return redirect("training_jobs:job-detail", job_id=job.pk)
