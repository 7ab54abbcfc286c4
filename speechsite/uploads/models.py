"""Uploads: files on their way to the site, until something takes them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from speechsite.lib.files import private_path
from speechsite.lib.ownership import OwnedQuerySet
from speechsite.uploads.protocol import metadata_of

if TYPE_CHECKING:
    from pathlib import Path


class Upload(models.Model):
    """receiving -> whole; then whoever uses the file takes it, and the row goes.

    `offset_bytes` counts what is certainly on the disk. The file may be longer, where a worker died while it wrote:
    what lies behind the offset counts for nothing.
    """

    class Status(models.TextChoices):
        RECEIVING = "receiving", gettext_lazy("receiving")
        WHOLE = "whole", gettext_lazy("whole")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    status = models.CharField(max_length=16, choices=Status, default=Status.RECEIVING)
    name = models.CharField(max_length=255, help_text="What the sender calls the file")
    size_bytes = models.PositiveBigIntegerField()
    offset_bytes = models.PositiveBigIntegerField(default=0)
    metadata = models.CharField(max_length=2_000, blank=True, help_text="Upload-Metadata as it was sent")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="Every piece puts it off")

    objects = OwnedQuerySet["Upload"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=("expires_at",)),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status="receiving", offset_bytes__lt=F("size_bytes"))
                | Q(status="whole", offset_bytes=F("size_bytes")),
                name="upload_whole_iff_all_is_here",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def purpose(self) -> str:
        """What the sender says it is for: `recording`, or nothing."""
        return metadata_of(self.metadata).get("purpose", "")

    @property
    def path(self) -> Path:
        """Where what has arrived lies."""
        return private_path("uploads", self.pk, ".part")
