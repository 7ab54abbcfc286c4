"""A newcomer's first ten minutes: five words of their own, eight takes each, a training, and a word that is understood.

The fake microphone speaks as a person does: one word, a pause. Each word has a browser of its own, because a fake
microphone plays one file; whoever uses the pages waits for quiet, presses, listens, presses.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.audio import decode, wav_bytes
from recognition.models import Transcription
from tests.browser.test_once_round_the_loop import A_MINUTE, SAMPLE, make_the_first_account, try_it_aloud
from tests.conftest import PASSWORD
from tests.deadline import wait_for
from training_jobs.models import Clip, Dataset, Speaker, TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.timeout(1_200),
    pytest.mark.django_db(transaction=True),
]
WORDS = ("yes", "no", "stop", "go", "left")
TAKES = 8
VOICE = "ada"
RATE_HZ = 16_000
PAUSE_SECONDS = 1.2
QUIET_FOR_MS = 350
# Waits until the level has been below (above) a mark for some time, as a person listens.
LISTEN = """([isLoud, ms]) => {
  const bar = document.querySelector('[data-studio] .meter-bar');
  const loud = Number(bar.style.getPropertyValue('--v')) > 0.35;
  if (loud !== isLoud) window.since = undefined;
  else window.since ??= performance.now();
  return window.since !== undefined && performance.now() - window.since >= ms;
}"""


def spoken(word: str, folder: Path) -> Path:
    """Write what the fake microphone says over and over: four takes of a word by one voice, with pauses."""
    room = np.random.default_rng(1).normal(0, 1e-4, round(PAUSE_SECONDS * RATE_HZ)).astype(np.float32)
    with zipfile.ZipFile(SAMPLE) as archive:
        takes = [decode(archive.read(f"clips/{word}_{VOICE}_{number}.opus")).samples for number in range(4)]
    path = folder / f"{word}.wav"
    path.write_bytes(wav_bytes(np.concatenate([part for take in takes for part in (take, room)])))
    return path


def log_in(page: Page) -> None:
    page.goto("/login/")
    page.get_by_label("User name").fill("amina")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def name_the_words(page: Page) -> None:
    page.goto("/datasets/new/")
    page.get_by_label("Name").fill("Mine")
    page.get_by_label("What to record").fill("\n".join(WORDS))
    page.get_by_role("button", name="Make it and record").click()
    page.get_by_role("dialog", name="Who speaks?").wait_for()


def get_ready(page: Page) -> None:
    """Let the microphone be checked; the first time, say who speaks and that they agree."""
    page.goto(f"/datasets/{Dataset.objects.get().pk}/record/")
    if not Speaker.objects.exists():
        dialog = page.get_by_role("dialog", name="Who speaks?")
        dialog.get_by_label("This person knows").check()
        dialog.get_by_role("button", name="Go on").click()
    check = page.get_by_role("dialog", name="Check the microphone")
    check.get_by_role("button", name="Begin").click()
    check.get_by_role("button", name="Start recording").click()


def record_a_take(page: Page, word: str) -> None:
    page.locator("[data-words] button", has_text=word).click()
    page.wait_for_function(LISTEN, arg=[False, QUIET_FOR_MS])
    page.keyboard.press("Space")
    page.locator("[data-studio][data-state=recording]").wait_for()
    page.wait_for_function(LISTEN, arg=[True, 50])
    page.wait_for_function(LISTEN, arg=[False, QUIET_FOR_MS])
    page.keyboard.press("Space")
    page.locator("[data-studio][data-state=judged]").wait_for()
    page.keyboard.press("Enter")
    page.locator("[data-studio][data-state=idle]").wait_for()


def train(page: Page) -> None:
    page.goto(f"/datasets/{Dataset.objects.get().pk}/")
    page.get_by_role("link", name="Train on this dataset").click()
    page.get_by_label("Fast").check()
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("link", name="Try it").wait_for(timeout=8 * A_MINUTE)
    assert TrainingJob.objects.get().status == "succeeded"


def say_a_word(page: Page) -> None:
    try_it_aloud(page, seconds=3)
    # Whatever the microphone said when the key was let go was cut off, and is a row of its own.
    assert WORDS[-1] in {row.text for row in Transcription.objects.filter(status="done", answer="words")}


def test_five_words_of_ones_own_are_understood(
    worker: None,
    microphone_page: Callable[[Path], Page],
    tmp_path: Path,
) -> None:
    for number, word in enumerate(WORDS):
        page = microphone_page(spoken(word, tmp_path))
        if number == 0:
            make_the_first_account(page)
            name_the_words(page)
        else:
            log_in(page)
        get_ready(page)
        for _ in range(TAKES):
            record_a_take(page, word)
    wanted = len(WORDS) * TAKES
    wait_for(lambda: Clip.objects.filter(status="ready").count() == wanted, what=f"{wanted} good takes")
    train(page)
    say_a_word(page)
