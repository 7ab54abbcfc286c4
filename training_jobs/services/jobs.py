"""Training jobs: made, claimed, cancelled, retried, ended, taken back. Every change of state goes through `move`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from recognition.models import Recognizer
from recognition.models.recognizers import NAME_RULE
from speechsite.lib.errors import ServiceError
from speechsite.lib.transitions import TransitionRefused, move
from training_jobs.models import Clip, JobEvent, TrainingJob
from training_jobs.services.events import event_create
from training_jobs.services.snapshots import snapshot_plan
from training_jobs.services.warm_start import check_start, learned_by, start_options, start_recipe, start_split
from training_jobs.services.wording import kind_in_words
from training_jobs.trainer.errors import RecipeError
from training_jobs.trainer.recipes import DEFAULT_RECIPES, RECIPES, presets_for, recipe_values

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion
    from training_jobs.models import Dataset

Status = TrainingJob.Status
DEFAULT_PRESET: Final = "balanced"
LONGEST_NAME: Final = 63


def recognizer_name_for(dataset_name: str) -> str:
    """Return the name a recogniser of this dataset gets where none is given: small letters, digits, hyphens."""
    slug = re.sub(r"[^a-z0-9]+", "-", dataset_name.lower()).strip("-")
    return slug[:LONGEST_NAME].strip("-") or "words"


def training_job_create(
    *,
    owner: User,
    dataset: Dataset,
    recognizer: str = "",
    preset: str = "",
    recipe: str = "",
    options: Mapping[str, Any] | None = None,
    split_method: str = "",
    split_options: Mapping[str, Any] | None = None,
    seed: int = 1,
    start: ModelVersion | None = None,
    other_words: Dataset | None = None,
) -> TrainingJob:
    """Put a training on the list; nothing is sent to a worker here, see training_jobs.dispatch.training.

    `recipe` and `options` go over the preset's. With a version as `start` it goes on from there: with its recipe, in
    half the epochs, under its name and judged as it was where nothing else is asked for. The words of `other_words`,
    another dataset, are learned as what is turned away. Raises ServiceError where the names, the values or the dataset
    cannot be trained with, so that a job that can only fail is never made.
    """
    _check_room(owner)
    recipe_name, values = chosen_options(
        kind=dataset.kind, preset=preset, recipe=recipe, options=options or {}, start=start
    )
    method, kept_aside = _judged(dataset, start, split_method, split_options or {})
    plan = snapshot_plan(
        dataset=dataset,
        split_method=method,
        split_options=kept_aside,
        learned=learned_by(start),
        other_words=other_words,
    )
    name = recognizer or (start.recognizer.name if start else recognizer_name_for(dataset.name))
    job = TrainingJob(
        owner=owner,
        dataset=dataset,
        dataset_name=dataset.name,
        recognizer_name=_checked_name(owner, name, kind=dataset.kind),
        start_version=start,
        start_name=str(start) if start else "",
        other_words=other_words,
        other_words_name=other_words.name if other_words else "",
        # A preset stands for a recipe's values: with another recipe nothing of it is left.
        preset=preset if preset and presets_for(dataset.kind)[preset].recipe == recipe_name else "",
        recipe=recipe_name,
        options=values,
        split_method=plan.method,
        split_options=dict(kept_aside),
        seed=seed,
        sent_at=timezone.now(),
    )
    with transaction.atomic():
        job.save()
        event_create(
            job=job, kind=JobEvent.Kind.STATUS, message=_("Waiting for its turn."), data={"status": Status.QUEUED}
        )
    return job


def _judged(
    dataset: Dataset, start: ModelVersion | None, method: str, options: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    """Return split and options: what was asked for, else those of the version it goes on from."""
    if start is None or options:
        return method, options
    ready = Clip.objects.filter(dataset=dataset, status=Clip.Status.READY)
    speakers = set(ready.order_by().values_list("speaker", flat=True).distinct())
    usual, aside = start_split(start, speakers=speakers, has_test=ready.filter(split=Clip.Split.TEST).exists())
    return (usual, aside) if method in {"", usual} else (method, {})


def _check_room(owner: User) -> None:
    limit = settings.MAX_ACTIVE_JOBS_PER_USER
    if TrainingJob.objects.visible_to(owner).filter(status__in=TrainingJob.ACTIVE).count() >= limit:
        message = _(
            "You have {limit} trainings waiting or running, which is the limit. Cancel one, or wait for one to end."
        )
        raise ServiceError("too_many_jobs", message.format(limit=limit), status=429)


def chosen_options(
    *, kind: str, preset: str, recipe: str, options: Mapping[str, Any], start: ModelVersion | None = None
) -> tuple[str, dict[str, Any]]:
    """Return the recipe's name and the values that differ from its defaults, for one kind of dataset.

    Raises ServiceError: unknown_preset, unknown_recipe, recipe_of_other_kind, unknown_value, value_out_of_range; with
    a version to go on from also start_of_other_recipe and what `check_start` and `start_options` raise.
    """
    presets = presets_for(kind)
    if preset and preset not in presets:
        message = _("There is no preset called {name}. There are: {known}.")
        raise ServiceError("unknown_preset", message.format(name=f"{preset:.60}", known=", ".join(presets)))
    chosen = presets[preset] if preset else None
    if start:
        check_start(start, kind=kind)
    usual = start_recipe(start) if start else chosen.recipe if chosen else DEFAULT_RECIPES[kind]
    name = recipe or usual
    _check_kind(name, kind)
    if start and name != usual:
        message = _(
            "{version} was trained by the recipe {recipe}, so what goes on from it is, too. Received: {received}. "
            "Leave the recipe out, or begin anew."
        ).format(version=start, recipe=usual, received=name)
        raise ServiceError("start_of_other_recipe", message)
    # A preset's values belong to its own recipe; with another recipe only its name is left of it.
    presets_values = chosen.options if chosen and chosen.recipe == name else {}
    try:
        given = start_options(start, preset=presets_values, given=options) if start else {**presets_values, **options}
        values, defaults = recipe_values(name, given), recipe_values(name, {})
    except RecipeError as failure:
        raise ServiceError(failure.code, failure.message) from failure
    return name, {key: value for key, value in values.items() if value != defaults[key]}


def _check_kind(recipe: str, kind: str) -> None:
    if recipe in RECIPES and RECIPES[recipe].kind != kind:
        fitting = ", ".join(name for name, one in RECIPES.items() if one.kind == kind)
        message = _("The recipe {recipe} learns {kind}, and this dataset holds {other_kind}. Use {fitting}.").format(
            recipe=recipe,
            kind=kind_in_words(RECIPES[recipe].kind),
            other_kind=kind_in_words(kind),
            fitting=fitting,
        )
        raise ServiceError("recipe_of_other_kind", message)


def _checked_name(owner: User, name: str, *, kind: str) -> str:
    if not re.match(NAME_RULE.regex, name):
        raise ServiceError("recognizer_name", str(NAME_RULE.message))
    other = Recognizer.objects.visible_to(owner).filter(name=name).exclude(kind=kind).first()
    if other:
        message = _("{name} already hears {kind}, and this dataset holds {other_kind}. Choose another name.").format(
            name=name, kind=kind_in_words(other.kind), other_kind=kind_in_words(kind)
        )
        raise ServiceError("recognizer_of_other_kind", message)
    return name


def training_job_retry(*, job: TrainingJob) -> TrainingJob:
    """Make a new job with the settings of a finished one, on the dataset as it is now."""
    if job.sweep_id:
        message = _("This is one try of a search, which makes its tries itself. Train with its values instead.")
        raise ServiceError("job_is_a_trial", message, status=409)
    if job.status not in TrainingJob.FINAL:
        raise ServiceError("job_not_finished", _("This training has not ended yet. Cancel it first."), status=409)
    if job.dataset is None:
        message = _("{name} was deleted, so this training cannot be run again. Choose another dataset.")
        raise ServiceError("dataset_deleted", message.format(name=job.dataset_name), status=409)
    if job.start_name and job.start_version is None:
        message = _("{name}, which this training went on from, was deleted. Train anew, or from another.")
        raise ServiceError("start_deleted", message.format(name=job.start_name), status=409)
    if job.other_words_name and job.other_words is None:
        message = _("{name}, whose words this training turned away, was deleted. Train without them.")
        raise ServiceError("other_words_deleted", message.format(name=job.other_words_name), status=409)
    return training_job_create(
        owner=job.owner,
        dataset=job.dataset,
        recognizer=job.recognizer_name,
        preset=job.preset,
        recipe=job.recipe,
        options=full_options(job),
        split_method=job.split_method,
        split_options=job.split_options,
        seed=job.seed,
        start=job.start_version,
        other_words=job.other_words,
    )


def full_options(job: TrainingJob) -> dict[str, Any]:
    """Return every value the job trains with."""
    return recipe_values(job.recipe, job.options) if job.recipe in RECIPES else dict(job.options)


def training_job_claim(*, job_id: UUID | str) -> TrainingJob | None:
    """Take a queued job, counting its attempt up; None where it is gone, taken, or past.

    The claim makes it harmless that a queue delivers a message twice.
    """
    job = TrainingJob.objects.filter(pk=job_id).first()
    if job is None or job.status != Status.QUEUED:
        return None
    now = timezone.now()
    try:
        move(
            job,
            allowed_from=[Status.QUEUED],
            to=Status.RUNNING,
            is_new_attempt=True,
            stage=TrainingJob.Stage.PREPARING,
            progress=0.0,
            eta_seconds=None,
            metrics={},
            started_at=now,
            heartbeat_at=now,
        )
    except TransitionRefused:
        return None
    event_create(job=job, kind=JobEvent.Kind.STATUS, message=_("A worker took it."), data={"status": Status.RUNNING})
    return job


def training_job_succeed(
    *, job: TrainingJob, attempt: int, version: ModelVersion, metrics: dict[str, Any], evaluation: dict[str, Any]
) -> TrainingJob:
    """End a job with its model version."""
    changes = {"model_version": version, "metrics": metrics, "evaluation": evaluation, "progress": 1.0}
    message = _("{version} is ready.").format(version=version)
    return _end(job, Status.SUCCEEDED, attempt=attempt, message=message, changes=changes)


def training_job_tried(*, job: TrainingJob, attempt: int, metrics: dict[str, Any]) -> TrainingJob:
    """End a trial of a sweep with its figures on validation; nothing is registered."""
    changes = {"metrics": metrics, "progress": 1.0}
    return _end(job, Status.SUCCEEDED, attempt=attempt, message=_("Tried. Nothing was registered."), changes=changes)


def training_job_fail(*, job: TrainingJob, attempt: int, code: str, message: str, detail: str = "") -> TrainingJob:
    """End a job with a named failure: `message` for the user, `detail` for staff."""
    changes = {"failure_code": code[:64], "failure_message": message[:500], "failure_detail": detail}
    return _end(job, Status.FAILED, attempt=attempt, message=message, changes=changes)


def training_job_cancelled(*, job: TrainingJob, attempt: int) -> TrainingJob:
    """End a job that its owner cancelled, now that its worker has let go of it."""
    return _end(job, Status.CANCELLED, attempt=attempt, message=_("Cancelled. Nothing was registered."), changes={})


def _end(job: TrainingJob, status: str, *, attempt: int, message: str, changes: dict[str, Any]) -> TrainingJob:
    with transaction.atomic():
        move(
            job,
            allowed_from=[Status.RUNNING],
            to=status,
            attempt=attempt,
            finished_at=timezone.now(),
            eta_seconds=None,
            **changes,
        )
        event_create(job=job, kind=JobEvent.Kind.STATUS, message=message, data={"status": status})
    return job


def training_job_cancel(*, job: TrainingJob) -> TrainingJob:
    """Cancel a job: at once while it waits; while it runs its worker lets go of it within seconds.

    A job that has ended is left as it is.
    """
    now = timezone.now()
    with transaction.atomic():
        waiting = TrainingJob.objects.filter(pk=job.pk, status=Status.QUEUED)
        if waiting.exists():
            try:
                move(job, allowed_from=[Status.QUEUED], to=Status.CANCELLED, cancel_requested_at=now, finished_at=now)
            except TransitionRefused:
                job.refresh_from_db()
            else:
                message = _("Cancelled before it began.")
                event_create(job=job, kind=JobEvent.Kind.STATUS, message=message, data={"status": Status.CANCELLED})
                return job
        running = TrainingJob.objects.filter(pk=job.pk, status=Status.RUNNING, cancel_requested_at__isnull=True)
        if running.update(cancel_requested_at=now):
            event_create(job=job, kind=JobEvent.Kind.MESSAGE, message=_("Cancelling was asked for."))
    job.refresh_from_db()
    return job
