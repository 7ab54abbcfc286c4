"""Evaluations: one version, or two that are compared, hearing the clips of a dataset."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from recognition.models import ModelVersion
from speechsite.lib.interface_language import AskedWork
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.clips import Clip
from training_jobs.models.datasets import Dataset


class Evaluation(AskedWork):
    """queued -> running -> done or failed. `version` is judged; with `against` both hear the same clips."""

    class Status(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")

    class Split(models.TextChoices):
        TEST = "test", gettext_lazy("clips neither has learned")
        ALL = "all", gettext_lazy("all clips")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    FINAL = (Status.DONE, Status.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="evaluations")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="evaluations")
    against = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, null=True, related_name="comparisons")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="evaluations")
    split = models.CharField(max_length=8, choices=Split, default=Split.TEST)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    document = models.JSONField(default=dict, help_text="Figures of version and against, and how they compare")
    progress = models.FloatField(default=0.0)
    attempt = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    failure_detail = models.TextField(blank=True, help_text="For staff only")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet["Evaluation"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("status", "heartbeat_at")), models.Index(fields=("owner", "-created_at")))
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("done", "failed"), finished_at__isnull=False)
                | Q(status__in=("queued", "running"), finished_at__isnull=True),
                name="evaluation_finished_iff_final",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_code="")) | (~Q(status="failed") & Q(failure_code="")),
                name="evaluation_failure_code_iff_failed",
            ),
            models.CheckConstraint(condition=Q(progress__range=(0, 1)), name="evaluation_progress_in_0_1"),
        )

    def __str__(self) -> str:
        return f"{self.version} against {self.against}" if self.against else f"evaluation of {self.version}"


class EvaluatedClipQuerySet(OwnedQuerySet["EvaluatedClip"]):
    owner_path = "evaluation__owner"


class EvaluatedClip(models.Model):
    """What was heard in one clip, by the version and by the one it is compared with.

    A clip of one word counts as one word. Texts are as each version's own rules write them.
    """

    class Change(models.TextChoices):
        BETTER = "better", gettext_lazy("better now")
        WORSE = "worse", gettext_lazy("worse now")
        SAME = "same", gettext_lazy("as wrong, or as right, as before")

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="clips")
    clip = models.ForeignKey(Clip, on_delete=models.SET_NULL, null=True, related_name="+")
    speaker = models.CharField(max_length=120, blank=True)
    said = models.TextField()
    heard = models.TextField(blank=True)
    answer = models.CharField(max_length=16, help_text="word, none_of_these or silence; words for sentences")
    confidence = models.FloatField()
    words = models.PositiveIntegerField()
    word_errors = models.PositiveIntegerField()
    against_said = models.TextField(blank=True)
    against_heard = models.TextField(blank=True)
    against_confidence = models.FloatField(null=True)
    against_word_errors = models.PositiveIntegerField(null=True)
    change = models.CharField(max_length=8, choices=Change, blank=True)

    objects = EvaluatedClipQuerySet.as_manager()

    class Meta:
        ordering = ("-word_errors", "id")
        indexes = (models.Index(fields=("evaluation", "change")),)

    def __str__(self) -> str:
        return f"{self.said} heard as {self.heard}"
