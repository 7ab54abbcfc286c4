"""axe finds nothing on the shell's pages, wide and narrow, light and dark, and nothing runs over the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechsite.accounts.services.setup import setup_link_create
from tests.browser.conftest import accessibility_findings
from tests.home.test_overview import add_clips, answer_of, dataset_of, job_of, version_of
from tests.training.sentence_rows import (
    ARABIC,
    finished_sentences_job,
    learning_sentences_job,
    sentences_dataset,
)
from training_jobs.models import JobEvent
from training_jobs.services.language_texts import language_text_create

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LOOKS = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def check(page: Page, address: str) -> None:
    page.goto(address)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        # Without motion: a colour on its way from one look to the other is not what is judged.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        where = f"{address} at {width} {scheme}"
        assert accessibility_findings(page) == [], where
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, where


def test_the_way_in(page: Page) -> None:
    check(page, f"/setup/{setup_link_create()}/")
    check(page, "/setup/used/")
    check(page, "/login/")


def test_the_account_and_what_is_not_there(page: Page, owner: User, log_in: Callable[[Page, User], None]) -> None:
    log_in(page, owner)
    for address in ("/account/", "/account/password/", "/nothing/"):
        check(page, address)
    page.goto("/account/")
    page.get_by_label("What is it for?").fill("laptop")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_label("The new token").wait_for()
    assert accessibility_findings(page) == []


def test_home_at_the_first_run(page: Page, owner: User, log_in: Callable[[Page, User], None]) -> None:
    log_in(page, owner)
    check(page, "/")


def test_home_with_numbers(page: Page, owner: User, log_in: Callable[[Page, User], None]) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    add_clips(dataset, text="two", amount=2, origin="recording")
    job = job_of(owner, dataset, "running", stage="training", attempt=1, epoch=2, epochs=40, progress=0.1)
    for epoch in (1, 2):
        JobEvent.objects.create(job=job, attempt=1, kind="epoch", data={"epoch": epoch, "val_accuracy": 0.3 * epoch})
    clips = [{"said": "one", "heard": "two", "confidence": 0.5}, {"said": "two", "heard": "two", "confidence": 0.9}]
    JobEvent.objects.create(job=job, attempt=1, kind="hears", data={"epoch": 2, "clips": clips})
    version_of(owner, number=1, accuracy=0.8)
    version_of(owner, name="another", accuracy=0.9)
    newest = version_of(owner, number=2, accuracy=0.9)
    for confidence in (0.97, 0.7, 0.4):
        answer_of(newest, confidence)
    answer_of(newest, None, "silence")
    log_in(page, owner)
    check(page, "/?loop=digits")


def test_the_pages_of_sentences(page: Page, owner: User, log_in: Callable[[Page, User], None]) -> None:
    english = finished_sentences_job(owner, repeats=4, trained_on=["the lights are on"])
    arabic = finished_sentences_job(owner, ARABIC, language="ar", name="arabic")
    learning = learning_sentences_job(owner, rates=[(1.0, 1.0), (0.7, 0.4)], heard="turn light off now")
    texts = ["Turn the lights off, please.", "Room 12 it is", "Über alles"] * 15
    dataset = sentences_dataset(owner, "Home", texts=texts)
    language_text_create(dataset=dataset, name="Names", content="Aachen")
    log_in(page, owner)
    check(page, f"/training/{english.pk}/")
    check(page, f"/training/{arabic.pk}/clips/?speaker=ada")
    check(page, f"/training/{learning.pk}/")
    check(page, f"/training/new/?dataset={dataset.pk}")
    check(page, f"/datasets/{dataset.pk}/")
    check(page, f"/datasets/{arabic.dataset_id}/")
    check(page, f"/datasets/{dataset.pk}/texts/")
    check(page, "/datasets/new/")
    check(page, "/models/")
    check(page, "/models/dictation/v1/")
