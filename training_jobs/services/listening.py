"""The second listening: where a dataset wants it, a recorded clip is used when somebody else has called it good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from speechsite.lib.errors import ServiceError
from speechsite.lib.transitions import move
from training_jobs.models import Clip, ClipVote, Dataset
from training_jobs.services.remembered import dataset_changed
from training_jobs.services.speakers import speaker_name

if TYPE_CHECKING:
    from django.db.models import QuerySet

Status = Clip.Status
WAITS: Final = "waits_for_listener"
VOTED_BAD: Final = "voted_bad"
MOST_AT_ONCE: Final = 200


def is_waiting_first(dataset: Dataset, origin: str) -> bool:
    """Say whether a new clip waits for a listener before it is used."""
    return dataset.is_listened_to and origin == Clip.Origin.RECORDING


def listening_set(*, dataset: Dataset, is_wanted: bool) -> Dataset:
    """Want a second listening from now on, or no longer; then what waits for it is taken in."""
    with transaction.atomic():
        dataset.is_listened_to = is_wanted
        dataset.save(update_fields=["is_listened_to", "updated_at"])
        if not is_wanted:
            waiting(dataset).update(status=Status.READY, rejection_code="")
            dataset_changed(dataset.pk)
    return dataset


def waiting(dataset: Dataset) -> QuerySet[Clip]:
    """Return the clips nobody has listened to yet, the oldest first."""
    rows = Clip.objects.filter(dataset=dataset, status=Status.REJECTED, rejection_code=WAITS)
    return rows.order_by("created_at", "id")


def clips_to_hear(*, dataset: Dataset, listener: str) -> list[Clip]:
    """Return the next clips for a listener: none of their own voice."""
    return list(waiting(dataset).exclude(speaker=speaker_name(listener))[:MOST_AT_ONCE])


def clip_vote(*, clip: Clip, listener: str, is_good: bool) -> Clip:
    """Take a listener's word: a good clip is used, a bad one is not; who votes again changes their mind.

    Raises ServiceError listener_missing, own_voice, not_listened_to.
    """
    name = speaker_name(listener)
    if not name:
        raise ServiceError("listener_missing", _("Say who listens; a clip is not to be judged by whoever spoke it."))
    if name == clip.speaker:
        message = _("{name} spoke this clip. Somebody else has to listen to it.").format(name=name)
        raise ServiceError("own_voice", message)
    _check_listened_to(clip)
    with transaction.atomic():
        ClipVote.objects.update_or_create(clip=clip, listener=name, defaults={"is_good": is_good})
        allowed = (Status.READY, Status.REJECTED)
        after, code = (Status.READY, "") if is_good else (Status.REJECTED, VOTED_BAD)
        moved = move(clip, allowed_from=allowed, to=after, rejection_code=code)
        dataset_changed(clip.dataset_id)
    return moved


def _check_listened_to(clip: Clip) -> None:
    """Refuse a clip that was rejected for another reason: a vote is no way around that."""
    if clip.status == Status.REJECTED and clip.rejection_code not in {WAITS, VOTED_BAD}:
        message = _("This clip was left out for another reason. Restore it on the dataset's page if it is good.")
        raise ServiceError("not_listened_to", message, status=409)
