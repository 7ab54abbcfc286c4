"""What is written on the review desk: words, lines, undo, revisions, two people at once, clips for a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recognition.models import Correction, Transcription
from recognition.services.revisions import segments_of
from tests.browser.chromium import watched_page
from tests.browser.conftest import accessibility_findings
from tests.browser.desk import becomes, focused, harbour, opened, settled, texts, word
from tests.deadline import wait_for
from tests.home.test_overview import sentences_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from playwright.sync_api import Browser, Page

__all__ = ["harbour"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_line_is_written_kept_while_one_rests_and_its_words_keep_their_times(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    word(page, "control").focus()
    page.keyboard.press("e")
    field = page.get_by_label("Text of this line")
    assert field.input_value() == "harbour control this"
    page.keyboard.press("End")
    page.keyboard.type(" is sea wolf")
    settled(page, 1)
    assert field.is_visible()
    page.keyboard.type(" inbound")
    page.keyboard.press("Enter")
    becomes(harbour, "harbour control this is sea wolf inbound", "berth for eta", "wind dusting out")
    settled(page, 2)
    field.wait_for(state="detached")
    first, control = segments_of(harbour)[0]["words"][:2]
    assert (first["start"], first["confidence"]) == (0.5, 0.97)
    assert (control["start"], control["end"]) == (1.1, 1.6)
    assert page.evaluate("document.activeElement.closest('#segments') !== null")


def test_lines_are_cut_joined_and_nudged(page: Page, log_in: Any, owner: User, harbour: Transcription) -> None:
    opened(page, log_in, owner, harbour)
    word(page, "control").focus()
    page.keyboard.press("Control+Shift+Enter")
    becomes(harbour, "harbour", "control this", "berth for eta", "wind dusting out")
    settled(page, 1)
    assert focused(page) == "control"
    page.keyboard.press("Alt+Shift+ArrowRight")
    settled(page, 2)
    harbour.refresh_from_db()
    assert segments_of(harbour)[1]["start"] == pytest.approx(1.2)
    page.keyboard.press("Alt+Shift+ArrowUp")
    settled(page, 3)
    harbour.refresh_from_db()
    assert segments_of(harbour)[1]["end"] == pytest.approx(2.0)
    word(page, "harbour").focus()
    page.keyboard.press("Control+Shift+Backspace")
    becomes(harbour, "harbour control this", "berth for eta", "wind dusting out")
    settled(page, 4)
    assert page.locator("[data-line-said]").inner_text() == "Line 1, 0:00.5 to 0:02.0"
    assert page.locator("#segments > li").count() == 3


def test_two_people_at_once_lose_no_word(
    page: Page, chromium: Browser, site: str, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    context = chromium.new_context(base_url=site)
    with watched_page(context) as other:
        opened(other, log_in, owner, harbour)
        # Different lines, and different words of one line: both are kept, and each sees the other's.
        for desk, at, text in ((page, "harbour", "harbor"), (other, "dusting", "gusting"), (other, "this", "here")):
            word(desk, at).focus()
            desk.keyboard.press("Enter")
            desk.keyboard.type(text)
            desk.keyboard.press("Enter")
            desk.locator("[data-saved]", has_text="saved").wait_for()
        becomes(harbour, "harbor control here", "berth for eta", "wind gusting out")
        other.locator("#segments > li").first.filter(has_text="harbor control here").wait_for()

        # The same word: the later one is kept beside, and both are shown.
        word(page, "for").focus()
        page.keyboard.press("Alt+1")
        becomes(harbour, "harbor control here", "berth four eta", "wind gusting out")
        word(other, "for").focus()
        other.keyboard.press("Alt+3")
        notice = other.locator(".aside-notice")
        notice.wait_for()
        assert "The text has “berth four eta”. Yours, “berth fore eta”, is kept as revision" in notice.inner_text()
        assert accessibility_findings(other) == []
        assert texts(harbour)[1] == "berth four eta"
        assert harbour.corrections.get(kind="aside").text == "harbor control here berth fore eta wind gusting out"
        notice.get_by_role("button", name="Take mine").press("Enter")
        becomes(harbour, "harbor control here", "berth fore eta", "wind gusting out")


def test_two_who_write_the_same_line_see_each_others_words_in_it(
    page: Page, chromium: Browser, site: str, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    with watched_page(chromium.new_context(base_url=site)) as other:
        opened(other, log_in, owner, harbour)
        word(page, "harbour").focus()
        page.keyboard.press("e")
        word(other, "this").focus()
        other.keyboard.press("Enter")
        other.keyboard.type("here")
        other.keyboard.press("Enter")
        settled(other, 1)
        page.keyboard.press("Home")
        page.keyboard.type("the ")
        field = page.get_by_label("Text of this line")
        wait_for(lambda: field.input_value() == "the harbour control here", what="the other's word in the field")
        page.keyboard.press("Enter")
        becomes(harbour, "the harbour control here", "berth for eta", "wind dusting out")


def test_what_did_not_arrive_is_sent_again_also_by_the_next_page(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    page.context.set_offline(True)
    word(page, "for").focus()
    page.keyboard.press("Alt+1")
    page.get_by_text("The last changes have not arrived").wait_for()
    assert not harbour.corrections.exists()
    page.context.set_offline(False)
    becomes(harbour, "harbour control this", "berth four eta", "wind dusting out")
    page.get_by_text("The last changes have not arrived").wait_for(state="detached")

    page.context.set_offline(True)
    word(page, "dusting").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("gusting")
    page.keyboard.press("Enter")
    page.get_by_text("The last changes have not arrived").wait_for()
    page.context.set_offline(False)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/transcriptions/{harbour.pk}/")
    becomes(harbour, "harbour control this", "berth four eta", "wind gusting out")


def test_revisions_are_shown_compared_and_brought_back(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    word(page, "for").focus()
    page.keyboard.press("Alt+1")
    settled(page, 1)
    log = page.locator("#log")
    log.get_by_text("revision 1, edited by you").wait_for()
    log.get_by_text("What changed").press("Enter")
    log.locator("del", has_text="for").wait_for()
    assert log.locator("ins").all_inner_texts() == ["four"]
    assert accessibility_findings(page) == []
    log.get_by_text("What differs").press("Enter")
    page.get_by_role("button", name="Bring back what was heard").press("Enter")
    page.get_by_text("The text is what was heard again.").wait_for()
    assert texts(harbour) == ["harbour control this", "berth for eta", "wind dusting out"]
    assert Correction.objects.filter(kind="restored").count() == 1


def test_a_line_goes_into_a_dataset_with_one_press(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    dataset = sentences_of(owner, seconds=600)
    opened(page, log_in, owner, harbour)
    page.get_by_text("1 clip, the whole recording to Read aloud").wait_for()
    word(page, "dusting").focus()
    page.keyboard.press("Control+Shift+d")
    page.get_by_role("status").filter(has_text="1 clip went into Read aloud.").wait_for()
    clip = dataset.clips.get(origin="correction")
    assert (clip.text, clip.transcription) == ("wind dusting out", harbour)
    assert accessibility_findings(page) == []
    page.goto(f"/datasets/{dataset.pk}/?origin=correction")
    page.get_by_role("link", name="correction of harbour.mp3").press("Enter")
    page.wait_for_url("**/?at=5.9")
    wait_for(lambda: focused(page) == "wind", what="the word it begins with")
