"""Archives are judged before anything in them is used; bombs are stopped while they go off."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.datasets.sounds import folder_of, tar_of, zip_of
from training_jobs.archives import ArchiveError, ArchiveLimits, Source, open_source
from training_jobs.archives.errors import MemberError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {"yes/a.wav": b"a" * 10, "no/b.wav": b"b" * 20}
SMALL = ArchiveLimits(members=5, unpacked_bytes=40 * 1024**2, ratio=50, member_bytes=30 * 1024**2)


def opened(path: Path, limits: ArchiveLimits = SMALL) -> Source:
    return open_source(path, limits=limits, scratch=path.parent / "scratch")


def refusal(path: Path, limits: ArchiveLimits = SMALL) -> str:
    with pytest.raises(ArchiveError) as caught:
        opened(path, limits)
    assert caught.value.message.endswith(".")
    assert "Nothing was kept" in caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    "pack",
    [
        lambda path: zip_of(path / "a.bin", FILES),
        lambda path: tar_of(path / "a.bin", FILES),
        lambda path: tar_of(path / "a.bin", FILES, mode="w:gz"),
        lambda path: folder_of(path / "folder", FILES),
    ],
    ids=["zip", "tar", "tar.gz", "folder"],
)
def test_every_kind_of_source_gives_the_same_members(pack: Callable[[Path], Path], tmp_path: Path) -> None:
    with opened(pack(tmp_path)) as source:
        assert source.sizes == {"no/b.wav": 20, "yes/a.wav": 10}
        assert source.read("no/b.wav") == b"b" * 20
        assert source.read("yes/a.wav") == b"a" * 10


def test_what_file_managers_leave_behind_is_passed_over(tmp_path: Path) -> None:
    litter = {"__MACOSX/yes/._a.wav": b"x", "yes/.DS_Store": b"x", "yes/Thumbs.db": b"x", ".git/config": b"x"}
    limits = ArchiveLimits()
    with opened(zip_of(tmp_path / "a.zip", {**FILES, **litter}), limits) as source:
        assert source.names == ["no/b.wav", "yes/a.wav"]


def test_a_folder_of_the_same_name_on_top_and_backslashes_are_made_plain(tmp_path: Path) -> None:
    with opened(zip_of(tmp_path / "a.zip", {"./words\\yes\\a.wav": b"x"})) as source:
        assert source.names == ["words/yes/a.wav"]


def test_utf8_names_are_read_even_where_the_packer_did_not_say_so(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"\u0939\u093e\u0901/a.wav": b"x"})
    content = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature) + at
        content[place : place + 2] = struct.pack("<H", 0)
    path.write_bytes(bytes(content))
    with opened(path) as source:
        assert source.names == ["\u0939\u093e\u0901/a.wav"]


@pytest.mark.parametrize("name", ["../a.wav", "yes/../../a.wav", "/etc/a.wav", "C:\\a.wav", "yes\\..\\..\\a.wav"])
def test_paths_that_leave_the_folder_are_refused(name: str, tmp_path: Path) -> None:
    assert refusal(zip_of(tmp_path / "a.zip", {name: b"x"})) == "archive_unsafe_path"
    assert refusal(tar_of(tmp_path / "a.tar", {name: b"x"})) == "archive_unsafe_path"


def test_a_protected_zip_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", FILES)
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02") + 8
    content[place] |= 1
    path.write_bytes(bytes(content))
    assert refusal(path) == "archive_encrypted"


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("yes/a.wav")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refusal(tmp_path / "a.zip") == "archive_link"


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind: bytes, tmp_path: Path) -> None:
    member = tarfile.TarInfo("yes/a.wav")
    member.type = kind
    member.linkname = "/etc/passwd"
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        archive.addfile(member)
    assert refusal(tmp_path / "a.tar") == "archive_link"


def test_a_folder_whose_link_leads_out_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "folder", FILES)
    (folder / "yes" / "out.wav").symlink_to("/etc/hostname")
    assert refusal(folder) == "archive_link"


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "folder", FILES)
    (folder / "yes" / "again.wav").symlink_to(folder / "yes" / "a.wav")
    with opened(folder) as source:
        assert source.read("yes/again.wav") == b"a" * 10


@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_too_many_members_are_refused(pack: Callable[..., Path], tmp_path: Path) -> None:
    assert refusal(pack(tmp_path / "a", {f"yes/{n}.wav": b"x" for n in range(6)})) == "archive_too_many_files"


def test_a_directory_of_millions_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", FILES)
    content = bytearray(path.read_bytes())
    end = content.rfind(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 12, 900_000_000)
    path.write_bytes(bytes(content))
    assert refusal(path) == "archive_too_many_files"


def test_more_bytes_than_the_limit_are_refused(tmp_path: Path) -> None:
    limits = ArchiveLimits(unpacked_bytes=1000)
    files = {"yes/a.wav": os.urandom(1001)}
    assert refusal(zip_of(tmp_path / "a.zip", files), limits) == "archive_too_large"
    assert refusal(tar_of(tmp_path / "a.tar", files), limits) == "archive_too_large"
    assert refusal(tar_of(tmp_path / "a.tar.gz", files, mode="w:gz"), limits) == "archive_too_large"
    assert refusal(folder_of(tmp_path / "folder", files), limits) == "archive_too_large"


@pytest.mark.parametrize("mode", ["zip", "w:gz"])
def test_a_bomb_is_refused_by_its_ratio(mode: str, tmp_path: Path) -> None:
    files = {"yes/a.wav": bytes(30 * 1024**2)}
    path = zip_of(tmp_path / "a", files) if mode == "zip" else tar_of(tmp_path / "a", files, mode=mode)
    assert refusal(path) == "archive_ratio"


def test_a_gzip_bomb_is_stopped_long_before_its_end(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb") as out:
        for _ in range(64):
            out.write(bytes(4 * 1024**2))
    ticks: list[int] = []
    with pytest.raises(ArchiveError, match="times its size"):
        open_source(path, limits=SMALL, scratch=tmp_path / "scratch", tick=lambda: ticks.append(1))
    assert len(ticks) < 20
    assert not list((tmp_path / "scratch").iterdir())


def test_a_zip_that_lies_about_a_size_gives_no_more_than_it_said(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(bytes(8 * 1024**2)) + packed.flush()
    info = zipfile.ZipInfo("yes/a.wav")
    info.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, b"0123456789")
        archive.writestr("no/b.wav", b"b")
    content = path.read_bytes()
    start = content.find(b"PK\x03\x04") + 30 + len("yes/a.wav")
    path.write_bytes(content[:start] + body[: info.compress_size] + content[start + info.compress_size :])
    with opened(path) as source:
        with pytest.raises(MemberError) as caught:
            source.read("yes/a.wav")
        assert caught.value.code == "file_damaged"
        assert source.read("no/b.wav") == b"b"


def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", FILES)
    content = bytearray(path.read_bytes())
    second = content.find(b"PK\x01\x02", content.find(b"PK\x01\x02") + 4)
    struct.pack_into("<I", content, second + 42, 5)
    path.write_bytes(bytes(content))
    assert refusal(path) == "archive_broken"


def test_one_damaged_member_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("yes/a.wav", b"aaaaaaaaaa")
        archive.writestr("no/b.wav", b"b")
    path.write_bytes(path.read_bytes().replace(b"aaaaaaaaaa", b"aaaaXaaaaa", 1))
    with opened(path) as source:
        with pytest.raises(MemberError, match="damaged"):
            source.read("yes/a.wav")
        assert source.read("no/b.wav") == b"b"


def test_a_member_larger_than_asked_for_is_not_read(tmp_path: Path) -> None:
    with opened(zip_of(tmp_path / "a.zip", FILES)) as source, pytest.raises(MemberError) as caught:
        source.read("no/b.wav", limit=19)
    assert caught.value.code == "file_too_large"


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"hello", "not an archive"), (b"", "not an archive"), (b"7z\xbc\xaf\x27\x1c....", "7z"), (b"Rar!....", "rar")],
)
def test_what_is_no_archive_is_named(content: bytes, word: str, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=word) as caught:
        opened(path)
    assert caught.value.code == "not_an_archive"


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    whole = zip_of(tmp_path / "a.zip", {"yes/a.wav": os.urandom(3000)}).read_bytes()
    (tmp_path / "a.zip").write_bytes(whole[:1500])
    assert refusal(tmp_path / "a.zip") == "archive_broken"
    packed = tar_of(tmp_path / "a.tgz", {"yes/a.wav": os.urandom(3000)}, mode="w:gz").read_bytes()
    (tmp_path / "a.tgz").write_bytes(packed[:1500])
    assert refusal(tmp_path / "a.tgz") == "archive_broken"


def test_a_gzip_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"just a text" * 100))
    assert refusal(path) == "archive_broken"


def test_an_empty_archive_is_refused(tmp_path: Path) -> None:
    assert refusal(zip_of(tmp_path / "a.zip", {})) == "archive_empty"
    assert refusal(folder_of(tmp_path / "folder", {".hidden/x.wav": b"x"})) == "archive_empty"


def test_a_sparse_member_counts_with_its_full_size(tmp_path: Path) -> None:
    member = tarfile.TarInfo("yes/a.wav")
    member.size = 0
    member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(10**12)}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        body = b"1\n0\n100\n".ljust(512, b"\0")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    (tmp_path / "a.tar").write_bytes(out.getvalue())
    assert refusal(tmp_path / "a.tar") in {"archive_too_large", "archive_broken"}
