"""The review desk in a real browser, by keyboard alone: words, lines, undo, approval, two people at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.audio import write_flac
from recognition.models import Correction, Transcription
from recognition.services.revisions import segments_of
from recognition.services.segment_edits import expected_errors
from recognition.services.waves import FinePeaks, peaks_of
from speechsite.lib.files import private_path, relative
from tests.browser.conftest import accessibility_findings, watched_page
from tests.deadline import wait_for
from tests.home.test_overview import sentences_of
from tests.recognition.spoken import kept, segment
from tests.recognition.tones import tone

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def lines() -> tuple[dict[str, Any], ...]:
    first = segment(("harbour", 0.5, 1.0, 0.97), ("control", 1.1, 1.6, 0.93), ("this", 1.7, 1.9, 0.8))
    second = segment(("berth", 3.0, 3.4, 0.95), ("for", 3.5, 3.8, 0.41), ("eta", 3.9, 4.2, 0.72))
    third = segment(("wind", 6.0, 6.3, 0.99), ("dusting", 6.4, 6.9, 0.3), ("out", 7.0, 7.3, 0.98))
    second["words"][1]["alternatives"] = [
        {"text": "four", "confidence": 0.44},
        {"text": "for", "confidence": 0.41},
        {"text": "fore", "confidence": 0.09},
    ]
    return first, second, third


def with_sound(row: Transcription) -> Transcription:
    """Give a row the sound of its words: a tone where each is said."""
    samples = np.zeros(round(row.duration_seconds * 16_000), np.float32)
    for part in row.segments:
        for word in part["words"]:
            sound = tone(500, seconds=word["end"] - word["start"])
            start = round(word["start"] * 16_000)
            samples[start : start + len(sound)] = sound
    path = private_path("transcriptions", row.pk, ".flac")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_flac(path, samples)
    fine = FinePeaks()
    fine.add(samples)
    fine.write(path)
    row.audio, row.peaks, row.expected_errors = relative(path), peaks_of(samples), expected_errors(row.segments)
    row.save()
    return row


@pytest.fixture
def harbour(owner: User) -> Transcription:
    return with_sound(kept(owner, *lines(), duration_seconds=9.0))


def opened(page: Page, log_in: Any, owner: User, row: Transcription) -> Page:
    log_in(page, owner)
    page.goto(f"/transcriptions/{row.pk}/")
    page.locator("[data-checked]", has_text="checked").wait_for()
    return page


def word(page: Page, text: str) -> Locator:
    return page.locator("#segments .w").filter(has_text=text).first


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.value || document.activeElement.textContent"))


def texts(row: Transcription) -> list[str]:
    row.refresh_from_db()
    return [part["text"] for part in segments_of(row)]


def becomes(row: Transcription, *expected: str) -> None:
    wait_for(lambda: texts(row) == list(expected), what=f"{expected}, not {texts(row)}")


def settled(page: Page, revision: int) -> None:
    page.locator("[data-saved]", has_text=f"revision {revision}, saved").wait_for()


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


IS_BETWEEN = """word => {
  const box = word.getBoundingClientRect();
  const above = document.querySelector('.player').getBoundingClientRect().bottom;
  return box.top >= above && box.bottom <= document.querySelector('[data-finish]').getBoundingClientRect().top;
}"""


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
