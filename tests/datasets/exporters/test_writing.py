"""An export is there whole or not at all, says what it left out, and is the same file each time."""

from __future__ import annotations

import errno
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from speechsite.lib.errors import ServiceError
from tests.datasets.exporters.made import add_clip, exported, files_of
from training_jobs.exporters import LAYOUTS, layout_named
from training_jobs.models import Clip
from training_jobs.services.clips import clip_reject
from training_jobs.services.dataset_export import dataset_export, layout_for
from training_jobs.services.datasets import dataset_create, dataset_rename

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User

    from training_jobs.models import Dataset

ALL = [layout.name for layout in LAYOUTS]


@pytest.fixture
def clips(dataset: Dataset) -> list[Clip]:
    return [add_clip(dataset, number, f"word {number % 2}", "anna", "train") for number in range(4)]


@pytest.mark.parametrize("layout", ALL)
def test_a_folder_and_a_zip_hold_the_same_files(
    layout: str, dataset: Dataset, clips: list[Clip], tmp_path: Path
) -> None:
    as_folder = exported(dataset, layout, tmp_path / "out")
    as_zip = exported(dataset, layout, tmp_path / "out.zip")
    assert files_of(tmp_path / "out") == files_of(tmp_path / "out.zip")
    assert (as_folder.clips, as_zip.clips) == (4, 4)
    assert as_zip.size_bytes == (tmp_path / "out.zip").stat().st_size
    assert as_folder.size_bytes == sum(map(len, files_of(tmp_path / "out").values()))


@pytest.mark.parametrize("layout", ALL)
def test_the_same_dataset_gives_the_same_bytes(
    layout: str, dataset: Dataset, clips: list[Clip], tmp_path: Path
) -> None:
    exported(dataset, layout, tmp_path / "a.zip")
    exported(dataset, layout, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_sound_in_a_zip_is_stored_and_text_is_packed(dataset: Dataset, clips: list[Clip], tmp_path: Path) -> None:
    exported(dataset, "site_bundle", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        packed = {member.filename: member.compress_type for member in archive.infolist()}
        assert archive.testzip() is None
    assert {packing for name, packing in packed.items() if name.endswith(".flac")} == {zipfile.ZIP_STORED}
    assert packed["words/manifest.jsonl"] == zipfile.ZIP_DEFLATED


@pytest.mark.parametrize("name", ["My test set", "train", "Dev / clean", "···"])
def test_no_clip_gets_a_split_from_the_name_of_its_dataset(name: str, dataset: Dataset, tmp_path: Path) -> None:
    add_clip(dataset, 0, "yes")
    dataset_rename(dataset=dataset, name=name)
    exported(dataset, "kaldi", tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {member.split("/")[0] for member in archive.namelist()} == {"dataset"}


def test_only_clips_that_are_ready_are_written(dataset: Dataset, clips: list[Clip], tmp_path: Path) -> None:
    clip_reject(clip=clips[0])
    result = exported(dataset, "nemo", tmp_path / "out")
    assert (result.clips, result.left_out) == (3, [])
    assert f"audio/{clips[0].sha256[:20]}.flac" not in files_of(tmp_path / "out")


@pytest.mark.parametrize(("layout", "damage"), [("nemo", b""), ("deepspeech", b"fLaC and no more")])
def test_a_clip_without_its_sound_is_left_out_and_named(
    layout: str, damage: bytes, dataset: Dataset, clips: list[Clip], tmp_path: Path
) -> None:
    clips[0].audio_path.unlink()
    clips[1].audio_path.write_bytes(damage)
    result = exported(dataset, layout, tmp_path / "out")
    assert result.clips == 2
    assert {(one.clip, one.code) for one in result.left_out} == {(str(clip.pk), "audio_gone") for clip in clips[:2]}


def test_a_clip_deleted_meanwhile_is_left_out(dataset: Dataset, clips: list[Clip], tmp_path: Path) -> None:
    def delete_one(done: int, total: int) -> None:
        Clip.objects.filter(pk=clips[2].pk).delete()

    layout = layout_for(dataset, "site_bundle")
    result = dataset_export(dataset=dataset, layout=layout, target=tmp_path / "out", on_progress=delete_one)
    assert (result.clips, [one.code for one in result.left_out]) == (3, ["clip_gone"])


def test_progress_goes_from_nothing_to_all(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training_jobs.services.dataset_export.CLIPS_AT_ONCE", 2)
    for number in range(5):
        add_clip(dataset, number, f"word {number}")
    told: list[tuple[int, int]] = []
    dataset_export(
        dataset=dataset,
        layout=layout_for(dataset, "nemo"),
        target=tmp_path / "out",
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(0, 5), (2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize("out", ["out", "out.zip"])
def test_nothing_is_overwritten(out: str, dataset: Dataset, clips: list[Clip], tmp_path: Path) -> None:
    (tmp_path / out).write_text("mine")
    with pytest.raises(ServiceError, match="already") as caught:
        exported(dataset, "nemo", tmp_path / out)
    assert caught.value.code == "target_exists"
    assert (tmp_path / out).read_text() == "mine"


@pytest.mark.parametrize("out", ["out", "out.zip"])
@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")])
def test_an_export_that_breaks_off_leaves_nothing_behind(
    out: str, failure: BaseException, dataset: Dataset, clips: list[Clip], tmp_path: Path
) -> None:
    def break_off(done: int, total: int) -> None:
        if done:
            raise failure

    with pytest.raises((KeyboardInterrupt, ServiceError)) as caught:
        dataset_export(
            dataset=dataset, layout=layout_for(dataset, "kaldi"), target=tmp_path / out, on_progress=break_off
        )
    assert list(tmp_path.iterdir()) == []
    if isinstance(failure, OSError):
        assert caught.value.code == "disk_full"  # type: ignore[union-attr]  # told apart by the failure that was sent


def test_a_full_disk_is_seen_before_anything_is_written(
    dataset: Dataset, clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 10_000

    monkeypatch.setattr("training_jobs.services.dataset_export.shutil.disk_usage", lambda _: Usage)
    with pytest.raises(ServiceError) as caught:
        exported(dataset, "nemo", tmp_path / "out")
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []


def test_a_dataset_without_clips_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="no clips that are ready") as caught:
        exported(dataset, "nemo", tmp_path / "out")
    assert caught.value.code == "nothing_to_export"


def test_a_layout_for_words_is_not_for_sentences(owner: User, tmp_path: Path) -> None:
    dataset = dataset_create(owner=owner, name="Talks", kind="sentences")
    with pytest.raises(ServiceError, match="Class folders hold words") as caught:
        layout_for(dataset, "class_folders")
    assert caught.value.code == "layout_for_other_kind"
    with pytest.raises(ServiceError, match="There are: site_bundle, common_voice, nemo"):
        layout_for(dataset, "csv")


@pytest.mark.parametrize(
    ("layout", "kept", "lost"),
    [
        ("site_bundle", "sound, text, speakers, splits and what each was recorded with", ""),
        ("common_voice", "sound, text, speakers and splits", "the rate each was recorded at"),
        (
            "ljspeech",
            "sound, text and speakers (where every clip has one, of one word)",
            "splits and the rate each was recorded at",
        ),
        ("deepspeech", "sound, text and splits", "speakers and the rate each was recorded at"),
    ],
)
def test_what_a_layout_keeps_is_said_in_words(layout: str, kept: str, lost: str) -> None:
    chosen: Any = layout_named(layout)
    assert (chosen.keeps.kept(), chosen.keeps.lost()) == (kept, lost)
