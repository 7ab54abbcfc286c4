"""Uploads in a real Chromium with tus-js-client: cut again and again, a closed tab, a folder, several archives."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from speechsite.lib.files import absolute
from speechsite.uploads.models import Upload
from tests.datasets.sounds import class_folders, zip_of
from tests.deadline import wait_for
from tests.uploads.cutting import cutting_proxy
from training_jobs.models import Dataset, DatasetImport

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MEGA = 1024**2
PIECES = "**/api/v1/uploads/*/"


def large_archive(path: Path, *, megabytes: int) -> Path:
    """Write a zip that cannot be made smaller, with a few recordings in it."""
    zip_of(path, class_folders())
    noise = np.random.default_rng(1)
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(megabytes):
            archive.writestr(f"notes/{number}.bin", noise.bytes(MEGA))
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kept_upload() -> Path:
    return absolute(DatasetImport.objects.get().source)


def test_an_upload_that_is_cut_twenty_times_arrives_whole(owner_page: Page, site: str, tmp_path: Path) -> None:
    page, path = owner_page, large_archive(tmp_path / "march.zip", megabytes=48)
    with cutting_proxy(site, cuts=20, seed=7, furthest=2 * MEGA) as proxy:
        # Cookies know no ports: the login at the site holds behind the proxy, too.
        page.goto(f"{proxy.address}/datasets/")
        page.locator("#upload-file").set_input_files(path)
        page.wait_for_url("**/imports/*/", timeout=120_000)
        assert proxy.cuts_made == 20
    assert sha256(kept_upload()) == sha256(path)
    assert not Upload.objects.exists()


def test_an_upload_goes_on_after_a_closed_tab(owner_page: Page, tmp_path: Path) -> None:
    tab, path = owner_page, large_archive(tmp_path / "march.zip", megabytes=64)
    tab.goto("/datasets/")
    tab.locator("#upload-file").set_input_files(path)
    tab.wait_for_function("() => document.querySelector('[data-bar]').dataset.v > 0.1")
    other = tab.context.new_page()
    tab.close()
    stopped = Upload.objects.get()
    assert 0 < stopped.offset_bytes < stopped.size_bytes
    other.goto("/datasets/")
    other.get_by_text("Choose the same again and it goes on there").wait_for()
    begun: list[str] = []
    other.on("request", lambda request: begun.append(request.url) if request.method == "POST" else None)
    other.locator("#upload-file").set_input_files(path)
    other.wait_for_url("**/imports/*/", timeout=30_000)
    assert not [address for address in begun if address.endswith("/uploads/")]
    assert DatasetImport.objects.get().upload_id == stopped.pk
    assert sha256(kept_upload()) == sha256(path)


def test_a_folder_is_sent_as_one_tar(owner_page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "Wörter"
    for name, content in class_folders().items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    long = folder / ("a folder with a long name " * 4) / "ünicode.wav"
    long.parent.mkdir()
    long.write_bytes(next(iter(class_folders().values())))
    (folder / ".DS_Store").write_bytes(b"left by a system")
    owner_page.goto("/datasets/")
    owner_page.locator("[data-folder]").set_input_files(folder)
    owner_page.wait_for_url("**/imports/*/", timeout=30_000)
    with tarfile.open(kept_upload()) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}  # type: ignore[union-attr]
    expected = {f"Wörter/{name}": content for name, content in class_folders().items()}
    assert found == {**expected, f"Wörter/{long.relative_to(folder)}": long.read_bytes()}
    assert Dataset.objects.get().name == "Wörter"


def test_several_archives_go_into_one_dataset(owner_page: Page, tmp_path: Path) -> None:
    paths = [zip_of(tmp_path / name, class_folders()) for name in ("first.zip", "second.zip")]
    owner_page.goto("/datasets/")
    owner_page.locator("#upload-file").set_input_files(paths)
    owner_page.wait_for_url("**/datasets/*-*/", timeout=30_000)
    owner_page.get_by_text("first.zip is being looked at").wait_for()
    assert owner_page.get_by_text("second.zip is being looked at").count() == 1
    assert (Dataset.objects.count(), DatasetImport.objects.count()) == (1, 2)


def test_an_upload_is_paused_and_given_up(owner_page: Page, tmp_path: Path) -> None:
    page = owner_page
    page.goto("/datasets/")
    page.context.route(
        "**/api/v1/uploads/*/", lambda route: route.abort() if route.request.method == "PATCH" else route.continue_()
    )
    page.locator("#upload-file").set_input_files(zip_of(tmp_path / "march.zip", class_folders()))
    page.get_by_text("The connection is gone. What has arrived is kept").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused. What has arrived is kept.").wait_for()
    page.get_by_role("button", name="Give up").click()
    page.get_by_text("The upload was given up").wait_for()
    wait_for(lambda: not Upload.objects.exists(), what="the end of the upload")
    assert page.locator("#upload-file").is_visible()


def test_a_login_that_ran_out_is_told_and_the_upload_goes_on_behind_the_next(
    owner_page: Page, owner: User, tmp_path: Path
) -> None:
    page, path = owner_page, zip_of(tmp_path / "march.zip", class_folders())
    page.goto("/datasets/")
    kept = page.context.cookies()
    page.context.clear_cookies()
    page.locator("#upload-file").set_input_files(path)
    page.get_by_text("You are logged out. Log in in another tab").wait_for()
    page.context.add_cookies(kept)
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/imports/*/", timeout=30_000)
    assert sha256(kept_upload()) == sha256(path)


def test_a_whole_upload_that_nobody_took_is_not_sent_again(owner_page: Page, tmp_path: Path) -> None:
    page, path = owner_page, zip_of(tmp_path / "march.zip", class_folders())
    page.route("**/datasets/new/", lambda route: route.abort())
    page.goto("/datasets/")
    page.locator("#upload-file").set_input_files(path)
    page.get_by_text("The upload was not taken").wait_for()
    whole = Upload.objects.get()
    assert whole.status == "whole"
    page.unroute("**/datasets/new/")
    page.goto("/datasets/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if "/api/v1/uploads/" in request.url else None)
    page.locator("#upload-file").set_input_files(path)
    page.wait_for_url("**/imports/*/", timeout=30_000)
    assert sent == ["HEAD"]
    assert DatasetImport.objects.get().upload_id == whole.pk


def test_an_upload_that_was_damaged_is_told_and_begun_anew(owner_page: Page, tmp_path: Path) -> None:
    page, path = owner_page, zip_of(tmp_path / "march.zip", class_folders())

    def damage(route: Route) -> None:
        with Upload.objects.get().path.open("r+b") as file:
            file.write(b"damaged")
        route.continue_()

    page.route("**/datasets/new/", damage)
    page.goto("/datasets/")
    page.locator("#upload-file").set_input_files(path)
    page.get_by_text("What arrived is not what was sent").wait_for()
    wait_for(lambda: not Upload.objects.exists(), what="the end of the damaged upload")
    page.unroute("**/datasets/new/")
    page.locator("#upload-file").set_input_files(path)
    page.wait_for_url("**/imports/*/", timeout=30_000)
    assert sha256(kept_upload()) == sha256(path)
