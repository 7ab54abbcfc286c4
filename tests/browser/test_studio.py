"""The studio with a microphone that speaks: takes recorded, kept whatever happens, said again, listened to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from recognition.engine.audio import decode, wav_bytes
from tests.browser.conftest import accessibility_findings
from tests.datasets.sounds import speech, spoken_wav
from tests.deadline import wait_for
from training_jobs.models import Clip, Dataset, Speaker
from training_jobs.services.clips import clip_create
from training_jobs.services.datasets import dataset_create
from training_jobs.services.listening import listening_set
from training_jobs.services.speakers import speaker_create

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RATE_HZ = 16_000


@pytest.fixture
def dataset(owner: User) -> Dataset:
    return dataset_create(owner=owner, name="Kitchen", prompts=["yes", "no", "up"])


@pytest.fixture
def speaking(tmp_path: Path) -> Path:
    """Write what the fake microphone says over and over: one word, and half a second of quiet on both sides."""
    path, word = tmp_path / "microphone.wav", speech(0)
    quiet = np.zeros(RATE_HZ // 2, dtype=np.float32)
    path.write_bytes(wav_bytes(np.concatenate([quiet, word, quiet])))
    return path


@pytest.fixture
def studio(
    owner: User,
    dataset: Dataset,
    speaking: Path,
    log_in: Callable[[Page, User], None],
    microphone_page: Callable[[Path], Page],
) -> Page:
    """Return the studio of a speaker who has agreed and whose microphone has been checked."""
    speaker_create(owner=owner, name="Amina")
    page = microphone_page(speaking)
    log_in(page, owner)
    page.evaluate("localStorage.setItem('speechsite-speaker', 'Amina'); localStorage.setItem('speechsite-room', '-60')")
    page.goto(f"/datasets/{dataset.pk}/record/")
    return page


def record(page: Page, *, seconds: float = 1.3) -> None:
    """Record for so long; whatever the verdict, the take is there."""
    page.keyboard.press("Space")
    page.locator("[data-studio][data-state=recording]").wait_for()
    page.wait_for_function(
        "least => parseFloat(document.querySelector('[data-clock]').textContent) >= least", arg=seconds
    )
    page.keyboard.press("Space")
    page.locator("[data-studio][data-state=judged]").wait_for()
    assert page.locator("[data-verdict]").inner_text()


def keep(page: Page) -> None:
    record(page)
    page.keyboard.press("Enter")
    page.locator("[data-studio][data-state=idle]").wait_for()


def pills(page: Page) -> list[str]:
    return [pill.get_attribute("aria-label") or "" for pill in page.locator("[data-round] button").all()]


def clips() -> int:
    return Clip.objects.count()


def test_words_are_typed_recorded_and_kept_with_nothing_but_a_microphone(
    owner: User,
    speaking: Path,
    log_in: Callable[[Page, User], None],
    microphone_page: Callable[[Path], Page],
) -> None:
    page = microphone_page(speaking)
    log_in(page, owner)
    page.goto("/datasets/new/")
    page.get_by_label("Name").fill("Mine")
    page.get_by_label("What to record").fill("yes\nno")
    page.get_by_role("button", name="Make it and record").click()
    page.get_by_label("Name, or anything").fill("Amina")
    page.get_by_label("This person knows that their voice").check()
    page.get_by_role("button", name="Go on").click()
    check_the_microphone(page)
    page.locator("[data-prompt]", has_text="yes").wait_for()

    record(page, seconds=2.5)  # longer than the word takes to come round once
    page.keyboard.press("Enter")
    clip = wait_for(Clip.objects.first, what="the first clip")
    assert (clip.text, clip.speaker, clip.origin, clip.status) == ("yes", "Amina", "recording", "ready")
    # The fake device starts between two samples, which alone costs some of the likeness.
    assert correlation(clip) > 0.95
    page.locator("[data-prompt]", has_text="no").wait_for()

    record(page, seconds=2.5)  # longer than the word takes to come round once
    page.keyboard.press("r")
    page.locator("[data-studio][data-state=recording]").wait_for()
    page.keyboard.press("Escape")
    page.locator("[data-studio][data-state=idle]").wait_for()
    page.locator("[data-prompt]", has_text="no").wait_for()
    assert Clip.objects.count() == 1
    page.keyboard.press("s")
    page.locator("[data-prompt]", has_text="yes").wait_for()
    assert page.get_by_text("1 of 40 takes.").count() == 1


def check_the_microphone(page: Page) -> None:
    """Let the site listen to the room and the voice, then go on."""
    dialog = page.get_by_role("dialog", name="Check the microphone")
    dialog.get_by_role("button", name="Begin").click()
    dialog.get_by_text("Room noise").wait_for()
    dialog.get_by_role("button", name="Play what was heard").wait_for()
    dialog.get_by_role("button", name="Start recording").click()


def correlation(clip: Clip) -> float:
    """Return how alike the clip and the spoken word are at the best place; the fake microphone starts anywhere."""
    recorded, word = decode(clip.audio_path).samples, speech(0)
    scores = np.correlate(recorded, word, mode="valid")
    power = np.convolve(recorded**2, np.ones(len(word)), mode="valid")
    return float((scores / np.sqrt(np.maximum(power, 1e-9) * (word**2).sum())).max())


def test_a_take_kept_without_a_line_outlives_its_tab(studio: Page) -> None:
    context = studio.context
    context.set_offline(offline=True)
    keep(studio)
    studio.get_by_text("1 unsent").wait_for()
    studio.locator("[data-wait]", has_text="safe on this device").wait_for()
    assert clips() == 0
    other = context.new_page()
    studio.close()
    context.set_offline(offline=False)
    other.goto("/")
    clip = wait_for(Clip.objects.first, what="the take")
    assert (clip.text, clip.speaker, clip.origin) == ("yes", "Amina", "recording")
    other.locator("[data-unsent]").wait_for(state="hidden")
    assert clips() == 1


def test_a_lost_login_keeps_the_takes_until_the_next_one(studio: Page) -> None:
    kept = studio.context.cookies()
    studio.context.clear_cookies()
    keep(studio)
    studio.get_by_text("log in to send").wait_for()
    keep(studio)
    studio.get_by_text("2 unsent").wait_for()
    studio.locator("[data-unsent]").click()
    expect(studio.get_by_role("dialog", name="Takes on this device").get_by_role("listitem")).to_have_count(2)
    studio.keyboard.press("Escape")
    studio.context.add_cookies(kept)
    wait_for(lambda: clips() == 2, seconds=60, what="both takes")


def test_a_take_is_said_again_in_the_place_of_the_first(studio: Page) -> None:
    assert pills(studio)[0] == "Take 1 of 5, yes, to be said"
    keep(studio)
    first = wait_for(Clip.objects.first, what="the first take")
    assert pills(studio)[:2] == ["Take 1 of 5, yes, kept", "Take 2 of 5, no, to be said"]
    studio.keyboard.press("1")
    studio.get_by_text("Record it again, and this one is replaced.").wait_for()
    studio.keyboard.press("r")
    studio.locator("[data-studio][data-state=recording]").wait_for()
    studio.wait_for_function("() => parseFloat(document.querySelector('[data-clock]').textContent) >= 1.6")
    studio.keyboard.press("Space")
    studio.locator("[data-studio][data-state=judged]").wait_for()
    studio.keyboard.press("Enter")
    wait_for(lambda: clips() == 1 and Clip.objects.get().pk != first.pk, what="the second take alone")
    assert studio.get_by_text("1 of 60 takes.").count() == 1
    studio.locator("[data-prompt]", has_text="no").wait_for()
    studio.keyboard.press("Backspace")
    studio.locator("[data-prompt]", has_text="yes").wait_for()
    studio.keyboard.press("2")
    studio.keyboard.press("s")
    studio.locator("[data-prompt]", has_text="up").wait_for()


def test_five_takes_are_a_round_and_the_next_one_goes_on_with_the_fewest(studio: Page) -> None:
    for _ in range(5):
        keep(studio)
    wait_for(lambda: clips() == 5, what="five takes")
    assert [label.split(", ")[1] for label in pills(studio)] == ["up", "yes", "no", "up", "yes"]
    assert {label.split(", ")[2] for label in pills(studio)} == {"to be said"}


def test_nobody_is_recorded_who_did_not_agree(studio: Page, dataset: Dataset) -> None:
    page = studio
    page.evaluate("localStorage.setItem('speechsite-speaker', 'Meera')")
    page.goto(f"/datasets/{dataset.pk}/record/")
    dialog = page.get_by_role("dialog", name="Who speaks?")
    dialog.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    page.keyboard.press("Space")
    dialog.wait_for()
    dialog.get_by_role("button", name="Go on").click()
    assert dialog.is_visible()
    dialog.get_by_label("This person knows").check()
    dialog.get_by_role("button", name="Go on").click()
    dialog.wait_for(state="hidden")
    assert Speaker.objects.filter(name="Meera").exists()
    keep(page)
    assert wait_for(Clip.objects.first, what="the take").speaker == "Meera"


def test_the_studio_is_accessible_in_every_state(studio: Page, dataset: Dataset) -> None:
    assert accessibility_findings(studio) == []
    keep(studio)
    record(studio)
    assert accessibility_findings(studio) == []
    studio.keyboard.press("m")
    studio.get_by_role("dialog", name="Check the microphone").wait_for()
    assert accessibility_findings(studio) == []
    studio.keyboard.press("Escape")
    studio.get_by_role("button", name="Change").click()
    studio.get_by_role("dialog", name="Who speaks?").wait_for()
    assert accessibility_findings(studio) == []


def test_takes_are_listened_to_by_somebody_else_with_keys_alone(
    owner_page: Page, owner: User, dataset: Dataset
) -> None:
    listening_set(dataset=dataset, is_wanted=True)
    for number in range(3):
        clip_create(dataset=dataset, audio=spoken_wav(number), text="yes", speaker="Ana", origin="recording")
    page = owner_page
    page.goto(f"/datasets/{dataset.pk}/listen/")
    page.get_by_label("Who listens?").fill("Ben")
    page.keyboard.press("Enter")
    page.get_by_text("Take 1 of 3").wait_for()
    assert accessibility_findings(page) == []
    page.keyboard.press("g")
    page.get_by_text("Take 2 of 3").wait_for()
    page.keyboard.press("b")
    page.get_by_text("Take 3 of 3").wait_for()
    page.keyboard.press("Backspace")
    page.get_by_text("Take 2 of 3, bad so far").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.get_by_text("2 good, 0 bad, 1 skipped.").wait_for()
    wait_for(lambda: Clip.objects.filter(status="ready").count() == 2, what="two good clips")
