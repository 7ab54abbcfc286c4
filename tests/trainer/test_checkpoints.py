"""Checkpoints as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from training_jobs.trainer.checkpoints import KEPT, Checkpoints

if TYPE_CHECKING:
    from pathlib import Path


def save(checkpoints: Checkpoints, epoch: int, *, restarts: int = 0) -> None:
    arrays = [np.full(3, epoch, np.float32), np.array(epoch, np.int64), np.array([7], np.uint32)]
    checkpoints.save(arrays, restarts=restarts, epoch=epoch, facts={"epoch": epoch, "restarts": restarts})


def test_the_newest_state_comes_back_as_it_was(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path, run="a")
    for epoch in (8, 9, 10):
        save(checkpoints, epoch)
    found = Checkpoints(tmp_path, attempt=2, run="a").newest()
    assert found is not None
    assert found.facts == {"run": "a", "epoch": 10, "restarts": 0}
    np.testing.assert_array_equal(found.arrays[0], [10, 10, 10])
    assert [array.dtype.name for array in found.arrays] == ["float32", "int64", "uint32"]
    assert len(list(tmp_path.iterdir())) == KEPT


def test_a_restart_is_newer_than_what_it_gave_up(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    save(checkpoints, 50)
    save(checkpoints, 1, restarts=1)
    found = checkpoints.newest()
    assert found is not None
    assert found.facts["epoch"] == 1


def test_what_is_damaged_or_unfinished_is_passed_over(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    save(checkpoints, 1)
    save(checkpoints, 2)
    newest = max(tmp_path.iterdir())
    newest.write_bytes(newest.read_bytes()[:-200])
    (tmp_path / "try-00-epoch-00003-attempt-001.unfinished").write_bytes(b"PK")
    found = checkpoints.newest()
    assert found is not None
    assert found.facts["epoch"] == 1


def test_the_state_of_another_run_is_not_taken_up(tmp_path: Path) -> None:
    save(Checkpoints(tmp_path, run="a"), 5)
    assert Checkpoints(tmp_path, run="b").newest() is None


def test_an_attempt_given_up_for_lost_never_removes_its_successors_state(tmp_path: Path) -> None:
    lost, successor = Checkpoints(tmp_path, attempt=1), Checkpoints(tmp_path, attempt=2)
    save(lost, 3)
    save(successor, 4)
    for epoch in range(5, 9):
        save(lost, epoch)
    assert any(path.name.endswith("epoch-00004-attempt-002.npz") for path in tmp_path.iterdir())


def test_a_full_disk_leaves_the_older_state_and_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints = Checkpoints(tmp_path)
    save(checkpoints, 1)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(checkpoints, 2)
    found = checkpoints.newest()
    assert found is not None
    assert found.facts["epoch"] == 1
    assert len(list(tmp_path.iterdir())) == 1


def full(_: int) -> None:
    raise OSError(28, "No space left on device")
