"""`import_dataset` as scripts use it: one JSON document on standard output, sentences on standard error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from tests.conftest import REPOSITORY
from tests.datasets.sounds import class_folders, folder_of, silent_wav, zip_of
from training_jobs.models import Dataset, DatasetImport

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = {"dataset", "layout", "clips", "rejected", "problems", "duration_seconds", "speakers"}


def run(*arguments: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_dataset", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_json_is_one_document_with_the_promised_shape(owner: User, tmp_path: Path) -> None:
    files = {**class_folders(), "words/no/silent.wav": silent_wav()}
    out, err = run(zip_of(tmp_path / "a.zip", files), "--name", "Kitchen", "--language", "en", "--json")
    document = json.loads(out)
    assert set(document) == SHAPE
    assert (document["dataset"], document["layout"], document["clips"]) == ("Kitchen", "class_folders", 4)
    assert (document["rejected"], document["speakers"]) == (1, 0)
    assert document["duration_seconds"] > 1
    assert document["problems"] == [
        {
            "file": "words/no/silent.wav",
            "line": None,
            "code": "audio_silent",
            "message": "Silent from start to end. Record it again.",
            "is_kept": False,
        }
    ]
    assert "5 of 5 files" in err
    dataset = Dataset.objects.get()
    assert (dataset.owner, dataset.language) == (owner, "en")


def test_people_get_sentences(owner: User, tmp_path: Path) -> None:
    out, _ = run(folder_of(tmp_path / "set", class_folders()), "--name", "Kitchen")
    assert out.startswith("Kitchen: 4 clips kept, 0 rejected, 0 speakers,")


def test_an_existing_dataset_is_added_to(owner: User, tmp_path: Path) -> None:
    for number in range(2):
        files = {f"yes/{number}.wav": list(class_folders().values())[number]}
        run(zip_of(tmp_path / f"{number}.zip", files), "--name", "Kitchen")
    assert Dataset.objects.get().clips.count() == 2


def test_a_failed_import_exits_with_1_and_says_why(owner: User, tmp_path: Path) -> None:
    out, err = StringIO(), StringIO()
    path = zip_of(tmp_path / "a.zip", {"readme.txt": b"x"})
    with pytest.raises(SystemExit) as caught:
        call_command("import_dataset", str(path), "--name", "Kitchen", "--json", stdout=out, stderr=err)
    assert caught.value.code == 1
    assert json.loads(out.getvalue())["error"]["code"] == "nothing_usable"
    assert "There is no audio" in err.getvalue()
    assert DatasetImport.objects.get().status == "failed"


def test_whose_dataset_it_is(owner: User, stranger: User, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    with pytest.raises(CommandError, match="several"):
        run(path, "--name", "A")
    run(path, "--name", "A", "--owner", "stranger")
    assert Dataset.objects.get().owner == stranger
    boss = User.objects.create_superuser("boss", password="a long enough secret")
    run(path, "--name", "B")
    assert Dataset.objects.get(name="B").owner == boss


@pytest.mark.parametrize(
    "arguments", [["/nowhere/at/all", "--name", "A"], ["PATH", "--name", "A", "--owner", "nobody"]]
)
def test_bad_usage_has_its_own_exit_status(arguments: list[str], owner: User, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    with pytest.raises(CommandError) as caught:
        run(*(path if argument == "PATH" else argument for argument in arguments))
    assert caught.value.returncode == 2


def test_the_real_program_exits_with_2_on_bad_usage(tmp_path: Path) -> None:
    environment = {**os.environ, "SPEECHSITE_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "speechsite.settings"}
    command = [sys.executable, str(REPOSITORY / "manage.py"), "import_dataset", str(tmp_path)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "--name" in ended.stderr
    assert "Traceback" not in ended.stderr
