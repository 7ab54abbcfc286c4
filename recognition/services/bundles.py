"""Bundles as files that people carry about: versions out as zip, zips in as versions."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from recognition.engine.bundle import load_bundle, unzip_bundle, zip_bundle
from recognition.models.recognizers import Kind
from recognition.services.models import model_version_register
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, write_whole

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from recognition.models import ModelVersion

IMPORTED = "imported"


def version_export(*, version: ModelVersion) -> Path:
    """Return the zip of a version, made at the first request and kept beside the bundle."""
    path = private_path("bundles", version.pk, ".zip")
    if not path.is_file():
        write_whole(path, lambda partial: zip_bundle(version.bundle_path, partial))
    return path


def version_import(*, owner: User, archive: Path, recognizer_name: str = "") -> ModelVersion:
    """Check a zipped bundle and register it as the next version of its recognizer.

    Without a name the one in the manifest counts. Raises EngineError bundle_corrupt and its kin, ServiceError
    name_refused, kind_differs or kind_unknown; then nothing is kept.
    """
    settings.PRIVATE_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.PRIVATE_DIR, prefix=".import-") as folder:
        home = Path(folder) / "bundle"
        unzip_bundle(archive, home)
        bundle = load_bundle(home)
        manifest: dict[str, Any] = bundle.manifest
        return model_version_register(
            owner=owner,
            recognizer_name=recognizer_name or str(manifest.get("name", "")),
            kind=_kind_of(manifest),
            language=str(manifest.get("language", "")),
            bundle_folder=home,
            bundle_sha256=bundle.sha256,
            size_bytes=bundle.size_bytes,
            manifest=manifest,
            metrics=manifest.get("metrics", {}),
            lineage={**manifest.get("lineage", {}), "origin": IMPORTED},
        )


def _kind_of(manifest: dict[str, Any]) -> str:
    kind = str(manifest.get("kind", ""))
    if kind not in Kind.values:
        known = ", ".join(Kind.values)
        message = _("This site does not know models of kind “{kind}”, only: {known}. Nothing was kept.")
        raise ServiceError("kind_unknown", message.format(kind=kind, known=known))
    return kind
