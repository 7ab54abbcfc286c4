"""Once round the loop without a pointer and without motion: record, train, speak, correct, improve."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from recognition.models import Correction, Transcription
from speechsite.accounts.services.setup import setup_link_create
from tests.browser.keyboard import choose, go, press, reach, write
from tests.browser.newcomer import A_MINUTE, say_it
from tests.browser.test_once_round_the_loop import WORD, spoken_word
from tests.conftest import PASSWORD
from tests.deadline import wait_for
from training_jobs.models import Clip, DatasetImport, TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]


def make_the_first_account(page: Page) -> None:
    page.goto(f"/setup/{setup_link_create()}/")
    write(page, "User name", "amina")
    write(page, "Password", PASSWORD)
    press(page, "Make the account")
    page.get_by_role("heading", name="Welcome, amina").wait_for()


def add_the_sample_dataset(page: Page) -> None:
    press(page, "Add the sample dataset")
    page.get_by_text("480 clips kept").first.wait_for(timeout=2 * A_MINUTE)
    assert DatasetImport.objects.get().status == "done"


def open_the_dataset(page: Page) -> None:
    go(page, "d")
    page.wait_for_url("**/datasets/")
    press(page, "Sample words")
    page.wait_for_url("**/datasets/*-*/")


def record_a_word(page: Page) -> None:
    open_the_dataset(page)
    press(page, "Record")
    page.get_by_role("dialog", name="Who speaks?").wait_for()
    reach(page, "This person knows")
    page.keyboard.press("Space")
    press(page, "Go on")
    page.get_by_role("dialog", name="Check the microphone").wait_for()
    press(page, "Begin")
    page.get_by_role("button", name="Start recording").wait_for()
    press(page, "Start recording")
    press(page, WORD)
    say_it(page)
    page.keyboard.press("Enter")
    wait_for(Clip.objects.filter(origin="recording", status="ready", text=WORD).exists, what="the take")


def train_on_it(page: Page) -> None:
    open_the_dataset(page)
    press(page, "Train on this dataset")
    page.wait_for_url("**/training/new/**")
    choose(page, "Balanced", "Fast")
    press(page, "Start training")
    page.get_by_text(re.compile(r"Epoch \d+ of \d+")).first.wait_for(timeout=2 * A_MINUTE)
    page.get_by_role("link", name="Try it").wait_for(timeout=5 * A_MINUTE)
    assert TrainingJob.objects.get().status == "succeeded"


def say_the_word(page: Page) -> None:
    press(page, "Try it")
    page.get_by_role("button", name="Hold to speak").wait_for()
    page.wait_for_load_state("networkidle")
    page.keyboard.down("Space")
    page.locator("[data-status]", has_text="Listening, 3.").wait_for(timeout=A_MINUTE)
    page.keyboard.up("Space")
    page.locator("[data-heard] .w").first.wait_for(timeout=A_MINUTE)
    page.get_by_text("Ready. Hold the button and speak.").wait_for()
    assert Transcription.objects.filter(answer="words", text=WORD).exists()


def correct_it(page: Page) -> None:
    go(page, "r")
    page.wait_for_url("**/transcriptions/")
    press(page, WORD)
    page.wait_for_url("**/transcriptions/*-*/")
    write(page, "What was said", "go")
    press(page, "Keep this text")
    page.get_by_text("corrected by you").first.wait_for()
    assert Correction.objects.get().text == "go"


def improve_with_it(page: Page) -> None:
    press(page, "Improve with my corrections")
    better = wait_for(lambda: TrainingJob.objects.exclude(status="succeeded").first(), what="the next training")
    assert better.start_version_id is not None
    page.wait_for_url("**/training/*-*/")
    press(page, "Cancel training")  # asks
    press(page, "Cancel training")  # does it
    wait_for(lambda: TrainingJob.objects.get(pk=better.pk).status == "cancelled", what="its end")


def test_the_loop_by_keyboard_alone_and_without_motion(
    worker: None, microphone_page: Callable[[Path], Page], tmp_path: Path
) -> None:
    page = microphone_page(spoken_word(tmp_path))
    page.emulate_media(reduced_motion="reduce")
    for step in (
        make_the_first_account,
        add_the_sample_dataset,
        record_a_word,
        train_on_it,
        say_the_word,
        correct_it,
        improve_with_it,
    ):
        step(page)
