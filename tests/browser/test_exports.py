"""Choose a layout, watch the export being written, take the file home."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import accessibility_findings
from tests.datasets.exporters.made import PIPED, add_clip
from training_jobs.services.datasets import dataset_create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_dataset_leaves_as_the_layout_that_was_chosen(
    page: Page, owner: User, log_in: Callable[[Page, User], None], worker: None, tmp_path: Path
) -> None:
    dataset = dataset_create(owner=owner, name="Talks", kind="sentences", language="en")
    for number, text in enumerate(["good morning", "good night", PIPED]):
        add_clip(dataset, number, text, "anna", "train")
    log_in(page, owner)
    page.goto(f"/datasets/{dataset.pk}/")
    page.get_by_role("link", name="Export").click()
    page.get_by_role("heading", name="Export Talks").wait_for()
    assert accessibility_findings(page) == []
    page.get_by_role("radio", name="LJ Speech").check()
    page.get_by_role("button", name="Export 3 clips").click()
    page.get_by_text("2 clips written as LJ Speech").wait_for(timeout=60_000)
    assert page.get_by_text("1 clip left out").count() == 1
    assert accessibility_findings(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "talks-ljspeech.zip"
    download.value.save_as(tmp_path / "talks.zip")
    with zipfile.ZipFile(tmp_path / "talks.zip") as archive:
        table = archive.read("talks/metadata.csv").decode().splitlines()
    assert sorted(line.split("|")[1:] for line in table) == [["anna", "good morning"], ["anna", "good night"]]
