"""Say a word into the fake microphone, read what was heard, correct it, find it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.models import Correction, Transcription
from tests.browser.conftest import accessibility_findings
from tests.deadline import wait_for
from tests.recognition.conftest import heard, register, tones
from tests.recognition.tones import HERTZ, room, said, tone, wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

    from recognition.models import ModelVersion

__all__ = ["heard", "register", "tones"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def playing(folder: Path, frequency_hz: float) -> Path:
    """Write what the fake microphone plays over and over: one tone in two seconds."""
    path = folder / "spoken.wav"
    path.write_bytes(wav(np.concatenate([room(0.7), tone(frequency_hz), room(0.8)])))
    return path


def status_of(page: Page) -> str:
    return page.locator("[data-status]").inner_text()


@pytest.fixture
def speaker(
    owner: User,
    tones: ModelVersion,
    log_in: Callable[[Page, User], None],
    microphone_page: Callable[[Path], Page],
    tmp_path: Path,
) -> Callable[[float], Page]:
    """Return a function that opens the transcribe page with a microphone that plays a tone."""

    def open_with(frequency_hz: float) -> Page:
        page = microphone_page(playing(tmp_path, frequency_hz))
        log_in(page, owner)
        page.goto("/transcribe/")
        return page

    return open_with


def test_a_word_said_while_space_is_held_is_heard_and_found_again(speaker: Callable[[float], Page]) -> None:
    page = speaker(HERTZ["high"])
    page.keyboard.down("Space")
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Listening, 2')")
    page.keyboard.up("Space")
    page.locator("[data-heard] .w").first.wait_for()
    assert set(page.locator("[data-heard] .w").all_inner_texts()) == {"high"}
    wait_for(lambda: status_of(page).startswith("Ready"), what="the end")
    rows = Transcription.objects.all()
    assert {(row.origin, row.answer, row.text) for row in rows} == {("microphone", "words", "high")}
    wait_for(lambda: page.locator("#recent article").count() == len(rows), what="the recent answers")
    page.get_by_role("link", name="All").click()
    assert page.locator("#found [data-row]").count() == len(rows)
    assert accessibility_findings(page) == []


def test_the_button_is_held_with_the_pointer_too(speaker: Callable[[float], Page]) -> None:
    page = speaker(HERTZ["low"])
    button = page.get_by_role("button", name="Hold to speak")
    button.hover()
    page.mouse.down()
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Listening, 2')")
    page.mouse.up()
    page.locator("[data-heard] .w").first.wait_for()
    assert {row.text for row in Transcription.objects.all()} == {"low"}


def test_in_tap_mode_one_press_starts_and_one_stops(speaker: Callable[[float], Page]) -> None:
    page = speaker(HERTZ["middle"])
    page.keyboard.press("t")
    button = page.get_by_role("button", name="Tap to speak, tap again to finish")
    button.click()
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Listening, 2')")
    button.click()
    page.locator("[data-heard] .w").first.wait_for()
    assert {row.text for row in Transcription.objects.all()} == {"middle"}


def test_escape_drops_the_recording(speaker: Callable[[float], Page]) -> None:
    page = speaker(HERTZ["middle"])
    page.keyboard.press("t")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Listening')")
    page.keyboard.press("Escape")
    wait_for(lambda: "Dropped" in status_of(page), what="the status")
    assert not Transcription.objects.exists()


def test_a_doubtful_answer_is_corrected_with_one_press(
    owner: User, tones: ModelVersion, page: Page, log_in: Callable[[Page, User], None], tmp_path: Path
) -> None:
    log_in(page, owner)
    page.goto("/transcribe/")
    page.locator("[data-files]").set_input_files(playing(tmp_path, 1420.0))
    article = page.locator("#recent article").first
    article.get_by_text("Was it").wait_for()
    assert accessibility_findings(page) == []
    article.get_by_role("button", name="high", exact=True).click()
    article.locator(".w.fixed").wait_for()
    assert article.locator(".said").inner_text() == "high"
    assert Correction.objects.get().text == "high"


def test_another_word_can_be_written(
    owner: User, tones: ModelVersion, page: Page, log_in: Callable[[Page, User], None], tmp_path: Path
) -> None:
    log_in(page, owner)
    page.goto("/transcribe/")
    page.locator("[data-files]").set_input_files(playing(tmp_path, 1420.0))
    article = page.locator("#recent article").first
    article.get_by_text("another").click()
    article.get_by_label("What was said").fill("?!")
    article.get_by_role("button", name="Keep this word").click()
    article.get_by_text("has no letter or digit").wait_for()
    article.get_by_text("another").click()
    article.get_by_label("What was said").fill("seven")
    article.get_by_role("button", name="Keep this word").click()
    article.locator(".w.fixed").wait_for()
    assert Correction.objects.get().text == "seven"


def test_a_bad_file_is_refused_in_words_where_the_answer_would_stand(
    owner: User, tones: ModelVersion, page: Page, log_in: Callable[[Page, User], None], tmp_path: Path
) -> None:
    bad = tmp_path / "holiday.wav"
    bad.write_bytes(b"not a sound")
    log_in(page, owner)
    page.goto("/transcribe/")
    page.locator("[data-files]").set_input_files(bad)
    page.locator("[data-heard] .notice.bad").wait_for()
    assert "audio_undecodable" in page.locator("[data-heard]").inner_text()


def test_without_a_microphone_the_page_says_so(
    owner: User, tones: ModelVersion, page: Page, log_in: Callable[[Page, User], None]
) -> None:
    log_in(page, owner)
    page.goto("/transcribe/")
    page.keyboard.down("Space")
    page.locator("[data-heard] .notice.bad").wait_for()
    assert "microphone" in page.locator("[data-heard]").inner_text().lower()


def test_a_recording_is_played_sought_and_corrected_on_its_page(
    page: Page, log_in: Callable[[Page, User], None], owner: User, heard: Callable[..., Transcription]
) -> None:
    row = heard("low", "high", "middle")
    log_in(page, owner)
    page.goto(f"/transcriptions/{row.pk}/")
    assert accessibility_findings(page) == []
    page.get_by_label("Place in the recording").fill("2")
    assert page.locator("[data-now]").inner_text() == "0:02.0"
    page.get_by_role("button", name="high").click()
    page.locator("[data-toggle][aria-label=Pause]").wait_for()
    page.locator("[data-toggle][aria-label=Play]").wait_for()
    page.get_by_label("What was said").fill("low high low")
    page.get_by_role("button", name="Keep this text").click()
    page.get_by_text("It was heard as “low high middle”").wait_for()
    row.refresh_from_db()
    assert (row.text, row.heard_text) == ("low high low", "low high middle")


def test_the_history_is_searched_while_writing(
    page: Page, log_in: Callable[[Page, User], None], owner: User, heard: Callable[..., Transcription]
) -> None:
    for label in ("low", "high"):
        heard(label)
    log_in(page, owner)
    page.goto("/transcriptions/")
    page.get_by_label("Search").fill("high")
    wait_for(lambda: page.locator("#found [data-row]").count() == 1, what="the narrowed list")
    assert "q=high" in page.url
    page.get_by_label("Search").fill("zebra")
    page.get_by_text("Nothing matches").wait_for()


def test_a_version_is_put_in_production_and_rolled_back(
    page: Page,
    log_in: Callable[[Page, User], None],
    owner: User,
    tones: ModelVersion,
    register: Callable[..., ModelVersion],
) -> None:
    register(owner)
    log_in(page, owner)
    page.goto("/models/tones/")
    assert accessibility_findings(page) == []
    page.get_by_label("Why? Kept in the log.").fill("Hears more voices.")
    page.get_by_role("button", name="Put v2 in production").click()
    page.get_by_text("v2 is in production").first.wait_for()
    page.get_by_role("button", name="Roll back to v1").click()
    page.get_by_text("v1 is in production again.").wait_for()


def test_long_audio_is_followed_until_it_waits_for_a_worker(
    owner: User, tones: ModelVersion, page: Page, log_in: Callable[[Page, User], None], tmp_path: Path
) -> None:
    long = tmp_path / "long.wav"
    long.write_bytes(wav(said(*["low"] * 30)))
    log_in(page, owner)
    page.goto("/transcribe/")
    page.locator("[data-files]").set_input_files(long)
    page.get_by_text("Waiting for the worker. It is kept.").wait_for()
    assert Transcription.objects.get().status == "queued"
