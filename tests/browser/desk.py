"""A recording on the review desk, for the tests of its page: its words, its sound, what its page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.audio import write_flac
from recognition.services.revisions import segments_of
from recognition.services.segment_edits import expected_errors
from recognition.services.waves import FinePeaks, peaks_of
from speechsite.lib.files import private_path, relative
from tests.deadline import wait_for
from tests.recognition.spoken import kept, segment
from tests.recognition.tones import tone

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from playwright.sync_api import Locator, Page

    from recognition.models import Transcription


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
