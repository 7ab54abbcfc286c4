"""`export_dataset` as scripts use it."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from tests.datasets.exporters.made import PIPED, add_clip, files_of
from training_jobs.services.datasets import dataset_create

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from training_jobs.models import Dataset


def run(*arguments: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("export_dataset", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def failed(*arguments: Any) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("export_dataset", *map(str, arguments), stdout=out, stderr=err)
    return int(str(caught.value.code)), out.getvalue(), err.getvalue()


@pytest.fixture
def talks(owner: User) -> Dataset:
    dataset = dataset_create(owner=owner, name="Talks", kind="sentences")
    add_clip(dataset, 0, "good morning")
    return dataset


def test_json_is_one_document_with_the_promised_shape(talks: Dataset, tmp_path: Path) -> None:
    lost = add_clip(talks, 1, PIPED)
    path = tmp_path / "talks.zip"
    out, err = run("Talks", path, "--layout", "ljspeech", "--json")
    document = json.loads(out)
    [left_out] = document.pop("left_out")
    assert document == {
        "dataset": "Talks",
        "layout": "ljspeech",
        "clips": 1,
        "bytes": path.stat().st_size,
        "path": str(path),
    }
    assert (left_out["clip"], left_out["text"], left_out["code"]) == (str(lost.pk), PIPED, "text_not_representable")
    assert "talks.zip" in err


def test_people_get_sentences(talks: Dataset, tmp_path: Path) -> None:
    out, _ = run("Talks", tmp_path / "out")
    assert out.startswith(f"Talks: 1 clips written to {tmp_path / 'out'}, ")
    assert "layout site_bundle, 0 left out." in out
    assert "manifest.jsonl" in files_of(tmp_path / "out")


def test_an_out_that_is_taken_is_bad_usage_and_stays(talks: Dataset, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    status, out, err = failed("Talks", tmp_path / "out", "--json")
    assert status == 2
    assert json.loads(out)["error"]["code"] == "target_exists"
    assert "target_exists" in err
    assert list((tmp_path / "out").iterdir()) == []


def test_an_empty_dataset_exits_with_1(owner: User, tmp_path: Path) -> None:
    dataset_create(owner=owner, name="Empty")
    status, _, err = failed("Empty", tmp_path / "out")
    assert (status, "nothing_to_export" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_layout_of_the_other_kind_is_bad_usage(talks: Dataset, tmp_path: Path) -> None:
    status, _, err = failed("Talks", tmp_path / "out", "--layout", "class_folders")
    assert (status, "layout_for_other_kind" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["Nothing", "OUT"], "There is no dataset called “Nothing”. There are: Talks."),
        (["Talks", "OUT", "--owner", "nobody"], "There is no user called nobody."),
        (["Talks", "OUT/no/such/folder"], "There is no folder"),
    ],
)
def test_bad_usage_has_its_own_exit_status(arguments: list[str], sentence: str, talks: Dataset, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=sentence) as caught:
        run(*(argument.replace("OUT", str(tmp_path / "out")) for argument in arguments))
    assert caught.value.returncode == 2


def test_somebody_elses_dataset_is_not_there(talks: Dataset, stranger: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There are: none"):
        run("Talks", tmp_path / "out", "--owner", "stranger")
