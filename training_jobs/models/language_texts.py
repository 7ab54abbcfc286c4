"""Text without sound: what a language model learns besides the transcripts."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from speechsite.lib.files import absolute
from speechsite.lib.ownership import OwnedQuerySet
from training_jobs.models.datasets import Dataset

if TYPE_CHECKING:
    from pathlib import Path


class LanguageTextQuerySet(OwnedQuerySet["LanguageText"]):
    owner_path = "dataset__owner"


class LanguageText(models.Model):
    """A word list or a text of the user's, one sentence or word a line, kept as a UTF-8 file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="language_texts")
    name = models.CharField(max_length=120)
    file = models.CharField(max_length=255, help_text="UTF-8 below the private folder")
    lines = models.PositiveIntegerField()
    words = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LanguageTextQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (models.CheckConstraint(condition=Q(lines__gt=0), name="languagetext_has_lines"),)

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return absolute(self.file)
