"""A checked upload in a browser: listening, answering, another look, keeping and throwing away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import accessibility_findings
from tests.datasets.sounds import class_folders, common_voice, silent_wav, spoken_wav, zip_of
from tests.datasets.test_import_check import READ_ALOUD, checked, uploaded
from training_jobs.models import Clip, Dataset, DatasetImport
from training_jobs.services.datasets import dataset_create
from training_jobs.services.import_decision import import_discard

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sentences(owner: User, tmp_path: Path) -> DatasetImport:
    """Return a checked upload of sentences with a problem, into an empty dataset."""
    dataset = dataset_create(owner=owner, name="Read aloud", language="en")
    files = common_voice({**READ_ALOUD, "silent.wav": ("train", "ana", "Nothing is said.")})
    return checked(dataset, zip_of(tmp_path / "cv.zip", files))


def test_a_clip_is_heard_before_anything_is_kept(owner_page: Page, sentences: DatasetImport) -> None:
    page = owner_page
    page.goto(f"/imports/{sentences.pk}/")
    play = page.get_by_role("button", name="Play The cat sat.").first
    play.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Pause The cat sat.").first.wait_for()
    page.wait_for_function("() => document.querySelector('.example .heard')")
    assert not Clip.objects.exists()


def test_rules_change_the_characters_in_place_and_keep_the_focus(owner_page: Page, sentences: DatasetImport) -> None:
    page = owner_page
    page.goto(f"/imports/{sentences.pk}/")
    capital = page.locator(".characters").get_by_text("T", exact=True)
    assert capital.count() == 0
    page.get_by_label("Capital letters").focus()
    page.get_by_label("Capital letters").select_option("keep")
    page.get_by_text("capitals kept, no punctuation, digits kept").wait_for()
    assert capital.is_visible()
    assert page.evaluate("document.activeElement.id") == "ask-rule_case"
    sentences.refresh_from_db()
    assert (sentences.status, sentences.options["rules"]["case"]) == ("checked", "keep")


def test_another_kind_is_looked_at_again_and_then_kept(
    owner_page: Page, sentences: DatasetImport, worker: None
) -> None:
    page = owner_page
    page.goto(f"/imports/{sentences.pk}/")
    page.locator("#ask-kind-1").check()
    page.get_by_text("the upload is looked at once more before anything is kept").wait_for()
    page.get_by_role("button", name="Look again first").click()
    page.get_by_text("Your answers change how this upload is read").wait_for()
    page.get_by_role("button", name="Keep 5 clips").wait_for(timeout=60_000)
    assert not Clip.objects.exists()
    page.get_by_role("button", name="Keep 5 clips").click()
    page.get_by_text("cv.zip has been read").wait_for(timeout=60_000)
    assert Dataset.objects.get().kind == "words"
    assert Clip.objects.filter(status="ready").count() == 5


def test_columns_are_mapped_by_selects_over_the_first_rows(
    owner_page: Page, owner: User, worker: None, tmp_path: Path
) -> None:
    page = owner_page
    table = b"file,label,spoken\na.wav,x,turn on\nb.wav,x,turn off\n"
    files = {"a.wav": spoken_wav(0), "b.wav": spoken_wav(1), "list.csv": table}
    row = checked(dataset_create(owner=owner, name="Lamp"), zip_of(tmp_path / "lamp.zip", files))
    page.goto(f"/imports/{row.pk}/")
    page.locator("#ask-column_text").select_option("spoken")
    page.get_by_role("button", name="Look again with these columns").click()
    page.locator(".rows-read td", has_text="turn off").wait_for(timeout=60_000)
    assert page.locator("#ask-column_text").input_value() == "spoken"


def test_an_upload_is_thrown_away(owner_page: Page, sentences: DatasetImport) -> None:
    page = owner_page
    page.goto(f"/imports/{sentences.pk}/")
    page.get_by_role("button", name="Throw this upload away").click()
    page.get_by_text("cv.zip was thrown away. Nothing of it was kept.").wait_for()
    sentences.refresh_from_db()
    assert sentences.status == "discarded"


def test_looking_is_stopped_on_the_way(owner_page: Page, owner: User, tmp_path: Path) -> None:
    page = owner_page
    dataset = dataset_create(owner=owner, name="Kitchen")
    row = uploaded(dataset, zip_of(tmp_path / "a.zip", class_folders()))
    DatasetImport.objects.filter(pk=row.pk).update(status="checking", rows_total=948, rows_done=412, progress=0.43)
    page.goto(f"/imports/{row.pk}/")
    page.get_by_text("412 of 948 files looked at").wait_for()
    page.get_by_role("button", name="Stop and throw away").click()
    page.get_by_text("a.zip was thrown away").wait_for()


def test_every_state_is_accessible_and_fits_a_phone(
    owner_page: Page, owner: User, sentences: DatasetImport, tmp_path: Path
) -> None:
    page = owner_page
    dataset = dataset_create(owner=owner, name="Kitchen", language="ar")
    words = checked(dataset, zip_of(tmp_path / "w.zip", {**class_folders(), "words/no/silent.wav": silent_wav()}))
    nothing = checked(dataset, zip_of(tmp_path / "n.zip", {"yes/a.wav": b"x", "no/b.wav": b"y"}))
    gone = checked(dataset, zip_of(tmp_path / "g.zip", class_folders()))
    import_discard(row=gone)
    waiting = uploaded(dataset, zip_of(tmp_path / "q.zip", class_folders()))
    addresses = [f"/imports/{row.pk}/" for row in (sentences, words, nothing, gone, waiting)]
    for address in [*addresses, f"/datasets/{dataset.pk}/", "/datasets/"]:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of its literals
            page.goto(address)
            page.wait_for_load_state("load")
            assert accessibility_findings(page) == [], (address, scheme)
        for width in (390, 768):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("() => new Promise(requestAnimationFrame)")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (address, width)
        page.set_viewport_size({"width": 1440, "height": 900})
