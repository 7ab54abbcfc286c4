"""Evaluations as rows: asked for, taken back when their worker is lost. The hearing is elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from speechsite.lib.attempts import attempts_reap
from speechsite.lib.errors import ServiceError
from training_jobs.models import Evaluation
from training_jobs.services.version_evaluation import clips_to_hear, nothing_to_hear
from training_jobs.services.wording import kind_in_words

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion
    from training_jobs.models import Dataset

WORKER_LOST: Final = gettext_lazy("The worker was lost {attempts} times while it heard these clips. Ask for it again.")


def evaluation_create(
    *, owner: User, version: ModelVersion, dataset: Dataset, against: ModelVersion | None = None, split: str = "test"
) -> Evaluation:
    """Ask for an evaluation; nobody is told yet, see training_jobs.dispatch.evaluations.

    One of the same versions and dataset that waits or runs is returned instead of another. Raises ServiceError:
    kind_differs, same_version, unknown_split, nothing_to_hear, too_many_evaluations (429).
    """
    _check_fit(version, against, dataset)
    asked = {"owner": owner, "version": version, "against": against, "dataset": dataset, "split": split}
    under_way = Evaluation.objects.filter(**asked, status__in=Evaluation.ACTIVE).first()
    if under_way:
        return under_way
    if not clips_to_hear(versions=versions_of(version, against), dataset=dataset, split=split).exists():
        raise nothing_to_hear(dataset, split)
    waiting = Evaluation.objects.filter(owner=owner, status__in=Evaluation.ACTIVE).count()
    if waiting >= settings.MAX_ACTIVE_JOBS_PER_USER:
        message = _("You have {count} evaluations waiting or running, which is the limit. Wait for one to end.")
        raise ServiceError("too_many_evaluations", message.format(count=waiting), status=429)
    return Evaluation.objects.create(**asked, heartbeat_at=timezone.now())


def _check_fit(version: ModelVersion, against: ModelVersion | None, dataset: Dataset) -> None:
    kinds = {str(one): one.recognizer.kind for one in versions_of(version, against)}
    for name, kind in kinds.items():
        if kind != dataset.kind:
            message = _("{version} hears {kind}, and {dataset} holds {other_kind}. Choose another dataset.").format(
                version=name,
                kind=kind_in_words(kind),
                dataset=dataset.name,
                other_kind=kind_in_words(dataset.kind),
            )
            raise ServiceError("kind_differs", message)
    if version == against:
        message = _("Both are {version}. Choose two different versions to compare.").format(version=version)
        raise ServiceError("same_version", message)


def versions_of(version: ModelVersion, against: ModelVersion | None) -> list[ModelVersion]:
    """Return the versions that hear the clips: the judged one first."""
    return [version, against] if against else [version]


def evaluations_reap() -> list[UUID]:
    """Take back evaluations whose worker is silent, and return the ids of those to put on the queue again."""
    return attempts_reap(Evaluation.objects.all(), worker_lost=WORKER_LOST)
