"""What the API says about recognizers and their versions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.models import AliasChange, ModelVersion, Recognizer
from recognition.models.recognizers import PRODUCTION


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """One version: what it can hear, how well, and where it came from."""

    model = serializers.CharField(source="__str__", read_only=True, help_text="`digits@v3`")
    recognizer = serializers.CharField(source="recognizer.name", read_only=True)
    kind = serializers.CharField(source="recognizer.kind", read_only=True)
    aliases = serializers.SlugRelatedField[Any](slug_field="name", many=True, read_only=True)
    labels = serializers.ListField(child=serializers.CharField(), read_only=True)
    metrics = serializers.DictField(read_only=True)
    lineage = serializers.DictField(read_only=True)
    recipe = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields: tuple[str, ...] = (
            "id",
            "model",
            "recognizer",
            "number",
            "kind",
            "aliases",
            "labels",
            "metrics",
            "lineage",
            "recipe",
            "size_bytes",
            "bundle_sha256",
            "created_at",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.DictField())
    def get_recipe(self, version: ModelVersion) -> dict[str, Any]:
        """Return the recipe with every value."""
        recipe: dict[str, Any] = version.manifest.get("recipe", {})
        return recipe


class RecognizerSerializer(serializers.ModelSerializer[Recognizer]):
    """One recognizer with its aliases; `production` is the version that answers."""

    production = serializers.SerializerMethodField()
    aliases = serializers.SerializerMethodField()

    class Meta:
        model = Recognizer
        fields: tuple[str, ...] = ("name", "kind", "language", "production", "aliases", "created_at")
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_production(self, row: Recognizer) -> str | None:
        """Return `digits@v3`."""
        number = self.get_aliases(row).get(PRODUCTION)
        return f"{row.name}@v{number}" if number else None

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_aliases(self, row: Recognizer) -> dict[str, int]:
        """Return the version number each alias points to."""
        return {alias.name: alias.version.number for alias in row.aliases.all()}


class AliasChangeSerializer(serializers.ModelSerializer[AliasChange]):
    """One line of the log."""

    from_version = serializers.SlugRelatedField[Any](slug_field="number", read_only=True)
    to_version = serializers.SlugRelatedField[Any](slug_field="number", read_only=True)
    by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = AliasChange
        fields: tuple[str, ...] = ("alias", "from_version", "to_version", "by", "reason", "is_rollback", "created_at")
        read_only_fields = fields


class RecognizerDetailSerializer(RecognizerSerializer):
    """One recognizer with its versions and its log, newest first."""

    versions = ModelVersionSerializer(many=True, read_only=True)
    log = AliasChangeSerializer(source="alias_changes", many=True, read_only=True)

    class Meta(RecognizerSerializer.Meta):
        fields: tuple[str, ...] = (*RecognizerSerializer.Meta.fields, "versions", "log")
        read_only_fields = fields


class ReasonInput(serializers.Serializer[Any]):
    """Why an alias moves; kept in the log."""

    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class PromoteInput(ReasonInput):
    """Which version goes into production, and why."""

    version = serializers.CharField(help_text="A number, `v3`, `digits@v3`, or the id of the version")


class BundleInput(serializers.Serializer[Any]):
    """Multipart: a zipped bundle, and the name of the recognizer it becomes a version of."""

    bundle = serializers.FileField()
    recognizer = serializers.CharField(required=False, help_text="Where it is left out, the name in the manifest")
