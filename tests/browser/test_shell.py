"""What every page shares, in a real browser: keys, light and dark, the player, fragments, notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.home.test_overview import dataset_of, job_of
from training_jobs.models import TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROW = """
() => {
  const bars = Array.from({length: 72}, (_, n) => `M${n * 3} 10h2v20h-2z`).join('');
  document.getElementById('content').innerHTML = `<div id="messages"></div><div data-player id="row">
    <button class="btn" data-play="/static/styleguide.wav" aria-label="Play nine">
      <svg class="icon"><use href="/static/build/icons.svg#player-play-filled"></use></svg></button>
    <svg class="wave" viewBox="0 0 216 40"><path d="${bars}"/></svg></div>`;
}
"""


@pytest.fixture
def at_account(page: Page, owner: User, log_in: Callable[[Page, User], None]) -> Page:
    log_in(page, owner)
    page.goto("/account/")
    return page


def test_the_first_thing_the_tab_key_reaches_skips_to_the_content(at_account: Page) -> None:
    at_account.keyboard.press("Tab")
    expect(at_account.get_by_role("link", name="Skip to content")).to_be_focused()
    at_account.keyboard.press("Enter")
    at_account.wait_for_url("**/account/#content")


def test_g_and_a_letter_go_somewhere(at_account: Page, site: str) -> None:
    at_account.keyboard.press("g")
    at_account.keyboard.press("h")
    at_account.wait_for_url(f"{site}/")


def test_keys_belong_to_the_text_while_one_writes(at_account: Page) -> None:
    field = at_account.get_by_label("What is it for?")
    field.press_sequentially("gh?")
    expect(field).to_have_value("gh?")
    expect(at_account.get_by_role("dialog")).to_be_hidden()


def test_a_question_mark_shows_the_keys_and_escape_closes_them(at_account: Page) -> None:
    at_account.keyboard.press("?")
    expect(at_account.get_by_role("dialog", name="Keys")).to_be_visible()
    at_account.keyboard.press("Escape")
    expect(at_account.get_by_role("dialog", name="Keys")).to_be_hidden()


def test_the_chosen_look_holds_on_the_next_page_before_it_is_painted(at_account: Page) -> None:
    at_account.get_by_label("Dark").check()
    at_account.goto("/account/password/")
    assert at_account.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    at_account.goto("/account/")
    expect(at_account.get_by_label("Dark")).to_be_checked()
    at_account.get_by_label("As the system").check()
    assert at_account.evaluate("'bsTheme' in document.documentElement.dataset") is False


def test_a_play_button_plays_pauses_and_fills_its_wave(at_account: Page) -> None:
    at_account.evaluate(ROW)
    at_account.get_by_role("button", name="Play nine").click()
    expect(at_account.get_by_role("button", name="Pause nine")).to_be_visible()
    expect(at_account.locator("#row .heard")).to_have_count(1)
    at_account.get_by_role("button", name="Pause nine").click()
    expect(at_account.get_by_role("button", name="Play nine")).to_be_visible()
    at_account.get_by_role("button", name="Play nine").click()
    expect(at_account.locator("#row .heard")).to_have_count(0)


def test_a_recording_that_is_gone_is_said_in_words(at_account: Page) -> None:
    at_account.evaluate(ROW)
    at_account.evaluate("document.querySelector('[data-play]').dataset.play = '/static/gone.wav'")
    at_account.get_by_role("button", name="Play nine").click()
    expect(at_account.get_by_text("The recording was not played")).to_be_visible()


def test_values_reach_the_style_without_style_attributes_in_the_page(at_account: Page) -> None:
    mark = '<i id="v" data-v="0.4" data-h="20"></i>'
    at_account.evaluate("html => document.getElementById('content').insertAdjacentHTML('beforeend', html)", mark)
    width = "getComputedStyle(document.getElementById('v')).getPropertyValue"
    assert at_account.evaluate(f"{width}('--v')") == "0.4"
    assert at_account.evaluate(f"{width}('--h')") == "20px"


def test_the_running_job_is_followed_until_it_ends(
    page: Page, owner: User, log_in: Callable[[Page, User], None]
) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    job = job_of(owner, dataset, "running", stage="training", attempt=1, epoch=3, epochs=40, progress=0.1)
    log_in(page, owner)
    expect(page.get_by_text("Epoch 3 of 40", exact=True)).to_be_visible()
    page.locator("#job-live-open").focus()
    TrainingJob.objects.filter(pk=job.pk).update(epoch=4)
    expect(page.get_by_text("Epoch 4 of 40", exact=True)).to_be_visible()
    expect(page.locator("#job-live-open")).to_be_focused()
    TrainingJob.objects.filter(pk=job.pk).update(status="cancelled", finished_at=job.created_at)
    expect(page.locator("#job-live")).to_have_count(0)
    expect(page.locator(".job-chip a")).to_have_count(0)


def test_a_lost_connection_is_said_and_taken_back(
    page: Page, owner: User, log_in: Callable[[Page, User], None]
) -> None:
    dataset = dataset_of(owner, takes={"one": 8, "two": 8})
    job_of(owner, dataset, "running", stage="training", attempt=1, epoch=3, epochs=40)
    log_in(page, owner)
    page.route("**/running-job/**", lambda route: route.abort())
    expect(page.get_by_text("The site does not answer")).to_be_visible()
    page.unroute("**/running-job/**")
    expect(page.get_by_text("The site does not answer")).to_be_hidden()
