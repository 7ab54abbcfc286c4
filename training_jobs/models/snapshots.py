"""Snapshots: a frozen list of clips with their split and a fingerprint."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy, pgettext_lazy

from recognition.models.recognizers import Kind
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.clips import Clip
from training_jobs.models.datasets import Dataset


class Snapshot(models.Model):
    """preparing -> ready or failed; immutable when ready."""

    class Status(models.TextChoices):
        PREPARING = "preparing", gettext_lazy("preparing")
        READY = "ready", gettext_lazy("ready")
        FAILED = "failed", gettext_lazy("failed")

    class SplitMethod(models.TextChoices):
        COLUMN = "column", pgettext_lazy("split", "the dataset's own split")
        SPEAKER = "speaker", pgettext_lazy("split", "speakers kept apart")
        RANDOM = "random", pgettext_lazy("split", "random")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="snapshots")
    # The snapshot outlives its dataset: what a model learned from stays on record by hash.
    dataset = models.ForeignKey(Dataset, on_delete=models.SET_NULL, null=True, related_name="snapshots")
    dataset_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind)
    status = models.CharField(max_length=16, choices=Status, default=Status.PREPARING)
    split_method = models.CharField(max_length=16, choices=SplitMethod)
    split_options = models.JSONField(default=dict, help_text="test_speakers, validation_speakers, fractions")
    seed = models.PositiveIntegerField(default=0)
    fingerprint = models.CharField(max_length=64, blank=True)
    labels = models.JSONField(default=list, help_text="The labels of words; the characters of sentences")
    text_rules = models.JSONField(default=dict, help_text="engine.writing.WritingRules, for sentences")
    counts = models.JSONField(default=dict, help_text='{"train": 2430, "validation": 270, "test": 300}')
    speakers = models.JSONField(default=dict, help_text="speakers per split")
    lowest_source_rate_hz = models.PositiveIntegerField(default=0)
    band_limit_hz = models.PositiveIntegerField(default=0)
    window_seconds = models.FloatField(default=1.0)
    failure_code = models.CharField(max_length=64, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet["Snapshot"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=(Q(status="failed") & ~Q(failure_code="")) | (~Q(status="failed") & Q(failure_code="")),
                name="snapshot_failure_code_iff_failed",
            ),
            models.CheckConstraint(
                condition=~Q(status="ready") | ~Q(fingerprint=""), name="snapshot_ready_has_fingerprint"
            ),
        )

    def __str__(self) -> str:
        return f"{self.dataset_name} {self.fingerprint[:8]}"


class SnapshotClipQuerySet(OwnedQuerySet["SnapshotClip"]):
    owner_path = "snapshot__owner"


class SnapshotClip(models.Model):
    """A clip as it stood when the snapshot was taken: later relabelling does not change what a model learned from."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="clips")
    clip = models.ForeignKey(Clip, on_delete=models.SET_NULL, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    text = models.TextField()
    speaker = models.CharField(max_length=120, blank=True)
    split = models.CharField(max_length=16, choices=Clip.Split)
    duration_seconds = models.FloatField()

    objects = SnapshotClipQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("snapshot", "split")),)
        constraints = (models.UniqueConstraint(fields=("snapshot", "sha256"), name="snapshotclip_samples_once"),)

    def __str__(self) -> str:
        return f"{self.text} ({self.split})"
