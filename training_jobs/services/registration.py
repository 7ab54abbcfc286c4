"""From finished weights to a registered model version: bundle, model card, lineage."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from recognition.engine.bundle import write_bundle
from recognition.models.recognizers import Kind
from recognition.services.models import model_version_register
from speechsite.lib.numbers import percent_text
from training_jobs.services.jobs import full_options, training_job_succeed
from training_jobs.services.snapshots import ENGINE_SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from pathlib import Path

    from recognition.engine.bundle import BundleInfo
    from recognition.models import ModelVersion
    from training_jobs.models import Snapshot, TrainingJob
    from training_jobs.services.evaluation import Figures

BUNDLE: Final = "bundle"
CARD: Final = "model_card.md"
MANIFEST: Final = "manifest.json"


def lineage_of(job: TrainingJob, snapshot: Snapshot) -> dict[str, Any]:
    """Return where a version came from, in names that outlive the rows."""
    return {
        "job": str(job.pk),
        "dataset": str(snapshot.dataset_id) if snapshot.dataset_id else None,
        "dataset_name": snapshot.dataset_name,
        "snapshot": str(snapshot.pk),
        "fingerprint": snapshot.fingerprint,
        "split": snapshot.split_method,
        "split_options": snapshot.split_options,
        "counts": snapshot.counts,
        "speakers": snapshot.speakers,
        "recipe": job.recipe,
        "preset": job.preset,
        "options": job.options,
        "seed": job.seed,
    }


def bundle_write(*, job: TrainingJob, folder: Path, window_seconds: float, metrics: dict[str, Any]) -> BundleInfo:
    """Write the bundle of a job's finished training into its folder.

    It is written twice: without figures for the evaluation, which must hear what will serve, and then with them.
    """
    snapshot = job.snapshot
    if snapshot is None:
        raise ValueError("Expected a job with a snapshot. Received one without.")
    exported = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    manifest = {
        "kind": str(Kind(snapshot.kind)),
        "name": job.recognizer_name,
        "recipe": {"name": job.recipe, "values": full_options(job)},
        "labels": snapshot.labels,
        "sample_rate_hz": ENGINE_SAMPLE_RATE_HZ,
        "band_limit_hz": snapshot.band_limit_hz,
        "window_seconds": window_seconds,
        "calibration": exported["calibration"],
        "parameters": exported.get("parameters"),
        "device": exported.get("device"),
        "metrics": metrics,
        "snapshot": {"fingerprint": snapshot.fingerprint, "clips": sum(snapshot.counts.values())},
        "lineage": lineage_of(job, snapshot),
        "packages": exported.get("packages", {}),
    }
    bundle, card = folder / BUNDLE, folder / CARD
    shutil.rmtree(bundle, ignore_errors=True)
    card.write_text(model_card(manifest, snapshot), encoding="utf-8")
    out = folder / "out"
    files = {"model.tflite": out / "model.tflite", "weights.h5": out / "weights.h5", CARD: card}
    return write_bundle(bundle, manifest=manifest, files=files)


def model_card(manifest: dict[str, Any], snapshot: Snapshot) -> str:
    """Return the model card: what it hears, what it learned from, how good it is and on whom, in plain words."""
    metrics = manifest["metrics"]
    lines = [
        f"# {manifest['name']}",
        "",
        f"Hears one of {len(manifest['labels'])} words: {', '.join(manifest['labels'])}.",
        "",
        "## Learned from",
        "",
        f"- {snapshot.dataset_name}, snapshot `{snapshot.fingerprint}`",
        f"- Clips: {_counted(snapshot.counts)}; split: {snapshot.get_split_method_display()}",
        f"- Recipe {manifest['recipe']['name']}, seed {manifest['lineage']['seed']}",
        f"- Hears up to {manifest['band_limit_hz']} Hz, in windows of {manifest['window_seconds']:g} s",
    ]
    return "\n".join([*lines, *_card_figures(metrics), ""])


def _counted(counts: dict[str, int]) -> str:
    train, validation, test = (counts.get(split, 0) for split in ("train", "validation", "test"))
    return f"{train} to train on, {validation} to choose by, {test} locked away for the test"


def _card_figures(metrics: dict[str, Any]) -> list[str]:
    if not metrics:
        return []
    low, high = metrics["interval"]
    voices = "voices it had never heard" if metrics["unseen_speakers"] else "new takes of voices it knows"
    return [
        "",
        "## How good it is",
        "",
        f"- {percent_text(metrics['accuracy'])} of {metrics['clips']} clips right, on {voices}",
        f"- 95 % interval: {percent_text(low)} to {percent_text(high)}",
        f"- Always answering “{metrics['baseline_label']}” would give {percent_text(metrics['baseline'])}",
        f"- Sure enough to answer {percent_text(metrics['accepted'])} of them",
    ]


def version_register(*, job: TrainingJob, attempt: int, bundle: BundleInfo, figures: Figures) -> ModelVersion:
    """Register the bundle as the recogniser's next version and end the job with it: both or neither."""
    snapshot = job.snapshot
    if snapshot is None:
        raise ValueError("Expected a job with a snapshot. Received one without.")
    manifest = json.loads((bundle.path / MANIFEST).read_text(encoding="utf-8"))
    version = None
    try:
        with transaction.atomic():
            version = model_version_register(
                owner=job.owner,
                recognizer_name=job.recognizer_name,
                kind=snapshot.kind,
                language=snapshot.dataset.language if snapshot.dataset else "",
                bundle_folder=bundle.path,
                bundle_sha256=bundle.sha256,
                size_bytes=bundle.size_bytes,
                manifest=manifest,
                metrics=figures.metrics,
                lineage=lineage_of(job, snapshot),
            )
            training_job_succeed(
                job=job, attempt=attempt, version=version, metrics=figures.metrics, evaluation=figures.evaluation
            )
    except BaseException:
        if version is not None:
            shutil.rmtree(version.bundle_path, ignore_errors=True)
        raise
    return version
