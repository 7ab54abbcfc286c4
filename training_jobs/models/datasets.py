"""Datasets: named collections of clips of one kind and language."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from recognition.models.recognizers import Kind
from speechsite.lib.ownership import OwnedQuerySet


class Dataset(models.Model):
    """A named collection of clips of one kind and language."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="datasets")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.WORDS)
    language = models.CharField(max_length=35, blank=True, help_text="BCP 47 code, such as en, hi or pt-BR")
    is_sample = models.BooleanField(default=False)
    prompts = models.JSONField(default=list, help_text="The words the record page asks for, in this order")
    text_rules = models.JSONField(
        default=dict, help_text="engine.writing.WritingRules chosen by hand; empty: chosen from the text"
    )
    is_listened_to = models.BooleanField(
        default=False, help_text="Recorded clips are used when somebody else has called them good"
    )
    revision = models.PositiveBigIntegerField(default=0, help_text="Counts the changes of its clips")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet["Dataset"].as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="dataset_name_once_per_owner"),)

    def __str__(self) -> str:
        return self.name
