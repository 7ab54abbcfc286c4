from __future__ import annotations

import json
import stat
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from recognition.engine.bundle import BundleInfo, load_bundle, unzip_bundle, write_bundle, zip_bundle
from recognition.engine.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, manifest: dict[str, Any]) -> Path:
    return written(tmp_path / "bundle", manifest).path


def written(folder: Path, manifest: dict[str, Any]) -> BundleInfo:
    """Write a bundle of small files: what is in model.tflite does not matter to a bundle."""
    made = {"model.tflite": b"not looked into", "weights.h5": b"w" * 5_000, "model_card.md": b"# card\n"}
    paths = {}
    for name, content in made.items():
        paths[name] = folder.with_name(f"source {name}")
        paths[name].write_bytes(content)
    return write_bundle(folder, manifest=manifest, files=paths)


def refusal(folder: Path) -> EngineError:
    with pytest.raises(EngineError) as caught:
        load_bundle(folder)
    return caught.value


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def unzip_refusal(archive: Path, folder: Path, **limits: int) -> EngineError:
    with pytest.raises(EngineError) as caught:
        unzip_bundle(archive, folder, **limits)
    assert not folder.exists()
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []
    return caught.value


def test_what_was_written_is_read(tmp_path: Path, manifest: dict[str, Any]) -> None:
    info = written(tmp_path / "bundle", manifest)
    bundle = load_bundle(info.path)
    assert (bundle.sha256, bundle.size_bytes) == (info.sha256, info.size_bytes)
    assert {key: bundle.manifest[key] for key in manifest} == manifest
    assert bundle.manifest["format_version"] == 1
    assert sorted(bundle.manifest["files"]) == ["model.tflite", "model_card.md", "weights.h5"]
    assert info.size_bytes == sum(path.stat().st_size for path in info.path.iterdir())


@pytest.mark.parametrize("name", ["model.tflite", "weights.h5", "model_card.md"])
def test_a_changed_file_is_noticed(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[0] ^= 1
    (folder / name).write_bytes(content)
    error = refusal(folder)
    assert error.code == "bundle_corrupt"
    assert name in error.message


def test_a_missing_file_is_noticed(folder: Path) -> None:
    (folder / "weights.h5").unlink()
    assert "weights.h5 is missing" in refusal(folder).message


def test_a_link_is_not_followed(folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere")
    (folder / "weights.h5").rename(elsewhere)
    (folder / "weights.h5").symlink_to(elsewhere)
    assert refusal(folder).code == "bundle_corrupt"


@pytest.mark.parametrize(
    "manifest_text",
    ["", "{", "[]", "{}", '{"format_version": 1}', '{"format_version": "1", "files": {}}', "[" * 100_000],
)
def test_a_manifest_that_is_none_is_refused(folder: Path, manifest_text: str) -> None:
    (folder / "manifest.json").write_text(manifest_text, encoding="utf-8")
    assert refusal(folder).code == "bundle_corrupt"


def test_a_folder_without_manifest_is_no_bundle(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "bundle_corrupt"


def test_a_later_format_is_named(folder: Path) -> None:
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**content, "format_version": 2}), encoding="utf-8")
    error = refusal(folder)
    assert error.code == "bundle_unsupported"
    assert "format 2" in error.message


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", ".hidden", "a/b", ""])
def test_a_manifest_cannot_name_files_elsewhere(folder: Path, name: str) -> None:
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    content["files"][name] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    assert refusal(folder).code == "bundle_corrupt"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, manifest: dict[str, Any]) -> None:
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError):
        write_bundle(home / "bundle", manifest=manifest, files={"model.tflite": tmp_path / "absent"})
    assert list(home.iterdir()) == []


def test_a_bundle_is_never_written_over_another(tmp_path: Path, manifest: dict[str, Any]) -> None:
    first = written(tmp_path / "bundle", manifest)
    with pytest.raises(FileExistsError):
        written(tmp_path / "bundle", {**manifest, "name": "other"})
    assert load_bundle(first.path).sha256 == first.sha256


def test_figures_that_are_no_numbers_are_not_written(tmp_path: Path, manifest: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        written(tmp_path / "bundle", {**manifest, "metrics": {"accuracy": float("nan")}})
    assert not (tmp_path / "bundle").exists()


def test_a_zip_carries_the_same_bundle(tmp_path: Path, folder: Path) -> None:
    zip_bundle(folder, tmp_path / "one.zip")
    zip_bundle(folder, tmp_path / "two.zip")
    unzip_bundle(tmp_path / "one.zip", tmp_path / "again")
    assert load_bundle(tmp_path / "again").sha256 == load_bundle(folder).sha256
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_damaged_bundle_is_not_packed(tmp_path: Path, folder: Path) -> None:
    (folder / "weights.h5").write_bytes(b"")
    with pytest.raises(EngineError):
        zip_bundle(folder, tmp_path / "out.zip")


@pytest.mark.parametrize("name", ["../model.tflite", "/model.tflite", "folder/model.tflite", "folder/", "..", ".git"])
def test_a_zip_with_paths_is_refused_whole(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "evil.zip", ("manifest.json", b"{}"), (name, b"x"))
    assert unzip_refusal(archive, tmp_path / "out").code == "bundle_corrupt"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil.zip"]


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("model.tflite")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive = zipped(tmp_path / "evil.zip", (link, b"/etc/passwd"))
    assert unzip_refusal(archive, tmp_path / "out").code == "bundle_corrupt"


def test_a_zip_with_too_many_files_is_refused(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "many.zip", *((f"file{number}", b"") for number in range(17)))
    assert "17 files" in unzip_refusal(archive, tmp_path / "out").message


def test_a_zip_bomb_is_stopped_while_unpacking(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "bomb.zip", ("model.tflite", bytes(20 << 20)))
    assert archive.stat().st_size < 100_000
    assert unzip_refusal(archive, tmp_path / "out", max_bytes=10 << 20).code == "bundle_too_large"


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" + bytes(100)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "model.zip"
    archive.write_bytes(content)
    assert unzip_refusal(archive, tmp_path / "out").code == "bundle_corrupt"


def test_half_a_zip_is_refused(tmp_path: Path, folder: Path) -> None:
    zip_bundle(folder, tmp_path / "whole.zip")
    whole = bytearray((tmp_path / "whole.zip").read_bytes())
    whole[200:260] = bytes(60)
    (tmp_path / "broken.zip").write_bytes(whole)
    assert unzip_refusal(tmp_path / "broken.zip", tmp_path / "out").code == "bundle_corrupt"
