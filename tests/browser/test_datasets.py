"""Upload an archive, watch it being read, look at the clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import accessibility_findings
from tests.datasets.sounds import class_folders, silent_wav, spoken_wav, zip_of
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.services.clips import clip_create
from training_jobs.services.datasets import dataset_create
from training_jobs.services.imports import import_create, import_run

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RATE_HZ = 16_000


@pytest.fixture
def filled(owner: User, tmp_path: Path) -> Dataset:
    """Return a dataset with four clips, a rejected one and a problem."""
    dataset = dataset_create(owner=owner, name="Kitchen", language="en", prompts=["yes", "no"])
    files = {**class_folders(), "words/no/silent.wav": silent_wav(), "words/no/text.wav": b"no sound"}
    path = zip_of(tmp_path / "kitchen.zip", files)
    row = import_create(dataset=dataset, owner=owner, file=path, source_name="kitchen.zip")
    assert import_run(import_id=row.pk)
    return dataset


def test_an_archive_is_looked_at_kept_and_shown(owner_page: Page, worker: None, tmp_path: Path) -> None:
    page = owner_page
    archive = zip_of(tmp_path / "field_march.zip", {**class_folders(), "words/no/silent.wav": silent_wav()})
    page.goto("/datasets/")
    page.locator("#upload-file").set_input_files(archive)
    page.wait_for_url("**/imports/*/")
    page.get_by_text("field_march.zip has been looked at").wait_for(timeout=60_000)
    assert page.get_by_text("Nothing is kept yet. 4 of 5 entries can become clips, 1 cannot.").count() == 1
    assert page.get_by_text("Class folders").count() >= 1
    assert "every 1s" not in (page.locator("#import").evaluate("element => element.outerHTML"))
    assert not Clip.objects.exists()
    page.get_by_role("button", name="Keep 4 clips").click()
    page.get_by_text("field_march.zip has been read").wait_for(timeout=60_000)
    assert page.get_by_text("4 clips kept of 5 files").count() == 1
    page.get_by_role("link", name="Open field march").click()
    page.get_by_role("heading", name="field march").wait_for()
    assert page.locator("[data-clip]").count() == 4
    assert page.locator("svg.wave path").count() == 4
    assert DatasetImport.objects.get().status == "done"


def test_one_press_makes_the_sample_dataset(owner_page: Page, worker: None) -> None:
    owner_page.goto("/datasets/")
    owner_page.get_by_role("button", name="Add the sample dataset").click()
    owner_page.get_by_text("sample_words.zip has been read").wait_for(timeout=90_000)
    assert Clip.objects.filter(status="ready").count() == 480


def test_an_upload_over_the_limit_is_not_even_sent(owner_page: Page, tmp_path: Path) -> None:
    page = owner_page
    page.goto("/datasets/")
    page.locator("form[data-upload]").evaluate("form => { form.dataset.limitBytes = '10'; }")
    page.locator("#upload-file").set_input_files(zip_of(tmp_path / "a.zip", class_folders()))
    page.get_by_text("a.zip is too large").wait_for()
    assert not DatasetImport.objects.exists()


def test_what_is_no_archive_is_answered_on_the_import_page(owner_page: Page, worker: None, tmp_path: Path) -> None:
    path = tmp_path / "holiday.zip"
    path.write_bytes(b"this is not an archive")
    owner_page.goto("/datasets/")
    owner_page.locator("#upload-file").set_input_files(path)
    owner_page.get_by_text("This file is not an archive").wait_for(timeout=60_000)
    assert owner_page.get_by_role("link", name="Upload again").count() == 1


def test_a_clip_is_played_corrected_and_rejected_by_keys(owner_page: Page, filled: Dataset) -> None:
    page = owner_page
    page.goto(f"/datasets/{filled.pk}/")
    page.keyboard.press("j")
    first = page.locator("[data-clip]").first
    name = first.locator("b").inner_text()
    page.keyboard.press("Space")
    first.get_by_role("button", name=f"Pause {name}").wait_for()
    page.wait_for_function("() => document.querySelector('[data-clip] .heard')")
    page.keyboard.press("l")
    page.locator("[data-editing] [name=text]").fill("maybe")
    page.keyboard.press("Enter")
    page.locator("[data-clip] b", has_text="maybe").wait_for()
    assert filled.clips.filter(text="maybe").count() == 1
    page.keyboard.press("x")
    page.locator("[data-clip].out").wait_for()
    assert filled.clips.get(text="maybe").status == "rejected"
    page.keyboard.press("x")
    page.locator("[data-clip].out").wait_for(state="detached")
    assert filled.clips.get(text="maybe").status == "ready"


def test_filters_narrow_the_clips_without_leaving_the_page(owner_page: Page, filled: Dataset) -> None:
    page = owner_page
    page.goto(f"/datasets/{filled.pk}/")
    page.get_by_label("Label", exact=True).select_option("no")
    page.wait_for_function("() => document.querySelectorAll('[data-clip]').length === 2")
    page.get_by_label("Status").select_option("rejected")
    page.wait_for_function("() => document.querySelectorAll('[data-clip].out').length === 1")
    assert page.get_by_text("Silent from start to end").count() >= 1
    page.get_by_label("Search clips").fill("zzz")
    page.get_by_text("No clips like that").wait_for()


def test_the_pages_are_accessible(owner_page: Page, owner: User, filled: Dataset) -> None:
    page = owner_page
    failed = import_create(
        dataset=filled, owner=owner, file=filled.clips.all()[0].audio_path, source_name="no_archive.flac"
    )
    import_run(import_id=failed.pk)
    done = filled.imports.get(status="done")
    empty = dataset_create(owner=owner, name="Empty")
    clip_create(dataset=filled, audio=spoken_wav(9), text="yes", speaker="ana", origin=Clip.Origin.RECORDING)
    for address in (
        "/datasets/",
        "/datasets/new/",
        f"/datasets/{filled.pk}/",
        f"/datasets/{empty.pk}/",
        f"/datasets/{filled.pk}/upload/",
        f"/datasets/{filled.pk}/record/",
        f"/datasets/{empty.pk}/record/",
        f"/imports/{done.pk}/",
        f"/imports/{failed.pk}/",
        f"/clips/{filled.clips.all()[0].pk}/edit/",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert accessibility_findings(page) == [], address
        for width in (390, 768):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("() => new Promise(requestAnimationFrame)")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (address, width)
        page.set_viewport_size({"width": 1440, "height": 900})
