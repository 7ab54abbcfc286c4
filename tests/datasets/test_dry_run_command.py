"""`import_dataset` by content, with columns, and with --dry-run: the report, and nothing kept."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from recognition.models.recognizers import Kind
from tests.datasets.sounds import class_folders, common_voice, folder_of, spoken_wav, zip_of
from tests.datasets.test_command import run
from tests.datasets.test_import_check import READ_ALOUD
from training_jobs.models import Clip, Dataset, DatasetImport, ImportProblem

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User


def test_a_dry_run_prints_the_report_and_leaves_no_trace(owner: User, tmp_path: Path) -> None:
    files = common_voice({**READ_ALOUD, "bad.wav": ("train", "ana", "No sound.")})
    out, err = run(zip_of(tmp_path / "a.zip", files), "--name", "Read aloud", "--dry-run", "--json")
    document = json.loads(out)
    assert (document["dataset"], document["dry_run"], document["layout"]) == ("Read aloud", True, "common_voice")
    assert (document["rows"], document["clips"], document["kind"]) == (6, 5, "sentences")
    assert document["speakers"]["count"] == 3
    first = document["problems"][0]
    assert (first["file"], first["line"], first["code"]) == ("en/train.tsv", 5, "audio_undecodable")
    assert {one["code"] for one in document["findings"]} >= {"audio_undecodable", "speaker_in_two_splits"}
    assert "counted" not in document["writing"]
    assert "6 of 6 files" in err
    for model in (Dataset, DatasetImport, ImportProblem, Clip):
        assert not model._default_manager.exists()


def test_a_dry_run_for_people_says_what_was_found_and_what_to_do(owner: User, tmp_path: Path) -> None:
    out, _ = run(folder_of(tmp_path / "set", class_folders()), "--name", "Kitchen", "--dry-run")
    assert "nothing is kept" in out
    assert "Layout: Class folders" in out
    assert "4 of 4 entries can become clips of words" in out
    assert "2 labels: no 2, yes 2" in out
    sentences, _ = run(zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)), "--name", "Read aloud", "--dry-run")
    assert "test: 2 clips" in sentences
    assert "of them rare" in sentences
    assert "en/test.tsv, line 3" in sentences


def test_a_dry_run_into_a_dataset_that_is_there_compares_with_it(owner: User, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    run(path, "--name", "Kitchen")
    with pytest.raises(SystemExit) as caught:
        run(path, "--name", "Kitchen", "--dry-run")
    assert caught.value.code == 1, "all of it is here already, so nothing would be imported"
    assert DatasetImport.objects.count() == 1
    assert Clip.objects.count() == 4


def test_a_dry_run_of_what_is_no_archive_exits_with_1_and_the_envelope(owner: User, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(b"no archive at all")
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("import_dataset", str(path), "--name", "A", "--dry-run", "--json", stdout=out, stderr=err)
    assert caught.value.code == 1
    assert json.loads(out.getvalue())["error"]["code"] == "not_an_archive"
    assert not Dataset.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [([], Kind.SENTENCES), (["--kind", "words"], Kind.WORDS), (["--kind", "sentences"], Kind.SENTENCES)],
)
def test_a_new_dataset_goes_by_its_content_unless_told(
    arguments: list[str], kind: str, owner: User, tmp_path: Path
) -> None:
    run(zip_of(tmp_path / "a.zip", common_voice(READ_ALOUD)), "--name", "Read aloud", *arguments)
    assert Dataset.objects.get().kind == kind
    assert Clip.objects.count() == 5


def test_folders_named_after_words_stay_words(owner: User, tmp_path: Path) -> None:
    run(zip_of(tmp_path / "a.zip", class_folders()), "--name", "Kitchen")
    assert Dataset.objects.get().kind == Kind.WORDS


def test_a_kind_that_a_dataset_with_clips_does_not_have_is_refused(owner: User, tmp_path: Path) -> None:
    run(zip_of(tmp_path / "a.zip", class_folders()), "--name", "Kitchen")
    with pytest.raises(SystemExit) as caught:
        run(zip_of(tmp_path / "b.zip", common_voice(READ_ALOUD)), "--name", "Kitchen", "--kind", "sentences")
    assert caught.value.code == 1
    assert DatasetImport.objects.first().failure_code == "kind_fixed"  # type: ignore[union-attr]


def test_columns_are_named_on_the_command_line(owner: User, tmp_path: Path) -> None:
    files = {f"{number}.wav": spoken_wav(number) for number in range(2)}
    table = b"clip,wrong,spoken\n0.wav,x,turn on\n1.wav,x,turn off\n"
    path = zip_of(tmp_path / "a.zip", {**files, "list.csv": table})
    run(path, "--name", "Kitchen", "--layout", "table", "--columns", "audio=clip,text=spoken", "--kind", "words")
    assert set(Clip.objects.values_list("text", flat=True)) == {"turn on", "turn off"}


@pytest.mark.parametrize("given", ["smell=clip", "audio", "=clip", ""])
def test_columns_that_mean_nothing_are_bad_usage(given: str, owner: User, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", class_folders())
    with pytest.raises(CommandError):
        run(path, "--name", "A", "--columns", given)
    assert not Dataset.objects.exists()


def test_a_tier_is_passed_on(owner: User, tmp_path: Path) -> None:
    run(zip_of(tmp_path / "a.zip", class_folders()), "--name", "Kitchen", "--tier", "words")
    options: dict[str, Any] = DatasetImport.objects.get().options
    assert options["tier"] == "words"
