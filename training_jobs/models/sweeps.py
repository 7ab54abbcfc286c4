"""Sweeps: a bounded search over a recipe's values, each try a training that registers nothing and opens no test."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from speechsite.lib.interface_language import AskedWork
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.datasets import Dataset
from training_jobs.models.snapshots import Snapshot


class Sweep(AskedWork):
    """running -> done, failed or cancelled. Its trials are training jobs with a trial number, one at a time."""

    class Status(models.TextChoices):
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")
        CANCELLED = "cancelled", gettext_lazy("stopped")

    FINAL = (Status.DONE, Status.FAILED, Status.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sweeps")
    dataset = models.ForeignKey(Dataset, on_delete=models.SET_NULL, null=True, related_name="sweeps")
    dataset_name = models.CharField(max_length=120)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, null=True, related_name="sweeps")
    recipe = models.CharField(max_length=32)
    options = models.JSONField(default=dict, help_text="Values that stay as they are")
    space = models.JSONField(default=dict, help_text="{value: [lowest, highest]}")
    split_method = models.CharField(max_length=16, choices=Snapshot.SplitMethod)
    split_options = models.JSONField(default=dict)
    seed = models.PositiveIntegerField(default=1)
    trials_total = models.PositiveIntegerField()
    status = models.CharField(max_length=16, choices=Status, default=Status.RUNNING)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet["Sweep"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("status",)), models.Index(fields=("owner", "-created_at")))
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("done", "failed", "cancelled"), finished_at__isnull=False)
                | Q(status="running", finished_at__isnull=True),
                name="sweep_finished_iff_final",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_code="")) | (~Q(status="failed") & Q(failure_code="")),
                name="sweep_failure_code_iff_failed",
            ),
            models.CheckConstraint(condition=Q(trials_total__range=(1, 200)), name="sweep_trials_1_to_200"),
        )

    def __str__(self) -> str:
        return f"search of {self.recipe} on {self.dataset_name}"
