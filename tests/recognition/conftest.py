from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from recognition.engine.bundle import write_bundle
from recognition.services.models import model_version_register
from recognition.services.transcriptions import transcription_create
from tests.engine import tone_sentences
from tests.recognition.tone_model import LABELS
from tests.recognition.tones import said, wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from recognition.models import ModelVersion, Transcription

MODEL = Path(__file__).parent / "tones.tflite"
THRESHOLD = 0.62
METRICS = {
    "accuracy": 0.9,
    "interval": [0.85, 0.94],
    "clips": 300,
    "correct": 270,
    "speakers": 2,
    "split": "test",
    "unseen_speakers": True,
    "accepted": 0.97,
    "baseline": 0.34,
    "baseline_label": "low",
}
LINEAGE = {
    "dataset_name": "Tones",
    "fingerprint": "5f" * 32,
    "recipe": "conv",
    "seed": 7,
    "counts": {"train": 900, "validation": 100, "test": 300},
}


def manifest(**changes: Any) -> dict[str, Any]:
    """Return the manifest of the tone model."""
    return {
        "kind": "words",
        "name": "tones",
        "recipe": {"name": "conv", "values": {"epochs": 3}},
        "labels": list(LABELS),
        "sample_rate_hz": 16_000,
        "band_limit_hz": 7600,
        "window_seconds": 1.0,
        "calibration": {"temperature": 1.0, "threshold": THRESHOLD},
        "metrics": METRICS,
        "snapshot": {"fingerprint": LINEAGE["fingerprint"], "clips": 1300},
        "lineage": LINEAGE,
        "packages": {"tensorflow": "2.21.0"},
        "made": uuid4().hex,
        **changes,
    }


def bundle_in(folder: Path, **changes: Any) -> Any:
    """Write a bundle of the tone model below `folder`."""
    sources = folder / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MODEL, sources / "model.tflite")
    (sources / "weights.h5").write_bytes(b"the tone model has no weights")
    (sources / "model_card.md").write_text("# tones\n\nHears low, middle and high tones.\n", encoding="utf-8")
    files = {name: sources / name for name in ("model.tflite", "weights.h5", "model_card.md")}
    return write_bundle(folder / "bundle", manifest=manifest(**changes), files=files)


@pytest.fixture
def register(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., ModelVersion]:
    """Return a function that registers another version of a recogniser."""

    def one_more(owner: User, name: str = "tones", metrics: dict[str, Any] | None = None) -> ModelVersion:
        info = bundle_in(tmp_path_factory.mktemp("bundle"))
        return model_version_register(
            owner=owner,
            recognizer_name=name,
            kind="words",
            bundle_folder=info.path,
            bundle_sha256=info.sha256,
            size_bytes=info.size_bytes,
            manifest=manifest(),
            metrics=METRICS if metrics is None else metrics,
            lineage=LINEAGE,
        )

    return one_more


@pytest.fixture
def tones(owner: User, register: Callable[..., ModelVersion]) -> ModelVersion:
    """Return the owner's tones@v1, in production."""
    return register(owner)


@pytest.fixture
def letters(owner: User, tmp_path: Path) -> ModelVersion:
    """Return the owner's letters@v1, which writes what is spelled in tones, in production."""
    info = tone_sentences.bundle_in(tmp_path)
    return model_version_register(
        owner=owner,
        recognizer_name="letters",
        kind="sentences",
        language="en",
        bundle_folder=info.path,
        bundle_sha256=info.sha256,
        size_bytes=info.size_bytes,
        manifest=tone_sentences.manifest(),
        metrics={"wer": 0.1, "cer": 0.05, "words": 300, "interval": [0.05, 0.15], "split": "test"},
        lineage=LINEAGE,
    )


@pytest.fixture
def heard(owner: User, tones: ModelVersion) -> Callable[..., Transcription]:
    """Return a function that lets the owner's model hear tones."""

    def hear(*labels: str, source_name: str = "tones.wav") -> Transcription:
        return transcription_create(
            owner=owner, model_version=tones, audio=wav(said(*labels)), origin="upload", source_name=source_name
        )

    return hear
