"""Imports: one upload being read into a dataset, with a row per problem."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from speechsite.lib.interface_language import AskedWork
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.clips import Clip
from training_jobs.models.datasets import Dataset


class DatasetImport(AskedWork):
    """received -> reading -> done or failed; partial success is done with problems.

    With a dry run first: received -> checking -> checked, and from there to received once more when the user says
    so, or discarded. Nothing is kept before that.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", gettext_lazy("received")
        CHECKING = "checking", gettext_lazy("checking")
        CHECKED = "checked", gettext_lazy("checked")
        READING = "reading", gettext_lazy("reading")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")
        DISCARDED = "discarded", gettext_lazy("discarded")

    ACTIVE = (Status.RECEIVED, Status.CHECKING, Status.READING)
    FINAL = (Status.DONE, Status.FAILED, Status.DISCARDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="dataset_imports")
    status = models.CharField(max_length=16, choices=Status, default=Status.RECEIVED)
    source_name = models.CharField(max_length=255, help_text="The name the upload came with")
    source = models.CharField(max_length=500, help_text="Below the private folder, or an absolute path for the command")
    upload_id = models.UUIDField(null=True, unique=True, help_text="The resumable upload it was")
    layout_wanted = models.CharField(max_length=32, default="auto")
    layout = models.CharField(max_length=32, blank=True, help_text="The layout that was found")
    layout_reason = models.CharField(max_length=500, blank=True)
    is_check_wanted = models.BooleanField(
        default=False, help_text="A dry run comes first, and waits for the user's word"
    )
    is_dataset_made_for_it = models.BooleanField(
        default=False, help_text="Thrown away, the empty dataset goes with the upload"
    )
    options = models.JSONField(default=dict, help_text="What the user chose: columns, tier; see readers.options")
    report = models.JSONField(default=dict, help_text="What the dry run found")
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    clips_kept = models.PositiveIntegerField(default=0)
    clips_rejected = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    progress = models.FloatField(default=0.0)
    attempt = models.PositiveSmallIntegerField(default=0)
    attempts_before = models.PositiveSmallIntegerField(
        default=0, help_text="Attempts at dry runs that came to their end; lost workers are counted from here"
    )
    heartbeat_at = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    failure_detail = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet["DatasetImport"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("status", "heartbeat_at")),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("done", "failed", "discarded"), finished_at__isnull=False)
                | Q(status__in=("received", "checking", "checked", "reading"), finished_at__isnull=True),
                name="datasetimport_finished_iff_final",
            ),
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_code="")) | (~Q(status="failed") & Q(failure_code="")),
                name="datasetimport_failure_code_iff_failed",
            ),
            models.CheckConstraint(condition=Q(progress__range=(0, 1)), name="datasetimport_progress_in_0_1"),
        )

    def __str__(self) -> str:
        return f"import of {self.source_name}"


class ImportProblemQuerySet(OwnedQuerySet["ImportProblem"]):
    owner_path = "dataset_import__owner"


class ImportProblem(models.Model):
    """One thing an import found wrong: where, the code, a sentence, and whether the clip was kept all the same."""

    dataset_import = models.ForeignKey(DatasetImport, on_delete=models.CASCADE, related_name="problems")
    file = models.CharField(max_length=500)
    line = models.PositiveIntegerField(null=True)
    code = models.CharField(max_length=64)
    message = models.CharField(max_length=500)
    is_kept = models.BooleanField(default=False)
    clip = models.ForeignKey(Clip, on_delete=models.SET_NULL, null=True, related_name="+")

    objects = ImportProblemQuerySet.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.file}: {self.code}"
