from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tensorflow as tf
from tensorflow.core.util.event_pb2 import Event

from training_jobs.trainer.tensorboard_log import TensorBoardLog

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.training


def read(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the scalars of a folder by name, as TensorBoard would read them."""
    found: dict[str, list[tuple[int, float]]] = {}
    for path in sorted(folder.iterdir()):
        for record in tf.data.TFRecordDataset(str(path)):
            event = Event.FromString(record.numpy())
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, round(float(tf.make_ndarray(value.tensor)), 4)))
    return found


def test_every_number_of_an_epoch_becomes_a_scalar(tmp_path: Path) -> None:
    log = TensorBoardLog(tmp_path / "tensorboard")
    log.take({"epoch": 1, "epochs": 2, "loss": 1.5, "val_accuracy": 0.25, "val_wer": None, "eta_seconds": 9})
    log.take({"epoch": 2, "epochs": 2, "loss": 0.5, "val_accuracy": 0.75, "eta_seconds": 0})
    assert read(tmp_path / "tensorboard") == {"loss": [(1, 1.5), (2, 0.5)], "val_accuracy": [(1, 0.25), (2, 0.75)]}


def test_a_log_that_cannot_be_written_ends_and_the_training_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = TensorBoardLog(tmp_path / "tensorboard")

    def full() -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(log.writer, "flush", full)
    log.take({"epoch": 1, "loss": 1.5})
    log.take({"epoch": 2, "loss": 1.0})
    assert capsys.readouterr().err.count("The TensorBoard log ends here") == 1
