"""The pages of sentences in a browser: what a press does without leaving the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.training.sentence_rows import ARABIC, finished_sentences_job, sentences_dataset
from training_jobs.services.speakers import speaker_create

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_press_on_a_confusion_lists_its_clips_in_place(owner: User, owner_page: Page) -> None:
    job = finished_sentences_job(owner, repeats=6)
    owner_page.goto(f"/training/{job.pk}/")
    link = owner_page.locator(".confusions a", has_text="lights")
    link.click()
    owner_page.get_by_text("6 clips with").wait_for()
    assert owner_page.locator(".sentence-list > li").count() == 6
    assert link.get_attribute("aria-current") == "true"
    assert owner_page.url.endswith(f"/training/{job.pk}/")
    owner_page.locator("#clips-speaker").select_option("ben")
    owner_page.get_by_text("of ben, most errors first").wait_for()
    owner_page.get_by_role("link", name="Show all test clips").click()
    owner_page.get_by_text("36 clips, most errors first").wait_for()
    owner_page.locator("#clips-better").click()
    owner_page.get_by_text("21 to 36 of 36").wait_for()


def test_a_text_that_runs_from_the_right_is_drawn_from_the_right(owner: User, owner_page: Page) -> None:
    job = finished_sentences_job(owner, ARABIC, language="ar")
    owner_page.goto(f"/training/{job.pk}/")
    first, second = (owner_page.locator(".aligned").first.locator(".pair").nth(place) for place in (0, 1))
    boxes = (first.bounding_box(), second.bounding_box())
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] > boxes[1]["x"]


def test_another_writing_rule_shows_at_once_what_it_does(owner: User, owner_page: Page) -> None:
    dataset = sentences_dataset(owner, texts=["Turn the lights off, please.", "What time is it?"] * 30)
    owner_page.goto(f"/training/new/?dataset={dataset.pk}")
    after = owner_page.locator(".before-after td:nth-child(2)")
    assert "turn the lights off please" in after.all_inner_texts()
    owner_page.get_by_label("kept and learned").check()
    after.filter(has_text="turn the lights off, please.").first.wait_for()
    assert owner_page.get_by_label("kept and learned").is_checked()
    assert owner_page.locator(".characters bdi", has_text=",").count() == 1


def test_the_characters_of_a_dataset_are_counted_after_the_page_is_there(owner: User, owner_page: Page) -> None:
    dataset = sentences_dataset(owner, texts=["Señor"] + ["Turn it off."] * 10)
    owner_page.goto(f"/datasets/{dataset.pk}/")
    owner_page.locator("#characters .rare", has_text="ñ").wait_for()
    owner_page.locator("#characters .rare a", has_text="ñ").click()
    owner_page.get_by_text("1 ready").wait_for()


def test_the_studio_asks_for_one_sentence_after_the_other(owner: User, owner_page: Page) -> None:
    dataset = sentences_dataset(owner, texts=["Turn it off."])
    dataset.prompts = ["Turn it off.", "What time is it, please?"]
    dataset.save()
    speaker_create(owner=owner, name="Amina")
    owner_page.evaluate("localStorage['speechsite-speaker'] = 'Amina'; localStorage['speechsite-room'] = '-60'")
    owner_page.goto(f"/datasets/{dataset.pk}/record/")
    prompt = owner_page.locator("[data-prompt]")
    assert prompt.inner_text() == "What time is it, please?"
    assert owner_page.get_by_text("1 of 2 read.").count() == 1
    assert owner_page.get_by_text("Sentence 2 of 2").count() == 1
    assert prompt.evaluate("element => getComputedStyle(element).textAlign") == "start"
    owner_page.keyboard.press("s")
    assert prompt.inner_text() == "Turn it off."
