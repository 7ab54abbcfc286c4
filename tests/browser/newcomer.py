"""What a newcomer does in the pages, from the first account to the first word; knows pages and addresses alone.

The fake microphone speaks as a person does: one word, a pause. Each word has a browser of its own, because a fake
microphone plays one file; whoever uses the pages waits for quiet, presses, listens, presses.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recognition.engine.audio import decode, wav_bytes
from tests.deadline import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

SAMPLE = Path(__file__).resolve().parents[2] / "training_jobs/sample/sample_words.zip"
NAME = "amina"
PASSWORD = "a long enough secret"
WORDS = ("yes", "no", "stop", "go", "left")
TAKES = 8
VOICE = "ada"
RATE_HZ = 16_000
PAUSE_SECONDS = 1.2
QUIET_FOR_MS = 350
A_MINUTE = 60_000
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


def make_the_first_account(page: Page, address: str) -> None:
    """Follow the set-up link."""
    page.goto(address)
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.get_by_role("heading", name=f"Welcome, {NAME}").wait_for()


def log_in(page: Page, name: str = NAME, password: str = PASSWORD) -> None:
    """Log in through the login page."""
    page.goto("/login/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def name_the_words(page: Page) -> str:
    """Make a dataset of the words and say who speaks; return the address of the dataset's page."""
    page.goto("/datasets/new/")
    page.get_by_label("Name").fill("Mine")
    page.get_by_label("What to record").fill("\n".join(WORDS))
    page.get_by_role("button", name="Make it and record").click()
    dialog = page.get_by_role("dialog", name="Who speaks?")
    dialog.get_by_label("This person knows").check()
    dialog.get_by_role("button", name="Go on").click()
    page.get_by_role("dialog", name="Check the microphone").wait_for()
    return page.url.removesuffix("record/")


def record_the_words(page: Page, dataset: str, page_for: Callable[[str], Page]) -> Page:
    """Record all takes, of the first word on this page, of each other one on a page of its own; return the last one."""
    for number, word in enumerate(WORDS):
        if number > 0:
            page = page_for(word)
            log_in(page)
        page.goto(f"{dataset}record/")
        check_the_microphone(page)
        for _ in range(TAKES):
            record_a_take(page, word)
        wait_for_takes(page, dataset, count=(number + 1) * TAKES)
    return page


def check_the_microphone(page: Page) -> None:
    """Let the page listen to the room and the voice, as it asks for before the first take."""
    check = page.get_by_role("dialog", name="Check the microphone")
    check.get_by_role("button", name="Begin").click()
    check.get_by_role("button", name="Start recording").click()


def record_a_take(page: Page, word: str) -> None:
    """Choose the word, record it once, keep it."""
    page.locator("[data-words] button", has_text=word).click()
    say_it(page)
    page.keyboard.press("Enter")
    page.locator("[data-studio][data-state=idle]").wait_for()


def say_it(page: Page) -> None:
    """Wait for quiet, press, listen until the word is over, press; the take is judged then."""
    page.wait_for_function(LISTEN, arg=[False, QUIET_FOR_MS])
    page.keyboard.press("Space")
    page.locator("[data-studio][data-state=recording]").wait_for()
    page.wait_for_function(LISTEN, arg=[True, 50])
    page.wait_for_function(LISTEN, arg=[False, QUIET_FOR_MS])
    page.keyboard.press("Space")
    page.locator("[data-studio][data-state=judged]").wait_for()


def wait_for_takes(page: Page, dataset: str, *, count: int) -> None:
    """Look at the dataset's page until so many clips are ready."""

    def are_ready() -> bool:
        page.goto(dataset)
        return page.locator("#clips").get_by_text(f"{count} ready").count() > 0

    wait_for(are_ready, what=f"the dataset with {count} good takes", every=0.5)


def train(page: Page, dataset: str) -> None:
    """Train on the dataset as fast as the page offers it, and wait for the result."""
    page.goto(dataset)
    page.get_by_role("link", name="Train on this dataset").click()
    page.get_by_label("Fast").check()
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("link", name="Try it").wait_for(timeout=8 * A_MINUTE)


def try_it_aloud(page: Page, *, seconds: int) -> None:
    """From a result to the microphone: hold Space for so long, then wait until all of it is answered."""
    page.get_by_role("link", name="Try it").click()
    page.get_by_role("button", name="Hold to speak").wait_for()
    page.wait_for_load_state("networkidle")
    page.keyboard.down("Space")
    page.locator("[data-status]", has_text=f"Listening, {seconds}.").wait_for(timeout=A_MINUTE)
    page.keyboard.up("Space")
    page.locator("[data-heard] .w").first.wait_for(timeout=A_MINUTE)
    page.get_by_text("Ready. Hold the button and speak.").wait_for()
