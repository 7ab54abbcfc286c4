"""What a person does with a checked upload: answer, keep, throw away, listen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from speechsite.lib.media import ranged_response
from training_jobs.dispatch.imports import submit_accept, submit_answers
from training_jobs.services.import_decision import import_discard_whole, options_from_answers
from training_jobs.services.import_uploads import import_example
from training_jobs.web.imports import import_context, import_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

KEEP = "keep"
LOOKED_AT_AGAIN = gettext_lazy(
    "Your answers change how this upload is read, so it is looked at once more. Nothing is kept yet; keep it then."
)


@require_POST
def import_answers(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Take the answers of the page; with the button that keeps, keep the upload if they change nothing about it."""
    row = import_of(request, import_id)
    answers = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    options = options_from_answers(row, answers)
    is_again = submit_answers(row=row, options=options, layout=answers.get("layout", ""))
    if answers.get("then") == KEEP:
        if is_again:
            messages.info(request, LOOKED_AT_AGAIN)
        else:
            submit_accept(row=row)
    if getattr(request, "htmx", False):
        return render(request, "datasets/_import.html", import_context(row))
    return redirect("training_jobs:import-detail", import_id)


@require_POST
def import_throw_away(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Throw an upload away; a dataset that was made for it and is empty goes with it."""
    row = import_of(request, import_id)
    name = row.source_name
    dataset = import_discard_whole(row=row)
    messages.success(request, _("{name} was thrown away. Nothing of it was kept.").format(name=name))
    if dataset is None:
        return redirect("training_jobs:dataset-list")
    return redirect("training_jobs:dataset-detail", dataset.pk)


@require_GET
def example(request: HttpRequest, import_id: UUID, number: int) -> HttpResponseBase:
    """Play a clip of an upload that is not decided yet; Range is answered."""
    path = import_example(row=import_of(request, import_id), number=number)
    return ranged_response(request, path, content_type="audio/flac", filename=path.name)
