"""Clips: one piece of audio with its label or transcript."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy, pgettext_lazy

from recognition.models import Transcription
from speechsite.lib.files import absolute
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.labels import LONGEST_LABEL
from training_jobs.models.datasets import Dataset

if TYPE_CHECKING:
    from pathlib import Path


models.TextField.register_lookup(Length)


class ClipQuerySet(OwnedQuerySet["Clip"]):
    owner_path = "dataset__owner"

    def labelled(self) -> ClipQuerySet:
        """Return the clips whose text can be a label: all of a dataset of words. Their index counts them quickly."""
        return self.filter(text__length__lte=LONGEST_LABEL)


class Clip(models.Model):
    """One piece of audio, 16 kHz mono FLAC on disk, with its label (words) or transcript (sentences) in `text`."""

    class Status(models.TextChoices):
        READY = "ready", gettext_lazy("ready")
        REJECTED = "rejected", gettext_lazy("rejected")
        WITHDRAWN = "withdrawn", gettext_lazy("withdrawn")

    class Origin(models.TextChoices):
        UPLOAD = "upload", gettext_lazy("upload")
        RECORDING = "recording", gettext_lazy("recording")
        CORRECTION = "correction", gettext_lazy("correction")

    class Split(models.TextChoices):
        TRAIN = "train", pgettext_lazy("split", "train")
        VALIDATION = "validation", pgettext_lazy("split", "validation")
        TEST = "test", pgettext_lazy("split", "test")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="clips")
    source_import = models.ForeignKey(
        "training_jobs.DatasetImport", on_delete=models.SET_NULL, null=True, blank=True, related_name="clips"
    )
    text = models.TextField(blank=True)
    speaker = models.CharField(max_length=120, blank=True)
    split = models.CharField(max_length=16, choices=Split, blank=True, help_text="The split the dataset itself names")
    origin = models.CharField(max_length=16, choices=Origin)
    status = models.CharField(max_length=16, choices=Status, default=Status.READY)
    rejection_code = models.CharField(max_length=64, blank=True)
    warnings = models.JSONField(default=list)
    source_name = models.CharField(max_length=500, blank=True, help_text="Path in the archive, or empty")
    transcription = models.ForeignKey(
        Transcription,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The recording it was taken out of at the review desk",
    )
    source_start_seconds = models.FloatField(null=True, help_text="Where it was cut out of a longer recording")
    source_end_seconds = models.FloatField(null=True)
    source_sample_rate_hz = models.PositiveIntegerField()
    audio = models.CharField(max_length=255, help_text="16 kHz FLAC below the private folder")
    sha256 = models.CharField(max_length=64, help_text="Of the 16 kHz 16-bit samples")
    duration_seconds = models.FloatField()
    rms_dbfs = models.FloatField()
    peak_dbfs = models.FloatField()
    clipped_fraction = models.FloatField(default=0.0)
    silence_fraction = models.FloatField(default=0.0)
    bandwidth_hz = models.PositiveIntegerField(null=True, help_text="Highest frequency that holds energy")
    peaks = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClipQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("dataset", "-created_at", "-id")),
            # Counting 100,000 clips for a page takes a tenth of the time where the rows themselves are not read.
            models.Index(
                fields=(
                    "dataset",
                    "status",
                    "speaker",
                    "split",
                    "origin",
                    "source_sample_rate_hz",
                    "duration_seconds",
                    "rms_dbfs",
                    "created_at",
                ),
                name="clip_counted",
            ),
            # Long transcripts do not fit into an index of PostgreSQL's; labels do.
            models.Index(
                fields=("dataset", "status", "text"),
                condition=Q(text__length__lte=LONGEST_LABEL),
                name="clip_labelled",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("dataset", "sha256"), name="clip_samples_once_per_dataset"),
            models.CheckConstraint(
                condition=(Q(status="rejected") & ~Q(rejection_code=""))
                | (~Q(status="rejected") & Q(rejection_code="")),
                name="clip_rejection_code_iff_rejected",
            ),
            models.CheckConstraint(condition=Q(duration_seconds__gt=0), name="clip_duration_positive"),
            models.CheckConstraint(
                condition=Q(clipped_fraction__range=(0, 1), silence_fraction__range=(0, 1)),
                name="clip_fractions_in_0_1",
            ),
        )

    def __str__(self) -> str:
        return f"{self.text} ({self.pk})"

    @property
    def audio_path(self) -> Path:
        """Return the path of the FLAC file."""
        return absolute(self.audio)
