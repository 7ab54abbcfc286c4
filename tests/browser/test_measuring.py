"""Comparing two versions and searching values, in the browser: asked for, seen done, listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from tests.browser.test_accessibility import check
from tests.recognition.tone_model import LABELS
from tests.training.test_evaluations import tone_clips, tone_versions
from training_jobs.models import Dataset, Evaluation, Sweep, TrainingJob
from training_jobs.services.evaluation_run import evaluation_run
from training_jobs.services.sweeps import sweep_advance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def dataset(owner: User, tmp_path: Path) -> Dataset:
    """Return clips of tones, and give the owner two versions: the first mixes two tones up."""
    tone_versions(owner, tmp_path)
    return tone_clips(owner)


def test_two_versions_are_compared_from_the_models_page(
    page: Page, owner: User, dataset: Dataset, log_in: Callable[[Page, User], None]
) -> None:
    log_in(page, owner)
    page.goto("/models/tones/")
    page.get_by_role("link", name="Compare").click()
    assert page.get_by_label("Version").input_value() == "tones@v2"
    assert page.get_by_label("Compared with").input_value() == "tones@v1"
    page.get_by_role("button", name="Let them hear").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Waiting for a worker").wait_for()
    row = Evaluation.objects.get()
    check(page, f"/evaluations/{row.pk}/")
    evaluation_run(evaluation_id=row.pk)
    page.get_by_role("heading", name="tones@v2 is better than tones@v1").wait_for()  # the page loads anew by itself
    assert page.get_by_role("link", name="24 better now").get_attribute("aria-current") == "true"
    page.get_by_role("link", name="0 worse now").click()
    page.get_by_text("No clip is like that.").wait_for()
    page.get_by_role("link", name="36 all").click()
    page.get_by_role("button", name=f"Play {LABELS[0]}").first.click()
    page.wait_for_function("document.querySelector('#clips .play').closest('tr') !== null")
    check(page, f"/evaluations/{row.pk}/")
    check(page, "/evaluations/")


def test_a_search_is_started_watched_and_led_to_a_training(
    page: Page, owner: User, dataset: Dataset, log_in: Callable[[Page, User], None]
) -> None:
    log_in(page, owner)
    check(page, "/sweeps/new/")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_label("Recipe").select_option("lstm")
    page.get_by_label("Lowest units").wait_for()
    page.get_by_label("Tries, at most 200").fill("2")
    page.get_by_role("button", name="Start searching").click()
    page.get_by_role("heading", name="The first try is under way").wait_for()
    sweep = Sweep.objects.get()
    for accuracy in (0.8, 0.9):
        job = TrainingJob.objects.filter(sweep=sweep).order_by("-trial")[0]
        metrics = {"val_accuracy": accuracy, "val_loss": 0.4}
        TrainingJob.objects.filter(pk=job.pk).update(status="succeeded", metrics=metrics, finished_at=timezone.now())
        sweep_advance(sweep_id=sweep.pk)
    page.get_by_role("heading", name="Try 2 did best: 10.0").wait_for()
    check(page, f"/sweeps/{sweep.pk}/")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Train with the values of try 2", exact=True).first.click()
    page.get_by_role("heading", name="Train a recogniser").wait_for()
    second = TrainingJob.objects.get(sweep=sweep, trial=2)
    assert page.locator("#launch-units").input_value() == str(second.options["units"])
    check(page, "/training/")
