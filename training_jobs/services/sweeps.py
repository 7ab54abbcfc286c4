"""Sweeps: asked for, taken one trial further at a time, stopped, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError
from speechsite.lib.transitions import TransitionRefused, move
from training_jobs.models import JobEvent, Sweep, TrainingJob
from training_jobs.services.events import event_create
from training_jobs.services.jobs import chosen_options, training_job_cancel
from training_jobs.services.snapshots import snapshot_plan
from training_jobs.services.sweep_space import checked_space, next_point, objective
from training_jobs.trainer.recipes import recipe_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.contrib.auth.models import User

    from training_jobs.models import Dataset

Status = Sweep.Status
USUAL_TRIALS: Final = 20
MOST_TRIALS: Final = 200
HOPELESS_AFTER: Final = 3  # as many failures from the start on end a sweep
TRIAL_NAME: Final = "search"


def sweep_create(
    *,
    owner: User,
    dataset: Dataset,
    preset: str = "",
    recipe: str = "",
    options: Mapping[str, Any] | None = None,
    space: Mapping[str, Sequence[Any]] | None = None,
    trials: int = USUAL_TRIALS,
    split_method: str = "",
    split_options: Mapping[str, Any] | None = None,
    seed: int = 1,
) -> Sweep:
    """Ask for a sweep; its first trial is made by `sweep_advance`.

    Raises ServiceError as `training_job_create` and `checked_space` do, and trials_out_of_range, no_validation_clips,
    too_many_sweeps (429).
    """
    if not 1 <= trials <= MOST_TRIALS:
        message = _("A sweep makes 1 to {most} tries. Received: {received}.").format(most=MOST_TRIALS, received=trials)
        raise ServiceError("trials_out_of_range", message)
    recipe_name, values = chosen_options(kind=dataset.kind, preset=preset, recipe=recipe, options=options or {})
    searched = checked_space(recipe_name, space or {})
    plan = snapshot_plan(dataset=dataset, split_method=split_method, split_options=split_options)
    if not plan.counts.get("validation"):
        message = _("No clip is left to choose by, and the test must not be used for it. Record or upload more clips.")
        raise ServiceError("no_validation_clips", message)
    if Sweep.objects.filter(owner=owner, status=Status.RUNNING).count() >= settings.MAX_ACTIVE_JOBS_PER_USER:
        raise ServiceError("too_many_sweeps", _("Too many sweeps of yours are running. Stop one of them."), status=429)
    return Sweep.objects.create(
        owner=owner,
        dataset=dataset,
        dataset_name=dataset.name,
        recipe=recipe_name,
        options={name: value for name, value in values.items() if name not in searched},
        space=searched,
        split_method=plan.method,
        split_options=dict(split_options or {}),
        seed=seed,
        trials_total=trials,
    )


def sweep_advance(*, sweep_id: UUID | str) -> TrainingJob | None:
    """Make the next trial of a sweep that has none under way, or end it; return a job to put on the queue.

    Safe to call at any time, twice or by two workers: a trial's number is given once.
    """
    try:
        return _advanced(sweep_id)
    except IntegrityError:  # another worker made this trial just now, and puts it on the queue
        return None


def _advanced(sweep_id: UUID | str) -> TrainingJob | None:
    with transaction.atomic():
        sweep = Sweep.objects.select_for_update().filter(pk=sweep_id, status=Status.RUNNING).first()
        if sweep is None or trials_of(sweep).filter(status__in=TrainingJob.ACTIVE).exists():
            return None
        past = list(trials_of(sweep))
        if sweep.snapshot is None:
            Sweep.objects.filter(pk=sweep.pk).update(
                snapshot=next((job.snapshot for job in past if job.snapshot), None)
            )
            sweep.refresh_from_db()
        ending = _ending(sweep, past)
        if ending:
            _end(sweep, **ending)
            return None
        return _trial_create(sweep, past)


def trials_of(sweep: Sweep) -> Any:
    """Return the trials of a sweep in their order."""
    return TrainingJob.objects.filter(sweep=sweep).select_related("snapshot").order_by("trial")


def _ending(sweep: Sweep, past: list[TrainingJob]) -> dict[str, Any] | None:
    """Return the changes of the row where the sweep is over."""
    if past and all(job.status == TrainingJob.Status.FAILED for job in past) and len(past) >= HOPELESS_AFTER:
        last = past[-1]
        return {"to": Status.FAILED, "failure_code": last.failure_code, "failure_message": last.failure_message}
    if len(past) >= sweep.trials_total:
        return {"to": Status.DONE}
    if sweep.dataset is None and sweep.snapshot is None:
        message = _("The dataset was deleted before anything was tried. Choose another dataset.")
        return {"to": Status.FAILED, "failure_code": "dataset_deleted", "failure_message": message}
    return None


def _end(sweep: Sweep, *, to: str, **changes: Any) -> None:
    move(sweep, allowed_from=[Status.RUNNING], to=to, finished_at=timezone.now(), **changes)


def _trial_create(sweep: Sweep, past: list[TrainingJob]) -> TrainingJob:
    point = next_point(recipe=sweep.recipe, options=sweep.options, space=sweep.space, past=past, seed=sweep.seed)
    values, defaults = recipe_values(sweep.recipe, {**sweep.options, **point}), recipe_values(sweep.recipe, {})
    job = TrainingJob.objects.create(
        owner=sweep.owner,
        dataset=sweep.dataset,
        dataset_name=sweep.dataset_name,
        snapshot=sweep.snapshot,
        recognizer_name=TRIAL_NAME,
        recipe=sweep.recipe,
        options={name: value for name, value in values.items() if value != defaults[name]},
        split_method=sweep.split_method,
        split_options=sweep.split_options,
        seed=sweep.seed,
        sweep=sweep,
        trial=len(past) + 1,
        sent_at=timezone.now(),
        interface_language=sweep.interface_language,
    )
    message = _("Try {number} of {count} waits for its turn.").format(number=job.trial, count=sweep.trials_total)
    event_create(job=job, kind=JobEvent.Kind.STATUS, message=message, data={"status": job.status})
    return job


def sweep_cancel(*, sweep: Sweep) -> Sweep:
    """Stop a sweep: the trial under way is cancelled, what was tried stays. One that has ended is left as it is."""
    try:
        _end(sweep, to=Status.CANCELLED)
    except TransitionRefused:
        sweep.refresh_from_db()
    for job in trials_of(sweep).filter(status__in=TrainingJob.ACTIVE):
        training_job_cancel(job=job)
    return sweep


def sweeps_reap() -> list[UUID]:
    """Return the trials to put on the queue of sweeps that nobody took further."""
    running = Sweep.objects.filter(status=Status.RUNNING).exclude(trials__status__in=TrainingJob.ACTIVE)
    made = [sweep_advance(sweep_id=identity) for identity in running.values_list("pk", flat=True)]
    return [job.pk for job in made if job]


def best_trial(trials: Sequence[TrainingJob]) -> TrainingJob | None:
    """Return the trial with the lowest share of wrong words on validation; the earlier one of equals."""
    scored = [(score, job.trial, job) for job in trials if (score := objective(job)) is not None]
    return min(scored, key=lambda one: one[:2])[2] if scored else None
