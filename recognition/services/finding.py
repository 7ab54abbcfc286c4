"""Search and filter the history of one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Exists, F, JSONField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from recognition.models import Correction, Transcription
from recognition.services.models import is_version_number
from speechsite.lib.numbers import DOUBTFUL_BELOW, SURE_FROM

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import User

CORRECTED = "corrected"
WAITING = "waiting"
SHORT_SECONDS = 60
WORTH_A_LOOK = round(1 - SURE_FROM, 2)
"""As many words as are wrong, on average, of one that is just not sure."""
BELOW = {"unsure": SURE_FROM, "doubtful": DOUBTFUL_BELOW}


@dataclass(frozen=True)
class Search:
    """What is looked for; an empty field does not narrow. `model` is `digits` or `digits@v3`; days are local;
    `confidence` is `unsure` (doubtful ones with them) or `doubtful`, of answers nobody looked at yet; the answer
    `waiting` is the queue of the review desk."""

    text: str = ""
    model: str = ""
    answer: str = ""
    status: str = ""
    confidence: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing narrows the list."""
        return self == Search()


def transcriptions_found(*, owner: User, search: Search) -> QuerySet[Transcription]:
    """Return the owner's transcriptions that match, newest first, with their versions, `is_corrected`, `is_looked_at`.

    Those that wait for a look come with the most expected errors first.
    """
    own = Transcription.objects.visible_to(owner).select_related("model_version__recognizer")
    theirs = Correction.objects.filter(transcription=OuterRef("pk"))
    rows = own.annotate(is_corrected=Exists(theirs.in_force()), is_looked_at=Exists(theirs.approving()))
    for condition in _conditions(search):
        rows = rows.filter(condition)
    return rows.order_by("-expected_errors", "-created_at", "-id") if search.answer == WAITING else rows


def with_beginnings(rows: QuerySet[Transcription]) -> QuerySet[Transcription]:
    """Leave the segments of long recordings in the database: a list shows words of short ones alone.

    Those are in `few_segments`; reading `segments` of such a row asks the database again.
    """
    is_short = When(duration_seconds__lte=SHORT_SECONDS, then=F("segments"))
    few = Case(is_short, default=Value([], JSONField()), output_field=JSONField())
    return rows.defer("segments").annotate(few_segments=few)


def _conditions(search: Search) -> list[Q]:
    conditions = [
        Q(text__icontains=word) | Q(heard_text__icontains=word) | Q(source_name__icontains=word)
        for word in search.text.split()
    ]
    if search.model:
        conditions.append(_model_condition(search.model))
    if search.answer:
        conditions.append(_answer_condition(search.answer))
    if search.status:
        conditions.append(Q(status=search.status))
    if search.confidence in BELOW:
        unlooked = Q(answer=Transcription.Answer.WORDS, is_looked_at=False)
        conditions.append(unlooked & Q(confidence__lt=BELOW[search.confidence]))
    return conditions + _day_conditions(search)


def _model_condition(model: str) -> Q:
    name, _, which = model.partition("@")
    condition: dict[str, Any] = {"model_version__recognizer__name": name}
    if which[:1] == "v" and is_version_number(which[1:]):
        condition["model_version__number"] = int(which[1:])
    elif which:
        condition["model_version__aliases__name"] = which
    return Q(**condition)


def _answer_condition(answer: str) -> Q:
    if answer == WAITING:
        return Q(is_looked_at=False, status=Transcription.Status.DONE, expected_errors__gt=WORTH_A_LOOK)
    return Q(is_corrected=True) if answer == CORRECTED else Q(answer=answer)


def _day_conditions(search: Search) -> list[Q]:
    conditions = []
    if search.since:
        conditions.append(Q(created_at__gte=_midnight(search.since)))
    if search.until:
        conditions.append(Q(created_at__lt=_midnight(search.until + timedelta(days=1))))
    return conditions


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
