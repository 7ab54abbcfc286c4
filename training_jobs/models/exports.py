"""Exports: one dataset being written into a file that is there to be downloaded for a day."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from speechsite.lib.files import absolute
from speechsite.lib.interface_language import AskedWork
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.datasets import Dataset

if TYPE_CHECKING:
    from pathlib import Path


class DatasetExport(AskedWork):
    """queued -> running -> done or failed. The file is a zip; it goes after a day, the row stays."""

    class Status(models.TextChoices):
        QUEUED = "queued", gettext_lazy("queued")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    FINAL = (Status.DONE, Status.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="exports")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dataset_exports")
    layout = models.CharField(max_length=32)
    status = models.CharField(max_length=16, choices=Status, default=Status.QUEUED)
    fingerprint = models.CharField(max_length=64, blank=True, help_text="Of the clips it was made from")
    file = models.CharField(max_length=255, blank=True, help_text="Zip below the private folder; empty once it is gone")
    size_bytes = models.PositiveBigIntegerField(default=0)
    clips_total = models.PositiveIntegerField(default=0)
    clips_done = models.PositiveIntegerField(default=0)
    clips_left_out = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list, help_text="The first of the clips left out, with code and sentence")
    progress = models.FloatField(default=0.0)
    attempt = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    failure_detail = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet["DatasetExport"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("status", "heartbeat_at")),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("done", "failed"), finished_at__isnull=False)
                | Q(status__in=("queued", "running"), finished_at__isnull=True),
                name="datasetexport_finished_iff_final",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_code="")) | (~Q(status="failed") & Q(failure_code="")),
                name="datasetexport_failure_code_iff_failed",
            ),
            models.CheckConstraint(condition=Q(file="") | Q(status="done"), name="datasetexport_file_only_when_done"),
            models.CheckConstraint(condition=Q(progress__range=(0, 1)), name="datasetexport_progress_in_0_1"),
        )

    def __str__(self) -> str:
        return f"export of {self.dataset_id} as {self.layout}"

    @property
    def path(self) -> Path:
        """Return the path of the zip."""
        return absolute(self.file)
