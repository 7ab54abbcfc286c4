"""Long recordings in a real browser: text that grows, words that play, files in numbers, subtitles that show."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from django.utils import timezone

from recognition.models import ModelVersion, Transcription
from recognition.services.transcriptions import transcription_create, transcription_run
from speechsite.uploads.models import Upload
from tests.browser.conftest import accessibility_findings
from tests.deadline import wait_for
from tests.live import worker
from tests.recognition.conftest import heard, letters, register, tones
from tests.recognition.tones import said, wav
from tests.uploads.cutting import cutting_proxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from playwright.sync_api import Page

__all__ = ["heard", "letters", "register", "tones", "worker"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MEGA = 1024**2
FORTY = ["low", "high", "middle", "low"] * 10


@pytest.fixture
def forty(owner: User, tones: ModelVersion) -> Transcription:
    """Return a recording of forty words, done; the third is doubtful."""
    row = transcription_create(
        owner=owner, model_version=tones, audio=wav(said(*FORTY)), origin="upload", source_name="forty.wav"
    )
    done = transcription_run(transcription_id=row.pk)
    assert done is not None
    words = [word for part in done.segments for word in part["words"]]
    for place, word in enumerate(words):
        word["confidence"] = 0.54 if place == 2 else 0.97
    # One segment as heard is all of it: four in a row make what a reader sees.
    done.segments = [
        {"start": four[0]["start"], "end": four[-1]["end"], "text": " ".join(w["word"] for w in four), "words": four}
        for four in (words[start : start + 4] for start in range(0, 40, 4))
    ]
    done.save(update_fields=["segments"])
    return done


def heard_until(row: Transcription, segments: int, **changes: Any) -> None:
    """Let the database say what a worker would have written by then."""
    shown = row.segments[:segments]
    Transcription.objects.filter(pk=row.pk).update(
        **{
            "status": "running",
            "finished_at": None,
            "answer": "",
            "segments": shown,
            "text": " ".join(part["text"] for part in shown),
            "progress": segments / len(row.segments),
            "processing_seconds": 4.0,
            **changes,
        }
    )


def test_the_text_grows_without_moving_anything_and_ends_as_a_whole_page(
    page: Page, log_in: Callable[[Page, User], None], owner: User, forty: Transcription
) -> None:
    heard_until(forty, 0, audio=f"{forty.audio}.upload", peaks=[])
    log_in(page, owner)
    page.goto(f"/transcriptions/{forty.pk}/")
    page.get_by_role("heading", name="Reading the file").wait_for()
    page.get_by_text("The text appears here as it is heard.").wait_for()
    assert page.locator("[data-audio]").count() == 0

    heard_until(forty, 3, audio=forty.audio, peaks=forty.peaks)
    page.locator("#segments > li").nth(2).wait_for()
    page.get_by_role("button", name="Play", exact=True).wait_for()
    assert page.locator("#stage-said").inner_text() == "Listening to it"
    page.get_by_text("The text appears here as it is heard.").wait_for(state="hidden")
    assert accessibility_findings(page) == []

    first = page.locator("#segments .w").nth(1)
    first.focus()
    page.evaluate("document.querySelector('#segments > li').dataset.kept = 'yes'")
    page.evaluate("window.scrollTo(0, 60)")
    top = first.bounding_box()["y"]  # type: ignore[index] # it is on the page
    heard_until(forty, 6)
    page.locator("#segments > li").nth(5).wait_for()
    assert page.locator("#segments > li").count() == 6
    assert first.evaluate("word => word === document.activeElement")
    assert first.bounding_box()["y"] == pytest.approx(top, abs=1)  # type: ignore[index] # as above
    page.get_by_text("60\u00a0%", exact=True).wait_for()

    now = timezone.now()
    heard_until(forty, 10, status="done", answer="words", finished_at=now, heard_text=forty.text, progress=1.0)
    page.get_by_role("heading", name="Heard to the end").wait_for()
    assert page.locator("#segments > li").count() == 10
    assert page.locator("#segments > li").first.get_attribute("data-kept") == "yes"
    assert page.locator("#stage-said").inner_text() == "Heard to the end"
    page.get_by_text("Write the whole text").click()
    assert page.get_by_label("What was said").input_value() == forty.text
    page.get_by_text("Export", exact=True).click()
    assert page.get_by_role("link", name="Word document").count() == 1
    assert accessibility_findings(page) == []


# A word is marked for less than a second, and a busy page may draw none of it: what was marked is written down.
REMEMBER_WHAT_IS_MARKED = """() => {
  const words = [...document.querySelectorAll('#segments .w')];
  const note = () => words.flatMap((word, place) => (word.classList.contains('now') ? [place] : []));
  window.marked = [];
  new MutationObserver(() => {
    const places = note();
    const newest = window.marked.at(-1) ?? [];
    if (places.length && places.join() !== newest.join()) window.marked.push(places);
  }).observe(document.getElementById('segments'), { attributes: true, subtree: true, attributeFilter: ['class'] });
}"""


def test_words_are_reached_with_keys_and_play_from_there(
    page: Page, log_in: Callable[[Page, User], None], owner: User, forty: Transcription
) -> None:
    log_in(page, owner)
    page.goto(f"/transcriptions/{forty.pk}/")
    words = page.locator("#segments .w")
    assert words.nth(2).get_attribute("aria-description") == "doubtful, 54\u00a0%"
    words.nth(0).focus()
    page.keyboard.press("Tab")
    assert words.nth(2).evaluate("word => word === document.activeElement")
    page.keyboard.press("ArrowLeft")
    assert words.nth(1).evaluate("word => word === document.activeElement")
    page.keyboard.press("ArrowDown")
    assert words.nth(4).evaluate("word => word === document.activeElement")
    assert page.locator("[data-now]").inner_text() == "0:00.0"
    page.evaluate(REMEMBER_WHAT_IS_MARKED)
    page.keyboard.press("Space")
    page.locator("[data-toggle][aria-label=Pause]").wait_for()
    page.wait_for_function("() => window.marked.length >= 2")
    first, second = page.evaluate("window.marked.slice(0, 2)")
    assert first == [4]
    assert len(second) == 1
    assert second[0] > 4
    page.keyboard.press("Escape")
    page.locator("[data-toggle][aria-label=Play]").wait_for()
    assert page.locator("#segments .w.now").count() == 0


@pytest.mark.usefixtures("worker")
def test_a_long_recording_dropped_on_the_page_is_heard_to_its_end_by_a_worker(
    page: Page, log_in: Callable[[Page, User], None], owner: User, tones: ModelVersion, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("long.wav", "broken.wav", "short.wav")]
    files[0].write_bytes(wav(said(*FORTY)))
    files[1].write_bytes(b"not a sound")
    files[2].write_bytes(wav(said("high")))
    log_in(page, owner)
    page.goto("/transcribe/")
    page.locator("[data-files]").set_input_files(files)
    page.locator("#recent article").nth(1).wait_for()
    refused = page.locator("[data-refused] .notice")
    assert refused.count() == 1
    assert "broken.wav: nothing was recognised" in refused.inner_text()
    assert accessibility_findings(page) == []
    wait_for(lambda: Transcription.objects.filter(status="done").count() == 2, seconds=60, what="both texts")
    page.locator("#recent article").filter(has_text="low high middle low").wait_for()
    long = Transcription.objects.get(source_name="long.wav")
    assert long.text.split() == FORTY


@pytest.mark.usefixtures("worker")
def test_a_long_recording_arrives_whole_over_a_line_that_is_cut(
    page: Page, log_in: Callable[[Page, User], None], owner: User, tones: ModelVersion, site: str, tmp_path: Path
) -> None:
    path = tmp_path / "meeting.wav"
    quiet = np.zeros(16_000 * 300, dtype=np.float32)
    path.write_bytes(wav(np.concatenate([said(*FORTY), quiet, said("high")])))
    log_in(page, owner)
    with cutting_proxy(site, cuts=3, seed=3, furthest=2 * MEGA) as proxy:
        page.goto(f"{proxy.address}/transcribe/")
        page.locator("[data-files]").set_input_files(path)
        page.get_by_role("button", name="Give up").wait_for()
        page.locator("#recent article").first.wait_for(timeout=60_000)
        assert proxy.cuts_made == 3
        assert page.get_by_role("button", name="Give up").is_hidden()
    done = wait_for(Transcription.objects.filter(status="done").first, seconds=60, what="the text")
    assert (done.source_name, done.text.split()) == ("meeting.wav", [*FORTY, "high"])
    assert not Upload.objects.exists()


def test_a_recording_on_its_way_can_be_given_up_and_gone_on_with(
    page: Page, log_in: Callable[[Page, User], None], owner: User, tones: ModelVersion, tmp_path: Path
) -> None:
    path = tmp_path / "meeting.wav"
    path.write_bytes(wav(np.zeros(16_000 * 600, dtype=np.float32)))
    log_in(page, owner)
    page.goto("/transcribe/")
    has_begun = Upload.objects.filter(offset_bytes__gt=0).exists
    page.route("**/api/v1/uploads/*/", lambda route: route.abort() if has_begun() else route.continue_())
    page.locator("[data-files]").set_input_files(path)
    page.get_by_text("The connection is gone. What has arrived is kept").wait_for()
    assert accessibility_findings(page) == []
    page.unroute_all()
    with page.context.expect_page() as opened:
        page.evaluate("window.open('/transcribe/')")
    opened.value.get_by_text("Choose the same again and it goes on there").wait_for()
    opened.value.close()
    page.get_by_role("button", name="Give up").click()
    wait_for(lambda: not Upload.objects.exists(), what="the end of the upload")
    assert not Transcription.objects.exists()


def test_expected_words_are_asked_for_with_models_of_sentences_alone(
    page: Page,
    log_in: Callable[[Page, User], None],
    owner: User,
    tones: ModelVersion,
    letters: ModelVersion,
    tmp_path: Path,
) -> None:
    file = tmp_path / "sea.wav"
    file.write_bytes(wav(np.zeros(16_000, np.float32)))
    log_in(page, owner)
    page.goto("/transcribe/?model=tones@production")
    field = page.get_by_label("Expected words")
    assert not field.is_visible()
    page.get_by_label("Model").select_option("letters@production")
    field.fill("wolf, Björn")
    assert accessibility_findings(page) == []
    page.locator("[data-files]").set_input_files(file)
    page.locator("#recent article").first.wait_for()
    assert Transcription.objects.get().hotwords == ["wolf", "Björn"]
    page.get_by_label("Model").select_option("tones@production")
    page.locator("[data-files]").set_input_files(file)
    page.locator("#recent article").nth(1).wait_for()
    assert Transcription.objects.first().hotwords == []  # type: ignore[union-attr] # there are two


def test_the_browser_itself_reads_our_subtitles(
    page: Page, log_in: Callable[[Page, User], None], owner: User, forty: Transcription
) -> None:
    forty.segments[0]["words"][0]["word"] = "a<b>&"
    forty.save(update_fields=["segments"])
    log_in(page, owner)
    page.goto(f"/transcriptions/{forty.pk}/")
    cues = page.evaluate(
        """url => new Promise((resolve, reject) => {
          const video = document.createElement('video');
          const track = document.createElement('track');
          const told = (cue) => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent];
          track.addEventListener('load', () => resolve([...track.track.cues].map(told)));
          track.addEventListener('error', () => reject(new Error('the track was not read')));
          track.src = url;
          video.append(track);
          document.body.append(video);
          track.track.mode = 'showing';
        })""",
        f"/transcriptions/{forty.pk}/export/?format=vtt",
    )
    assert len(cues) > 5
    assert " ".join(text for *_, text in cues).split() == ["a<b>&", *FORTY[1:]]
    for (_, before, _), (after, _, _) in pairwise(cues):
        assert after - before >= 0.079
