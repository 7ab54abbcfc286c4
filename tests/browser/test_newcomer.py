"""A newcomer's first ten minutes: five words of their own, eight takes each, a training, and a word understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recognition.models import Transcription
from tests.browser.newcomer import TAKES, WORDS, name_the_words, record_the_words, spoken, train, try_it_aloud
from tests.browser.test_once_round_the_loop import make_the_first_account
from training_jobs.models import Clip, TrainingJob

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


def test_five_words_of_ones_own_are_understood(
    worker: None,
    microphone_page: Callable[[Path], Page],
    tmp_path: Path,
) -> None:
    def page_for(word: str) -> Page:
        return microphone_page(spoken(word, tmp_path))

    page = page_for(WORDS[0])
    make_the_first_account(page)
    dataset = name_the_words(page)
    page = record_the_words(page, dataset, page_for)
    assert Clip.objects.filter(status="ready").count() == len(WORDS) * TAKES
    train(page, dataset)
    assert TrainingJob.objects.get().status == "succeeded"
    try_it_aloud(page, seconds=3)
    # Whatever the microphone said when the key was let go was cut off, and is a row of its own.
    assert WORDS[-1] in {row.text for row in Transcription.objects.filter(status="done", answer="words")}
