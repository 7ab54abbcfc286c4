"""Recognizers, their immutable model versions, and the aliases that point to them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from speechsite.lib.files import absolute
from speechsite.lib.ownership import OwnedQuerySet

if TYPE_CHECKING:
    from pathlib import Path

PRODUCTION = "production"
NAME_RULE = RegexValidator(
    r"^[a-z0-9][a-z0-9_-]{0,62}$",
    gettext_lazy(
        "A name starts with a letter or digit and holds small letters, digits, hyphens and underscores, at most 63."
    ),
)


class Kind(models.TextChoices):
    """What a clip's text is: one label of a closed set, or a transcript."""

    WORDS = "words", gettext_lazy("words")
    SENTENCES = "sentences", gettext_lazy("sentences")


class Recognizer(models.Model):
    """A named line of model versions, such as `digits`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="recognizers")
    name = models.CharField(max_length=63, validators=[NAME_RULE])
    kind = models.CharField(max_length=16, choices=Kind)
    language = models.CharField(max_length=35, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OwnedQuerySet["Recognizer"].as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=("owner", "name"), name="recognizer_name_once_per_owner"),)

    def __str__(self) -> str:
        return self.name


class ModelVersionQuerySet(OwnedQuerySet["ModelVersion"]):
    owner_path = "recognizer__owner"


class ModelVersion(models.Model):
    """One immutable bundle of a recognizer, `digits@v3`, with its metrics and where it came from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recognizer = models.ForeignKey(Recognizer, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    bundle = models.CharField(max_length=255, help_text="Folder below the private folder")
    bundle_sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    labels = models.JSONField(default=list)
    manifest = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict, help_text="What the locked test split gave, see docs/recipes.md")
    lineage = models.JSONField(default=dict, help_text="dataset, snapshot fingerprint, recipe, seed, job")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-number", "id")
        constraints = (
            models.UniqueConstraint(fields=("recognizer", "number"), name="modelversion_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="modelversion_number_from_one"),
        )

    def __str__(self) -> str:
        return f"{self.recognizer.name}@v{self.number}"

    @property
    def bundle_path(self) -> Path:
        """Return the folder of the bundle."""
        return absolute(self.bundle)


class ModelAlias(models.Model):
    """A name that points to one version of a recognizer; `production` is the one that answers."""

    recognizer = models.ForeignKey(Recognizer, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=63, validators=[NAME_RULE])
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="aliases")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("recognizer", "name"), name="modelalias_one_of_each"),)

    def __str__(self) -> str:
        return f"{self.recognizer.name}@{self.name}"


class AliasChange(models.Model):
    """Append-only: who moved an alias from which version to which, when and why."""

    recognizer = models.ForeignKey(Recognizer, on_delete=models.CASCADE, related_name="alias_changes")
    alias = models.CharField(max_length=63)
    from_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, null=True, related_name="+")
    to_version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    is_rollback = models.BooleanField(default=False, help_text="Took the change before it back")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return f"{self.alias} to v{self.to_version.number}"
