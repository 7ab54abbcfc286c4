"""Words that appear while somebody speaks: in a real Chromium with a fake microphone, over a real WebSocket."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from recognition.models import LiveStream, Transcription
from tests.browser.conftest import accessibility_findings
from tests.deadline import wait_for
from tests.engine import tone_sentences
from tests.recognition.conftest import letters, register, tones
from tests.recognition.tones import HERTZ, room, tone, wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page, WebSocketRoute

    from recognition.models import ModelVersion

__all__ = ["letters", "register", "tones"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = "**/ws/live/"


@pytest.fixture
def talking(
    owner: User, log_in: Callable[[Page, User], None], microphone_page: Callable[[Path], Page], tmp_path: Path
) -> Callable[..., Page]:
    """Return a function that opens the transcribe page, in tap mode; the microphone plays its sounds over and over."""

    def open_with(*sounds: Any, prepare: Callable[[Page], None] = lambda page: None) -> Page:
        path = tmp_path / "spoken.wav"
        path.write_bytes(wav(np.concatenate(sounds)))
        page = microphone_page(path)
        log_in(page, owner)
        prepare(page)
        page.goto("/transcribe/")
        page.keyboard.press("t")
        return page

    return open_with


def word(label: str) -> tuple[Any, Any, Any]:
    return room(0.5), tone(HERTZ[label]), room(0.5)


def words_on(page: Page) -> list[str]:
    return page.locator("[data-heard] .w:not(.partial)").all_inner_texts()


NOTE_NAMES = """(button) => {
  window.names = [];
  const note = () => window.names.push(button.getAttribute('aria-label'));
  new MutationObserver(note).observe(button, { attributes: true, attributeFilter: ['aria-label'] });
}"""


def rows_in_order() -> list[str]:
    return list(Transcription.objects.order_by("stream_start").values_list("text", flat=True))


def ready(page: Page) -> None:
    expect(page.locator("[data-status-words]")).to_have_text("Ready. Tap the button and speak.", timeout=20_000)


def test_words_stand_there_while_the_microphone_is_still_on(talking: Callable[..., Page], tones: ModelVersion) -> None:
    page = talking(*word("low"), *word("high"))
    page.keyboard.press("Space")
    wait_for(lambda: len(words_on(page)) >= 2, what="two words")
    assert page.locator("[data-talk]").get_attribute("aria-pressed") == "true"
    assert Transcription.objects.count() >= 2
    assert accessibility_findings(page) == []
    seen = words_on(page)
    page.keyboard.press("Space")
    ready(page)
    assert words_on(page)[: len(seen)] == seen
    assert [text for text in rows_in_order() if text] == words_on(page)
    assert LiveStream.objects.count() == 1
    article = page.locator("#recent article").first
    play = article.get_by_role("button", name="Play")
    # A word is over so soon that a look at the button may come too late: what it was called is noted.
    play.evaluate(NOTE_NAMES)
    play.click()
    page.wait_for_function("names.some((name) => name.startsWith('Pause'))")


def test_the_beginning_of_a_sentence_is_shown_and_not_said_aloud(
    talking: Callable[..., Page], letters: ModelVersion
) -> None:
    page = talking(room(1.0), tone_sentences.said("hello little world one two three"), room(1.0))
    page.keyboard.press("Space")
    page.locator("[data-heard] .now-said .w").first.wait_for()
    assert page.locator("[data-heard] .now-said").get_attribute("aria-hidden") == "true"
    wait_for(lambda: "three" in words_on(page), what="the final words")
    page.keyboard.press("Space")
    ready(page)
    assert page.locator("[data-heard] .now-said .w").count() == 0


def test_the_microphone_can_be_used_again_on_the_same_connection(
    talking: Callable[..., Page], tones: ModelVersion
) -> None:
    page = talking(*word("middle"))
    for number in (1, 2):
        page.keyboard.press("Space")
        wait_for(lambda: words_on(page), what="a word")
        page.keyboard.press("Space")
        ready(page)
        assert LiveStream.objects.count() == number
    assert set(rows_in_order()) - {""} == {"middle"}


def test_what_is_said_while_the_connection_is_lost_is_heard_when_it_is_back(
    talking: Callable[..., Page], tones: ModelVersion
) -> None:
    connections: list[WebSocketRoute] = []
    is_down = False

    def connect(route: WebSocketRoute) -> None:
        if is_down:
            route.close()
            return
        connections.append(route)
        route.connect_to_server()

    page = talking(*word("low"), *word("high"), prepare=lambda page: page.route_web_socket(LIVE, connect))
    page.keyboard.press("Space")
    wait_for(lambda: words_on(page), what="the first word")
    before = words_on(page)
    is_down = True
    connections[-1].close()
    status = page.locator("[data-status]")
    expect(status).to_contain_text("The connection is lost. What you say is kept here")
    page.wait_for_function(
        "() => Number(/([\\d.]+) s$/.exec(document.querySelector('[data-seconds]').textContent)?.[1]) > 8"
    )
    assert accessibility_findings(page) == []
    page.keyboard.press("Space")
    is_down = False
    ready(page)
    assert len(connections) == 2
    shown = words_on(page)
    assert shown[: len(before)] == before
    assert len(shown) >= len(before) + 2
    # The microphone says low and high by turns, and so does the page: no word is missing, none is there twice.
    assert all(left != right for left, right in pairwise(shown))
    assert [text for text in rows_in_order() if text] == shown
    assert LiveStream.objects.count() == 1


def test_where_no_websocket_can_be_had_the_recording_is_sent(talking: Callable[..., Page], tones: ModelVersion) -> None:
    page = talking(*word("high"), prepare=lambda page: page.route_web_socket(LIVE, lambda route: route.close()))
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('[data-status]').textContent.startsWith('Listening, 3')")
    page.keyboard.press("Space")
    ready(page)
    row = Transcription.objects.get()
    assert (set(row.text.split()), row.stream_start, row.origin) == ({"high"}, 0, "microphone")
    assert set(page.locator("[data-heard] .w").all_inner_texts()) == {"high"}


def test_who_was_logged_out_keeps_what_was_said(talking: Callable[..., Page], tones: ModelVersion, owner: User) -> None:
    page = talking(*word("high"))
    page.context.clear_cookies()
    page.keyboard.press("Space")
    page.locator("[data-heard] .notice.bad").wait_for()
    assert "not_authenticated" in page.locator("[data-heard]").inner_text()
    expect(page.locator("[data-status]")).to_contain_text("What you said is kept on this page.")


RESAMPLED = """
async ({ rate, hertz }) => {
  const { Resampler } = await import('speechsite/resampler');
  const resampler = new Resampler(rate);
  const made = [];
  const whole = Float32Array.from({ length: rate }, (_, at) => 0.5 * Math.sin(2 * Math.PI * hertz * at / rate));
  for (let start = 0; start < rate; start += 441) made.push(...resampler.take(whole.subarray(start, start + 441)));
  return made;
}
"""


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 8_000])
@pytest.mark.parametrize("hertz", [440, 3_000])
def test_sound_of_another_rate_is_brought_to_16_khz(page: Page, rate: int, hertz: int) -> None:
    page.goto("/login/")
    made = np.array(page.evaluate(RESAMPLED, {"rate": rate, "hertz": hertz}))
    assert abs(len(made) - 16_000) < 50
    middle = made[1_000:-1_000]
    time = np.arange(len(middle)) / 16_000
    wave = np.exp(-2j * np.pi * hertz * time)
    amplitude = 2 * abs(np.mean(middle * wave))
    assert amplitude == pytest.approx(0.5, abs=0.01)
    rest = middle - 2 * np.real(np.mean(middle * wave) * np.conj(wave))
    assert np.sqrt(np.mean(rest**2)) < 0.005


def test_what_16_khz_cannot_hold_does_not_come_back_as_something_else(page: Page) -> None:
    page.goto("/login/")
    made = np.array(page.evaluate(RESAMPLED, {"rate": 48_000, "hertz": 11_000}))
    assert np.abs(made[1_000:-1_000]).max() < 0.005
