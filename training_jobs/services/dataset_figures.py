"""Datasets with the figures a list shows, counted in the same query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from training_jobs.labels import NO_WORDS
from training_jobs.models import Clip, Dataset, DatasetImport

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def datasets_with_figures(user: User | AnonymousUser) -> QuerySet[Any]:
    """Return a user's datasets with their figures, their running import and the one that waits for a word.

    Each figure is a subquery of its own: joined, the counts would multiply each other.
    """
    in_use = Clip.objects.filter(dataset=OuterRef("pk"), status=Clip.Status.READY).order_by()
    ready, words = in_use.values("dataset"), in_use.labelled().exclude(text__in=NO_WORDS).values("dataset")
    rejected = Clip.objects.filter(dataset=OuterRef("pk"), status=Clip.Status.REJECTED).order_by().values("dataset")
    reading = DatasetImport.objects.filter(dataset=OuterRef("pk"), status__in=DatasetImport.ACTIVE)
    checked = DatasetImport.objects.filter(dataset=OuterRef("pk"), status=DatasetImport.Status.CHECKED)
    return Dataset.objects.visible_to(user).annotate(
        clip_count=_count(ready, "status"),
        rejected_count=_count(rejected, "status"),
        seconds=Coalesce(Subquery(ready.annotate(total=Sum("duration_seconds")).values("total")), 0.0),
        label_count=_count(words, "text", distinct=True),
        speaker_count=_count(ready.exclude(speaker=""), "speaker", distinct=True),
        active_import=Subquery(reading.order_by("-created_at").values("pk")[:1]),
        checked_import=Subquery(checked.order_by("-created_at").values("pk")[:1]),
    )


def _count(rows: QuerySet[Any, Any], field: str, *, distinct: bool = False) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(total=Count(field, distinct=distinct)).values("total")), 0)
