from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import accessibility_findings
from tests.training.rows import finished_job, learning_job, make_dataset, spoken_by
from training_jobs.models import TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at(page: Page, owner: User, log_in: Callable[[Page, User], None]) -> Page:
    log_in(page, owner)
    return page


def test_the_form_is_drawn_anew_as_it_is_filled_in(at: Page, owner: User) -> None:
    make_dataset(owner, speaker=spoken_by)
    at.goto("/training/new/")
    at.get_by_text("All settings").click()
    at.get_by_label("Recipe").select_option("lstm")
    expect(at.get_by_label("MFCC count")).to_be_visible()
    at.get_by_label("On new takes of known voices").check()
    expect(at.get_by_text("Choose the voices kept aside")).to_have_count(0)
    at.get_by_label("On voices it has never heard").check()
    at.get_by_text("Choose the voices kept aside").click()
    at.get_by_role("checkbox", name="cleo").check()
    expect(at.get_by_text("cleo is kept aside.")).to_be_visible()
    expect(at.get_by_role("checkbox", name="cleo")).to_be_checked()
    expect(at.get_by_label("MFCC count")).to_be_visible()
    assert accessibility_findings(at) == []


def test_a_value_out_of_bounds_is_said_beside_its_field_before_anything_starts(at: Page, owner: User) -> None:
    make_dataset(owner)
    at.goto("/training/new/")
    at.get_by_text("All settings").click()
    epochs = at.locator("#launch-epochs")
    epochs.fill("9999")
    expect(epochs).to_have_accessible_description(re.compile("^.*epochs must be a whole number from 1 to 500"))
    expect(epochs).to_have_attribute("aria-invalid", "true")
    expect(epochs).to_be_focused()
    expect(at.get_by_role("status").get_by_text("epochs must be a whole number from 1 to 500")).to_be_visible()
    assert accessibility_findings(at) == []
    epochs.fill("5")
    expect(at.locator("#launch-settings .field-problem")).to_have_count(0)


def test_what_is_typed_while_the_form_is_drawn_anew_stays(at: Page, owner: User) -> None:
    make_dataset(owner)
    at.goto("/training/new/")
    at.get_by_text("All settings").click()
    held: list[Route] = []
    at.route("**/training/new/?*", lambda route: route.continue_() if held else held.append(route))
    with at.expect_request("**/training/new/?*"):
        at.locator("#launch-epochs").fill("8")
        at.keyboard.press("Tab")
    at.keyboard.type("5")
    held[0].continue_()
    expect(at.locator("#launch-settings .state", has_text="changed")).to_have_count(2)
    expect(at.locator("#launch-minimum_steps")).to_have_value("5")
    expect(at.locator("#launch-minimum_steps")).to_be_focused()


def test_a_form_that_takes_long_to_draw_anew_says_that_it_waits(at: Page, owner: User) -> None:
    make_dataset(owner)
    at.goto("/training/new/")
    held: list[Route] = []
    at.route("**/training/new/?*", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handlers, a bound method cannot be
    told = at.get_by_role("status").filter(has_text=re.compile("^Loading$"))
    expect(told).to_have_count(0)
    at.locator("#launch-preset-fast").check()
    expect(told).to_be_visible()
    expect(at.locator("#launch")).to_have_attribute("aria-busy", "true")
    at.locator("#launch-preset-accurate").check()  # another request takes its place
    while len(held) < 2:
        at.wait_for_timeout(50)
    expect(told).to_be_visible()
    held[-1].continue_()
    expect(told).to_have_count(0)
    expect(at.locator("#launch")).not_to_have_attribute("aria-busy", "true")
    expect(at.locator("#launch-preset-accurate")).to_be_checked()


def test_a_running_job_is_followed_and_cancelled_in_place(at: Page, owner: User) -> None:
    job = learning_job(owner)
    at.goto(f"/training/{job.pk}/")
    expect(at.locator("#job-learning .plot svg")).to_have_count(2)
    TrainingJob.objects.filter(pk=job.pk).update(epoch=9)
    expect(at.get_by_text("Epoch 9 of 40")).to_be_visible()
    assert accessibility_findings(at) == []
    at.locator("#cancel-ask summary").click()
    at.get_by_role("button", name="Keep training").click()
    expect(at.get_by_role("button", name="Keep training")).to_be_hidden()
    at.locator("#cancel-ask summary").click()
    at.get_by_role("button", name="Cancel training").click()
    expect(at.get_by_text("Cancelling", exact=True)).to_be_visible()
    job.refresh_from_db()
    assert job.cancel_requested_at


def test_a_page_left_open_shows_the_result_when_the_job_ends(at: Page, owner: User) -> None:
    job = finished_job(owner)
    TrainingJob.objects.filter(pk=job.pk).update(status="running", stage="exporting", attempt=1, finished_at=None)
    at.goto(f"/training/{job.pk}/")
    expect(at.get_by_text("Writing it down")).to_be_visible()
    TrainingJob.objects.filter(pk=job.pk).update(status="succeeded", finished_at=job.finished_at)
    expect(at.get_by_role("heading", name="Where it goes wrong")).to_be_visible()


def test_arrows_move_in_the_matrix_and_enter_lists_the_clips(at: Page, owner: User) -> None:
    job = finished_job(owner)
    at.goto(f"/training/{job.pk}/")
    assert accessibility_findings(at) == []
    hit = at.get_by_label("one heard as one")
    hit.focus()
    at.keyboard.press("ArrowDown")
    expect(at.get_by_label("one heard as one")).to_be_focused()
    at.get_by_label("three heard as two").focus()
    at.keyboard.press("ArrowDown")
    expect(at.get_by_label("two heard as two")).to_be_focused()
    at.keyboard.press("Enter")
    expect(at.get_by_role("heading", name="“two” heard right")).to_be_visible()
    expect(at.locator("td.sel")).to_have_count(1)
    expect(at.get_by_label("two heard as two")).to_be_focused()


@pytest.mark.parametrize("width", [390, 768])
def test_nothing_of_the_training_pages_is_wider_than_the_screen(at: Page, owner: User, width: int) -> None:
    finished = finished_job(owner)
    running = learning_job(owner, name="Digits")
    at.set_viewport_size({"width": width, "height": 844})
    for path in ("/training/", "/training/new/", f"/training/{running.pk}/", f"/training/{finished.pk}/"):
        at.goto(path)
        assert at.evaluate("document.documentElement.scrollWidth") <= width, path
