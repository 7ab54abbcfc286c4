"""From finished weights to a registered model version: bundle, model card, lineage."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from recognition.engine.bundle import write_bundle
from recognition.engine.writing import rules_of
from recognition.models.recognizers import Kind
from recognition.services.models import model_version_register
from speechsite.lib.numbers import percent_text, thousands_text
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
LANGUAGE_MODEL: Final = "language_model.arpa.gz"


def exported_of(folder: Path) -> dict[str, Any]:
    """Return what the trainer wrote about a finished run into its job folder."""
    exported: dict[str, Any] = json.loads((folder / "out" / "export.json").read_text(encoding="utf-8"))
    return exported


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
        "other_words": job.other_words_name,
        "start": {"name": job.start_name, "version": str(job.start_version_id)} if job.start_version_id else None,
    }


def bundle_write(*, job: TrainingJob, folder: Path, window_seconds: float, metrics: dict[str, Any]) -> BundleInfo:
    """Write the bundle of a job's finished training into its folder.

    It is written twice: without figures for the evaluation, which must hear what will serve, and then with them.
    """
    snapshot = job.snapshot
    if snapshot is None:
        raise ValueError("Expected a job with a snapshot. Received one without.")
    out = folder / "out"
    exported = exported_of(folder)
    is_sentences = snapshot.kind == Kind.SENTENCES
    of_kind = sentence_entries(exported, snapshot) if is_sentences else word_entries(exported, snapshot, window_seconds)
    manifest = {
        "kind": str(Kind(snapshot.kind)),
        "name": job.recognizer_name,
        "recipe": {"name": job.recipe, "values": full_options(job)},
        **of_kind,
        "sample_rate_hz": ENGINE_SAMPLE_RATE_HZ,
        "band_limit_hz": snapshot.band_limit_hz,
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
    names = ["model.tflite", "weights.h5", *([LANGUAGE_MODEL] if is_sentences else [])]
    return write_bundle(bundle, manifest=manifest, files={**{name: out / name for name in names}, CARD: card})


def units_chosen(folder: Path) -> dict[str, Any]:
    """Return the units a sentences model writes in, and how each candidate did on validation."""
    exported = exported_of(folder)
    return {
        "style": exported["unit_style"],
        "count": len(exported["units"]),
        "in_words": exported["units_in_words"],
        "candidates": exported["candidates"],
        "tried": exported["tried"],
        "validation_clips": exported["validation_clips"],
    }


def threshold_chosen(folder: Path) -> dict[str, Any]:
    """Return the threshold below which a words model gives no answer, and what others would do on validation."""
    exported = exported_of(folder)
    return {
        "chosen": exported["calibration"]["threshold"],
        "curve": exported["threshold_curve"],
        "validation_clips": exported["validation_clips"],
    }


def word_entries(exported: dict[str, Any], snapshot: Snapshot, window_seconds: float) -> dict[str, Any]:
    """Return what only the manifest of a words model says."""
    return {
        "labels": snapshot.labels,
        "has_other_output": exported["has_other_output"],
        "window_seconds": window_seconds,
    }


def sentence_entries(exported: dict[str, Any], snapshot: Snapshot) -> dict[str, Any]:
    """Return what only the manifest of a sentences model says."""
    names = (
        "units",
        "heads",
        "unit_style",
        "units_in_words",
        "candidates",
        "frame_seconds",
        "decoding",
        "language_model",
    )
    return {**{name: exported[name] for name in names}, "text_rules": snapshot.text_rules}


def model_card(manifest: dict[str, Any], snapshot: Snapshot) -> str:
    """Return the model card: what it hears, what it learned from, how good it is and on whom, in plain words."""
    metrics = manifest["metrics"]
    lines = [
        f"# {manifest['name']}",
        "",
        _card_purpose(manifest),
        "",
        f"## {_('Learned from')}",
        "",
        "- " + _("{dataset}, snapshot {name}").format(dataset=snapshot.dataset_name, name=f"`{snapshot.fingerprint}`"),
        "- " + _card_clips(snapshot),
        "- "
        + _("Recipe {name}, seed {seed}").format(name=manifest["recipe"]["name"], seed=manifest["lineage"]["seed"]),
        "- " + _("Hears up to {hertz} Hz").format(hertz=manifest["band_limit_hz"]),
    ]
    figures = _card_error_rates if manifest["kind"] == Kind.SENTENCES else _card_figures
    return "\n".join([*lines, *figures(metrics), ""])


def _card_purpose(manifest: dict[str, Any]) -> str:
    if manifest["kind"] == Kind.SENTENCES:
        characters = "".join(unit for unit in manifest["units"] if unit == unit.strip())
        rules = rules_of(manifest["text_rules"]).in_words()
        return _("Writes down what is said, in {units}: {characters} ({rules}).").format(
            units=_(manifest["units_in_words"]), characters=characters, rules=rules
        )
    return _("Hears one of {count} words: {words}.").format(
        count=len(manifest["labels"]), words=", ".join(manifest["labels"])
    )


def _card_clips(snapshot: Snapshot) -> str:
    train, validation, test = (snapshot.counts.get(split, 0) for split in ("train", "validation", "test"))
    return _(
        "Clips: {train} to train on, {validation} to choose by, {test} locked away for the test; split: {split}"
    ).format(train=train, validation=validation, test=test, split=snapshot.get_split_method_display())


def _card_error_rates(metrics: dict[str, Any]) -> list[str]:
    if not metrics:
        return []
    right = (
        _("{share} of {count} words wrong (WER), on voices it had never heard")
        if metrics["unseen_speakers"]
        else _("{share} of {count} words wrong (WER), on new recordings of voices it knows")
    )
    drawn = (
        _("95 % interval, by bootstrap over speakers: {low} to {high}")
        if metrics["interval_method"] == "speakers"
        else _("95 % interval, by bootstrap over clips: {low} to {high}")
    )
    facts = [
        right.format(share=percent_text(metrics["wer"]), count=thousands_text(metrics["words"])),
        drawn.format(**_bounds(metrics)),
        _("{share} of {count} characters wrong (CER)").format(
            share=percent_text(metrics["cer"]), count=thousands_text(metrics["characters"])
        ),
        _("{share} of the sentences were met in training or choosing").format(
            share=percent_text(metrics["test_texts_seen_in_training"])
        ),
        _("Decoding: {method}").format(method=metrics["decoding_in_words"]),
        _("Compared with {rules}").format(rules=metrics["rules_in_words"]),
    ]
    return _card_section(facts)


def _card_section(facts: list[str]) -> list[str]:
    return ["", f"## {_('How good it is')}", "", *(f"- {fact}" for fact in facts)]


def _bounds(metrics: dict[str, Any]) -> dict[str, str]:
    low, high = metrics["interval"]
    return {"low": percent_text(low), "high": percent_text(high)}


def _card_figures(metrics: dict[str, Any]) -> list[str]:
    if not metrics:
        return []
    right = (
        _("{share} of {count} clips right, on voices it had never heard")
        if metrics["unseen_speakers"]
        else _("{share} of {count} clips right, on new takes of voices it knows")
    )
    facts = [
        right.format(share=percent_text(metrics["accuracy"]), count=metrics["clips"]),
        _("95 % interval: {low} to {high}").format(**_bounds(metrics)),
        _("Always answering “{word}” would give {share}").format(
            word=metrics["baseline_label"], share=percent_text(metrics["baseline"])
        ),
        _("Sure enough to answer {share} of them").format(share=percent_text(metrics["accepted"])),
        *_card_others(metrics.get("others")),
    ]
    return _card_section(facts)


def _card_others(others: dict[str, Any] | None) -> list[str]:
    if not others:
        return []
    sentence = _("Turned away {share} of {count} clips of other words")
    return [sentence.format(share=percent_text(others["share"]), count=thousands_text(others["clips"]))]


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
