"""`/training/`: the jobs, one job while it runs and when it has ended, its log, the clips of a confusion."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from recognition.models.recognizers import Kind
from speechsite.lib.pagination import page_of
from training_jobs.dispatch.training import cancel_training_job, retry_training_job
from training_jobs.models import Sweep, TestResult, TrainingJob
from training_jobs.services.corpus_folder import LOG_NAME, job_folder
from training_jobs.services.estimates import queue_places
from training_jobs.web.sentence_advice import advice_for
from training_jobs.web.sentence_clips import ClipsAsked, SentenceClips
from training_jobs.web.sentences_progress import kind_of, progress_of
from training_jobs.web.sentences_result import SentencesResult
from training_jobs.web.training_progress import LOG_LINES
from training_jobs.web.training_result import SILENCE, Result

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User
    from django.db.models import QuerySet
    from django.http import HttpRequest

CELL_CLIPS: Final = 8
SWEEPS_SHOWN: Final = 5
MOST_CELL_CLIPS: Final = 200


def user_of(request: HttpRequest) -> User:
    """Return the user, who is logged in: the middleware sees to that."""
    return cast("User", request.user)


def jobs_of(request: HttpRequest) -> QuerySet[TrainingJob]:
    """Return the user's own jobs with what a page reads of other tables."""
    rows = TrainingJob.objects.visible_to(request.user)
    return rows.select_related("model_version__recognizer", "snapshot", "dataset", "owner")


def job_of(request: HttpRequest, job_id: UUID) -> TrainingJob:
    """Return one of the user's own jobs, or 404."""
    return get_object_or_404(jobs_of(request), pk=job_id)


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """List the user's trainings, newest first."""
    page = page_of(request, jobs_of(request).filter(sweep=None).order_by("-created_at", "-id"))
    is_live = any(job.status in TrainingJob.ACTIVE for job in cast("list[TrainingJob]", page.object_list))
    sweeps = Sweep.objects.visible_to(request.user)[:SWEEPS_SHOWN]
    context = {"page": page, "places": queue_places(), "is_live": is_live, "sweeps": sweeps}
    template = "training/_jobs.html" if getattr(request, "htmx", False) else "training/list.html"
    return render(request, template, context)


@require_safe
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show a job: how it goes, how it went."""
    job = job_of(request, job_id)
    if job.status == TrainingJob.Status.SUCCEEDED and job.evaluation:
        return result_page(request, job)
    return render(request, "training/job.html", {"job": job, "progress": progress_of(job), "log": log_tail(job)})


def result_page(request: HttpRequest, job: TrainingJob) -> HttpResponse:
    """Show what the test of a finished job gave, as its kind is judged."""
    if kind_of(job) == Kind.SENTENCES:
        return render(request, "training/result_sentences.html", sentences_context(request, job))
    return render(request, "training/result.html", result_context(job))


def sentences_context(request: HttpRequest, job: TrainingJob) -> dict[str, Any]:
    """Return what the result page of sentences shows."""
    result = SentencesResult(job)
    shown = {"job": job, "result": result, "progress": progress_of(job), "log": log_tail(job)}
    return {**shown, "advice": advice_for(result), **sentence_clips_context(request, job)}


def sentence_clips_context(request: HttpRequest, job: TrainingJob) -> dict[str, Any]:
    """Return the page of test clips that the query string asks for."""
    asked = ClipsAsked.from_request(request)
    return {"asked": asked, "clips": SentenceClips(job, asked, page=request.GET.get("page"))}


@require_safe
def job_clips(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """List test clips of sentences, most errors first: all, one speaker's, or those with one confusion."""
    job = job_of(request, job_id)
    if not job.evaluation or kind_of(job) != Kind.SENTENCES:
        return redirect("training_jobs:job-detail", job_id=job.pk)
    if getattr(request, "htmx", False):
        return render(request, "training/_sentence_clips.html", {"job": job, **sentence_clips_context(request, job)})
    return result_page(request, job)


def result_context(job: TrainingJob, **cell: Any) -> dict[str, Any]:
    """Return what the result page shows; without a chosen cell the most frequent mistake is opened."""
    result = Result(job)
    worst = result.worst_cell()
    opened = cell or (cell_context(job, *worst) if worst else {})
    return {"job": job, "result": result, "progress": progress_of(job), "log": log_tail(job), **opened}


@require_safe
def job_status(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show where a running job stands; at its end the page is asked to load anew, and the polling stops."""
    job = job_of(request, job_id)
    progress = progress_of(job)
    response = render(request, "training/_job_now.html", {"job": job, "progress": progress})
    if job.status in TrainingJob.FINAL:
        response["HX-Refresh"] = "true"
    elif request.GET.get("told") != str(progress.told()):
        response["HX-Trigger"] = "job-learned"
    return response


@require_safe
def job_learning(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show the curves and what it hears now."""
    job = job_of(request, job_id)
    return render(
        request, "training/_job_learning.html", {"job": job, "progress": progress_of(job), "log": log_tail(job)}
    )


@require_POST
def job_cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Cancel a job, and go back to it."""
    job = cancel_training_job(job=job_of(request, job_id))
    if job.status == TrainingJob.Status.CANCELLED:
        ended = _("The training was cancelled. Nothing was registered; your clips are as they were.")
        messages.success(request, ended)
    return redirect("training_jobs:job-detail", job_id=job.pk)


@require_POST
def job_retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Start a new job with the same settings, and go to it."""
    job = retry_training_job(job=job_of(request, job_id))
    return redirect("training_jobs:job-detail", job_id=job.pk)


@require_safe
def job_log(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Download what the training process wrote."""
    job = job_of(request, job_id)
    try:
        text = (job_folder(job) / LOG_NAME).read_bytes()
    except FileNotFoundError:
        raise Http404 from None
    name = f"{job.recognizer_name}-{str(job.pk)[:8]}.log"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def log_tail(job: TrainingJob) -> str:
    """Return the last lines of the log, or nothing where there is none."""
    try:
        text = (job_folder(job) / LOG_NAME).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-LOG_LINES:])


@require_safe
def job_cell(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """List the clips of one cell of the confusion matrix, the most confident first."""
    job = job_of(request, job_id)
    said, heard = request.GET.get("said", ""), request.GET.get("heard", "")
    limit = MOST_CELL_CLIPS if "all" in request.GET else CELL_CLIPS
    cell = cell_context(job, said, heard, limit=limit)
    if getattr(request, "htmx", False):
        return render(request, "training/_cell.html", {"job": job, **cell})
    if not job.evaluation:
        raise Http404
    return render(request, "training/result.html", result_context(job, **cell))


def cell_context(job: TrainingJob, said: str, heard: str, *, limit: int = CELL_CLIPS) -> dict[str, Any]:
    """Return the clips that were said as one word and heard as another, and who said most of them."""
    results = TestResult.objects.filter(job=job, said=said, heard=heard).select_related("snapshot_clip__clip")
    rows = list(results.order_by("-confidence", "id")[: MOST_CELL_CLIPS + 1])
    speakers = Counter(row.snapshot_clip.speaker for row in rows if row.snapshot_clip.speaker).most_common(1)
    return {
        "cell_said": said,
        "cell_heard": heard,
        "cell_heard_word": heard or SILENCE,
        "cell_rows": rows[:limit],
        "cell_more": max(0, len(rows) - limit),
        "cell_count": len(rows),
        "cell_speaker": speakers[0] if speakers else None,
    }
