"""The review desk in a real browser: keys, player, doubtful words, approval, paper, every state for axe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import accessibility_findings
from tests.browser.desk import becomes, focused, harbour, lines, opened, settled, texts, with_sound, word
from tests.deadline import wait_for
from tests.recognition.spoken import kept, segment

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from playwright.sync_api import Page

    from recognition.models import Transcription

__all__ = ["harbour"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
IS_BETWEEN = """word => {
  const box = word.getBoundingClientRect();
  const above = document.querySelector('.player').getBoundingClientRect().bottom;
  return box.top >= above && box.bottom <= document.querySelector('[data-finish]').getBoundingClientRect().top;
}"""


def test_a_review_without_a_mouse(page: Page, log_in: Any, owner: User, harbour: Transcription) -> None:
    opened(page, log_in, owner, harbour)
    assert page.locator("[data-checked]").inner_text() == "0 of 4 doubtful words checked"
    word(page, "harbour").focus()
    page.keyboard.press("Tab")
    assert focused(page) == "this"
    page.keyboard.press("Tab")
    assert focused(page) == "for"
    group = page.get_by_role("group", name="What it may have been")
    assert group.locator("bdi").all_inner_texts() == ["four", "for", "fore"]
    page.keyboard.press("Alt+1")
    becomes(harbour, "harbour control this", "berth four eta", "wind dusting out")
    settled(page, 1)
    assert focused(page) == "four"
    assert word(page, "four").get_attribute("aria-description") == "corrected by you, was “for”"
    assert page.locator("[data-checked]").inner_text() == "1 of 4 doubtful words checked"

    page.keyboard.press("Tab")
    assert focused(page) == "eta"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    settled(page, 2)
    assert word(page, "eta").get_attribute("aria-description") == "confirmed by you"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("gusting up")
    page.keyboard.press("Enter")
    becomes(harbour, "harbour control this", "berth four eta", "wind gusting up out")
    settled(page, 3)

    page.keyboard.press("Control+z")
    becomes(harbour, "harbour control this", "berth four eta", "wind dusting out")
    settled(page, 4)
    page.keyboard.press("Control+Shift+z")
    becomes(harbour, "harbour control this", "berth four eta", "wind gusting up out")
    settled(page, 5)

    kinds = list(harbour.corrections.order_by("number").values_list("kind", flat=True))
    assert kinds == ["edited", "edited", "edited", "undone", "undone"]


def test_approving_opens_the_next_that_waits(page: Page, log_in: Any, owner: User, harbour: Transcription) -> None:
    other = with_sound(kept(owner, *lines()[1:2], duration_seconds=5.0, source_name="evening.wav"))
    opened(page, log_in, owner, harbour)
    queue = page.locator(".queue a")
    shown = [" ".join(text.split()) for text in queue.all_inner_texts()]
    assert shown == ["harbour.mp3 about 2 wrong", "evening.wav under 1 wrong"]
    word(page, "for").focus()
    page.keyboard.press("Alt+1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/transcriptions/{other.pk}/")
    page.get_by_text("“harbour.mp3” is approved. This is the next one.").wait_for()
    kinds = list(harbour.corrections.order_by("number").values_list("kind", flat=True))
    assert kinds == ["edited", "approved"]
    page.keyboard.press("Control+Enter")
    page.get_by_text("Nothing else waits for a look.").wait_for()


def test_tab_leaves_the_text_behind_the_last_doubtful_word(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    word(page, "dusting").focus()
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('#segments') !== null")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "dusting"
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "eta"


def test_the_player_obeys_the_usual_keys_also_while_writing(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    speed, now = page.locator("[data-speed]"), page.locator("[data-now]")
    word(page, "for").focus()
    page.keyboard.press("e")
    page.keyboard.press("Control+2")
    assert now.inner_text() == "0:02.0"
    page.keyboard.press("F2")
    assert now.inner_text() == "0:04.0"
    page.keyboard.press("F1")
    page.keyboard.press("Control+4")
    assert (now.inner_text(), speed.inner_text()) == ("0:02.0", "1.1×")
    page.keyboard.press("F3")
    page.keyboard.press("F3")
    assert speed.inner_text() == "0.9×"
    page.keyboard.press("Escape")
    page.locator("[data-toggle][aria-label=Pause]").wait_for()
    page.keyboard.press("Escape")
    page.locator("[data-toggle][aria-label=Play]").wait_for()
    assert page.get_by_label("Text of this line").input_value() == "berth for eta"
    page.keyboard.press("Enter")
    assert not harbour.corrections.exists()


def test_a_line_is_played_over_and_over(page: Page, log_in: Any, owner: User, harbour: Transcription) -> None:
    opened(page, log_in, owner, harbour)
    word(page, "for").focus()
    page.evaluate(
        """() => {
          window.places = [];
          const said = document.querySelector('[data-now]');
          const note = () => window.places.push(Number(said.textContent.split(':')[1]));
          new MutationObserver(note).observe(said, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.keyboard.press("Control+l")
    page.wait_for_function(
        "() => window.places.some((at, i) => at > 3.8 && window.places.slice(i).some((then) => then < 3.3))"
    )
    assert page.locator("[data-loop]").get_attribute("aria-pressed") == "true"
    assert max(page.evaluate("window.places")) < 4.6
    page.keyboard.press("Control+l")
    assert page.locator("[data-loop]").get_attribute("aria-pressed") == "false"


def test_a_key_is_changed_kept_in_this_browser_and_brought_back(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    page.keyboard.press("?")
    assert accessibility_findings(page) == []
    page.get_by_role("button", name="Change the key of: two seconds forward").press("Enter")
    page.keyboard.press("Control+3")
    said = page.locator("[data-rebind-said]")
    assert said.inner_text() == "Ctrl 3 is now: two seconds forward. It was the key of: slower."
    page.get_by_role("button", name="Close").press("Enter")
    page.reload()
    page.locator("[data-checked]", has_text="checked").wait_for()
    page.keyboard.press("Control+3")
    assert page.locator("[data-now]").inner_text() == "0:02.0"
    assert page.locator("[data-speed]").inner_text() == "1.0×"
    page.keyboard.press("?")
    page.get_by_role("button", name="Back to the usual keys").press("Enter")
    page.get_by_role("button", name="Close").press("Enter")
    page.keyboard.press("Control+3")
    assert page.locator("[data-speed]").inner_text() == "0.9×"


def test_the_slider_says_how_many_words_it_marks_and_is_remembered(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    slider = page.get_by_label("Mark words below")
    assert page.locator("[data-doubt-said]").inner_text() == "85\u00a0%: marks 4 of 9 words"
    slider.focus()
    page.keyboard.press("Home")
    assert page.locator("[data-doubt-said]").inner_text() == "30\u00a0%: marks 0 of 9 words"
    slider.evaluate("slider => { slider.value = 95; slider.dispatchEvent(new Event('input', { bubbles: true })); }")
    assert slider.get_attribute("aria-valuetext") == "95\u00a0%: marks 5 of 9 words"
    assert word(page, "control").get_attribute("aria-description") == "unsure, 93\u00a0%"
    page.reload()
    page.locator("[data-doubt-said]", has_text="95").wait_for()
    assert "unsure" in (word(page, "control").get_attribute("class") or "")


def test_the_wave_is_seen_from_near_and_pressed(page: Page, log_in: Any, owner: User) -> None:
    row = with_sound(kept(owner, *lines(), duration_seconds=120.0))
    opened(page, log_in, owner, row)
    path = page.locator("[data-wave] svg.wave path").first
    whole = path.get_attribute("d")
    page.get_by_role("button", name="Show it from nearer").press("Enter")
    page.locator("[data-overview]").wait_for()
    wait_for(lambda: path.get_attribute("d") != whole, what="the wave from near")
    assert page.locator("[data-zoom-said]").inner_text() == "0:30"
    box = page.locator("[data-wave]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.locator("[data-now]").inner_text() == "0:15.0"
    overview = page.locator("[data-overview]").bounding_box()
    assert overview is not None
    page.mouse.click(overview["x"] + overview["width"] * 0.75, overview["y"] + 5)
    assert page.locator("[data-now]").inner_text() == "1:30.0"
    page.get_by_role("button", name="Show more of the recording").press("Enter")
    wait_for(lambda: path.get_attribute("d") == whole, what="the whole wave")


def test_a_long_text_comes_behind_its_first_lines_and_follows_the_wave(page: Page, log_in: Any, owner: User) -> None:
    many = [segment((f"word{number}", float(number), number + 0.5, 0.4)) for number in range(400)]
    row = with_sound(kept(owner, *many, duration_seconds=400.0))
    opened(page, log_in, owner, row)
    wait_for(lambda: page.locator("#segments > li").count() == 400, what="all lines")
    page.locator("[data-doubt-said]", has_text="marks 400 of 400 words").wait_for()
    box = page.locator("[data-wave]").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 20)
    there = word(page, "word300")
    wait_for(lambda: there.evaluate(IS_BETWEEN), what="the line at the moment, between player and acts")
    there.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("changed")
    page.keyboard.press("Enter")
    settled(page, 1)
    assert texts(row)[300] == "changed"
    assert page.locator("#segments > li").nth(300).inner_text().endswith("changed")


def test_right_to_left_words_are_gone_through_and_chosen(page: Page, log_in: Any, owner: User) -> None:
    line = segment(("مرحبا", 0.5, 1.0, 0.9), ("بالعالم", 1.1, 1.8, 0.5))
    line["words"][1]["alternatives"] = [
        {"text": "بالعلم", "confidence": 0.45},
        {"text": "بالعالم", "confidence": 0.4},
    ]
    row = with_sound(kept(owner, line, language="ar", duration_seconds=3.0))
    opened(page, log_in, owner, row)
    word(page, "مرحبا").focus()
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "بالعالم"
    around = word(page, "بالعالم").bounding_box()
    choices = page.get_by_role("group", name="What it may have been").bounding_box()
    assert around is not None
    assert choices is not None
    assert choices["x"] + choices["width"] == pytest.approx(around["x"] + around["width"], abs=2)
    assert accessibility_findings(page) == []
    page.keyboard.press("Alt+1")
    becomes(row, "مرحبا بالعلم")


def test_the_text_is_copied(page: Page, site: str, log_in: Any, owner: User, harbour: Transcription) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    opened(page, log_in, owner, harbour)
    page.get_by_text("Export", exact=True).click()
    page.get_by_role("button", name="Copy as text").press("Enter")
    page.get_by_text("The text is copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "harbour control this berth for eta wind dusting out"


def test_on_paper_there_is_the_text_with_its_times(
    page: Page, log_in: Any, owner: User, harbour: Transcription
) -> None:
    opened(page, log_in, owner, harbour)
    page.emulate_media(media="print")
    assert page.locator("#segments time").first.is_visible()
    assert word(page, "dusting").is_visible()
    for part in ("[data-audio]", "#finish", "#origin", ".bar"):
        assert not page.locator(part).is_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(
    page: Page, log_in: Any, owner: User, harbour: Transcription, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    opened(page, log_in, owner, harbour)
    assert accessibility_findings(page) == []
    word(page, "for").focus()
    assert accessibility_findings(page) == []
    page.keyboard.press("Enter")
    assert accessibility_findings(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    assert accessibility_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
