"""Speakers: whose voice is recorded in the browser, and that they agreed to it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from speechsite.lib.ownership import OwnedQuerySet


class Speaker(models.Model):
    """A person whose takes are recorded on this site; clips name them by `name`.

    The row says that the person agreed, when, and to what words; it is made once and never changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="speakers")
    name = models.CharField(max_length=120)
    consent_text = models.CharField(max_length=500, help_text="What the person agreed to, as it was shown")
    consented_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet["Speaker"].as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="speaker_name_once_per_owner"),)

    def __str__(self) -> str:
        return self.name
