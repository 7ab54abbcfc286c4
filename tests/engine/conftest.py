from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recognition.engine.bundle import BundleInfo, write_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a real .tflite, made once by TensorFlow in a process of its own."""
    path = tmp_path_factory.mktemp("model") / "model.tflite"
    made = subprocess.run(
        [sys.executable, "-m", "tests.engine.tiny_model", str(path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert path.is_file(), made.stderr
    return path


@pytest.fixture
def manifest() -> dict[str, Any]:
    return {
        "kind": "words",
        "name": "pitches",
        "recipe": {"name": "tiny", "values": {}},
        "labels": ["low", "middle", "high"],
        "sample_rate_hz": 16_000,
        "band_limit_hz": 7_600,
        "window_seconds": 1.0,
        "calibration": {"temperature": 1.0, "threshold": 0.8},
        "metrics": {"accuracy": 1.0},
    }


@pytest.fixture
def made_bundle(tmp_path: Path, model_file: Path, manifest: dict[str, Any]) -> Callable[..., BundleInfo]:
    """Return a maker of bundles around the real model; keyword arguments change the manifest."""

    def make(name: str = "bundle", **changes: Any) -> BundleInfo:
        card = tmp_path / "card.md"
        card.write_text("# pitches\n", encoding="utf-8")
        files = {"model.tflite": model_file, "model_card.md": card}
        return write_bundle(tmp_path / name, manifest={**manifest, **changes}, files=files)

    return make
