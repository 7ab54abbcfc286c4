"""Once round the loop in a real browser: set-up link, sample dataset, training, a spoken word, its correction."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recognition.engine.audio import decode, wav_bytes
from recognition.models import Correction, ModelAlias, Transcription
from speechsite.accounts.services.setup import setup_link_create
from tests.browser import newcomer
from tests.browser.newcomer import A_MINUTE, SAMPLE, try_it_aloud
from training_jobs.models import DatasetImport, TrainingJob

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
WORD, SPEAKER = "stop", "ada"


def spoken_word(folder: Path) -> Path:
    """Write what the fake microphone plays over and over: one word by one voice, and a pause."""
    with zipfile.ZipFile(SAMPLE) as archive:
        word = decode(archive.read(f"clips/{WORD}_{SPEAKER}_0.opus")).samples
    room = np.random.default_rng(1).normal(0, 1e-4, 16_000).astype(np.float32)
    path = folder / "spoken.wav"
    path.write_bytes(wav_bytes(np.concatenate([room[:8000], word, room])))
    return path


def make_the_first_account(page: Page) -> None:
    newcomer.make_the_first_account(page, f"/setup/{setup_link_create()}/")


def add_the_sample_dataset(page: Page) -> None:
    page.get_by_role("button", name="Add the sample dataset").click()
    page.get_by_text("480 clips kept").first.wait_for(timeout=2 * A_MINUTE)
    done = DatasetImport.objects.get()
    assert (done.status, done.clips_kept, done.clips_rejected) == ("done", 480, 0)


def train_on_it(page: Page) -> None:
    page.goto("/datasets/")
    page.get_by_role("link", name="Sample words").first.click()
    page.get_by_role("link", name="Train on this dataset").click()
    page.get_by_label("Fast").check()
    page.get_by_role("button", name="Start training").click()
    page.get_by_text(re.compile(r"Epoch \d+ of \d+")).first.wait_for(timeout=2 * A_MINUTE)
    page.get_by_role("link", name="Try it").wait_for(timeout=5 * A_MINUTE)
    job = TrainingJob.objects.get()
    assert job.status == "succeeded"
    assert job.snapshot is not None
    assert SPEAKER in job.snapshot.speakers["test"], "the voice of this test must be one the model never heard"
    assert job.metrics["accuracy"] > 0.8
    assert ModelAlias.objects.get(name="production").version == job.model_version


def say_the_word(page: Page) -> None:
    try_it_aloud(page, seconds=3)
    heard = Transcription.objects.filter(answer="words")
    assert {(row.status, row.origin, row.text) for row in heard} == {("done", "microphone", WORD)}


def find_it_again_and_correct_it(page: Page) -> None:
    page.get_by_role("link", name="Review").first.click()
    page.get_by_role("searchbox").fill(WORD)
    # The microphone was cut off in mid-word: that piece is a row, too.
    page.locator("#found [data-row]", has_text=WORD).first.locator("a").first.click()
    page.get_by_label("What was said").fill("go")
    page.get_by_role("button", name="Keep this text").click()
    page.get_by_text("corrected by you").first.wait_for()
    heard = Transcription.objects.get(text="go")
    assert heard.confidence is not None
    assert WORD in heard.heard_text
    assert Correction.objects.get().text == "go"


def test_a_newcomer_goes_once_round_the_loop(
    worker: None, microphone_page: Callable[[Path], Page], tmp_path: Path
) -> None:
    page = microphone_page(spoken_word(tmp_path))
    for step in (
        make_the_first_account,
        add_the_sample_dataset,
        train_on_it,
        say_the_word,
        find_it_again_and_correct_it,
    ):
        step(page)
