"""Sentences from an archive to subtitles, in a real browser: look, keep, train, speak, drop a file, take it home."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from playwright.sync_api import expect

from recognition.engine.audio import wav_bytes
from recognition.engine.error_rates import word_errors
from recognition.models import ModelAlias, Transcription
from tests.browser.newcomer import A_MINUTE, try_it_aloud
from tests.browser.test_once_round_the_loop import make_the_first_account
from tests.datasets.sounds import zip_of
from tests.trainer.synthesised_sentences import QUICK, SAMPLE_RATE_HZ, sentence, spoken
from training_jobs.models import Clip, Dataset, DatasetImport, TrainingJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.journey,
    pytest.mark.training,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]
SPEAKERS = ("ada", "ben", "cem", "dora", "eli", "fay", "gus", "hal")
CLIPS, SECOND_PHRASES = 120, 300
BROKEN_LINE = 61
VALUES = {**QUICK, "epochs": 24}
PHRASE = "bad cab"
FIRST_NEW_TAKE, LONG_SENTENCES = 900, 20


def pause(seconds: float, *, seed: int) -> NDArray[np.int16]:
    """Return the quiet of the room the sentences are spoken in."""
    room = np.random.default_rng(seed).normal(0, 0.002, round(seconds * SAMPLE_RATE_HZ))
    return np.round(room * 32767).astype(np.int16)


def wav_of(*parts: NDArray[np.int16]) -> bytes:
    return wav_bytes(np.concatenate(parts).astype(np.float32) / np.float32(32768))


def clip_of(take: int) -> tuple[str, bytes]:
    """Return a text and its sound: two phrases with a pause between, so that the model hears pauses too."""
    phrases = [sentence(take), sentence(take + SECOND_PHRASES)]
    first, second = (spoken(text, take=take) for text in phrases)
    return " ".join(phrases), wav_of(first, pause(0.2 + take % 5 * 0.3, seed=take), second)


def archive_of_sentences(folder: Path) -> Path:
    """Write an LJSpeech folder of several speakers, in which one line names a recording that is not there."""
    files: dict[str, bytes] = {}
    lines: list[str] = []
    for take in range(CLIPS):
        text, files[f"tones/wavs/take{take:03}.wav"] = clip_of(take)
        lines.append(f"take{take:03}|{SPEAKERS[take % len(SPEAKERS)]}|{text}")
    lines.insert(BROKEN_LINE - 1, "gone|ada|abe bad")
    files["tones/metadata.csv"] = ("\n".join(lines) + "\n").encode()
    return zip_of(folder / "tones.zip", files)


def what_is_played(folder: Path) -> Path:
    """Write what the fake microphone plays over and over: one phrase between pauses."""
    path = folder / "spoken.wav"
    path.write_bytes(wav_of(pause(1, seed=1), spoken(PHRASE, take=800), pause(1, seed=2)))
    return path


def long_recording(folder: Path) -> tuple[Path, str]:
    """Write a recording too long to be answered at once; return it with the text said in it."""
    takes = range(FIRST_NEW_TAKE, FIRST_NEW_TAKE + LONG_SENTENCES)
    texts = [sentence(take) for take in takes]
    parts = [(spoken(text, take=take), pause(1, seed=take)) for text, take in zip(texts, takes, strict=True)]
    path = folder / "meeting.wav"
    path.write_bytes(wav_of(pause(1, seed=3), *(part for both in parts for part in both)))
    return path, " ".join(texts)


def upload_it(page: Page, archive: Path) -> None:
    page.goto("/datasets/new/")
    page.get_by_label("Drop a zip, tar or tar.gz here, files, or a whole folder").set_input_files(archive)
    page.wait_for_url(re.compile("/imports/"))


def look_before_anything_is_kept(page: Page) -> None:
    page.get_by_text("tones.zip has been looked at").wait_for(timeout=A_MINUTE)
    expect(
        page.get_by_text(re.compile(r"Nothing is kept yet\. 120 of 121 entries can become clips, 1 cannot"))
    ).to_be_visible()
    layout = page.locator("section[aria-labelledby=layout-title]")
    expect(layout).to_contain_text("LJSpeech")
    expect(layout).to_contain_text("metadata.csv has no header and separates its cells with “|”")
    expect(page.locator("aside.after")).to_contain_text("8 speakers")
    assert set(page.locator(".characters bdi").all_inner_texts()) >= set("abcde")
    broken = page.locator(".found tr", has_text="gone")
    expect(broken).to_contain_text(f"metadata.csv, line {BROKEN_LINE}")
    assert not Clip.objects.exists()


def keep_it(page: Page) -> None:
    keep = page.get_by_role("button", name="Keep 120 clips")
    keep.focus()
    page.keyboard.press("Enter")
    page.get_by_text("tones.zip has been read").wait_for(timeout=2 * A_MINUTE)
    done = DatasetImport.objects.get()
    assert (done.status, done.clips_kept) == ("done", CLIPS)
    page.get_by_role("link", name="Open tones").click()
    expect(page.locator("table.clips.of-sentences .transcript-text").first).to_be_visible()
    assert Dataset.objects.get().kind == "sentences"
    shown = page.locator("table.clips .transcript-text").all_inner_texts()
    assert set(shown) <= {clip_of(take)[0] for take in range(CLIPS)}


def start_training(page: Page) -> None:
    page.get_by_role("link", name="Train on this dataset").click()
    page.get_by_text("All settings").click()
    page.get_by_label("Recipe").select_option("ctc-conv")
    for name, value in VALUES.items():
        field = page.locator(f"#launch-{name}")
        field.focus()
        page.keyboard.press("Control+A")
        page.keyboard.type(str(value))
    for name, value in VALUES.items():
        expect(page.locator(f"#launch-{name}")).to_have_value(str(value))
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"/training/[0-9a-f-]{36}/"))


def watch_it_learn(page: Page) -> None:
    page.get_by_text(re.compile(rf"Epoch \d+ of {VALUES['epochs']}")).first.wait_for(timeout=2 * A_MINUTE)
    page.get_by_role("heading", name="What it hears now").wait_for(timeout=2 * A_MINUTE)


def read_the_result(page: Page) -> None:
    page.get_by_role("link", name="Try it").wait_for(timeout=4 * A_MINUTE)
    job = TrainingJob.objects.get()
    assert (job.status, job.recipe) == ("succeeded", "ctc-conv")
    assert job.metrics["wer"] < 0.3
    result = page.locator("section.verdict-panel")
    expect(result).to_contain_text("on voices it had never heard")
    expect(result).to_contain_text(re.compile(r"Between \d+\.\d and \d+\.\d.%, 19 times out of 20"))
    expect(page.locator("table.methods tr.on")).to_have_count(1)
    expect(page.get_by_text("The ticked way serves:")).to_be_visible()
    assert job.metrics["decoding_in_words"] in page.locator("section[aria-labelledby=methods-title]").inner_text()
    expect(page.locator(".sentence-list > li .aligned").first).to_be_visible()
    expect(page.locator(".sentence-list [data-play]").first).to_be_visible()
    assert ModelAlias.objects.get(name="production").version == job.model_version


def say_the_phrase(page: Page) -> None:
    """Hold Space for longer than the phrase takes to come round once, wherever in it the microphone begins."""
    try_it_aloud(page, seconds=5)
    heard = Transcription.objects.all()
    assert {(row.status, row.origin) for row in heard} == {("done", "microphone")}
    assert PHRASE in [row.text for row in heard]
    assert PHRASE in " ".join(page.locator("[data-heard] .w").all_inner_texts())


def drop_a_long_recording(page: Page, recording: Path, said: str) -> Transcription:
    page.locator("[data-files]").set_input_files(recording)
    page.locator("#recent article", has_text=recording.name).locator("a.said").click()
    page.locator("[data-desk]").wait_for(timeout=2 * A_MINUTE)
    row = Transcription.objects.get(source_name=recording.name)
    assert row.status == "done"
    assert word_errors([(said, row.text)]).rate < 0.3, row.text
    return row


def words_have_times(page: Page, row: Transcription) -> None:
    words: list[dict[str, Any]] = page.locator("#segments .w").evaluate_all(
        "all => all.map(w => ({text: w.textContent, from: Number(w.dataset.from), to: Number(w.dataset.to)}))"
    )
    assert " ".join(word["text"] for word in words) == row.text
    assert row.duration_seconds is not None
    assert_in_order(((word["from"], word["to"]) for word in words), until=row.duration_seconds)


def assert_in_order(times: Iterable[tuple[float, float]], *, until: float) -> None:
    spans = list(times)
    assert spans
    assert all(0 <= start < end <= until for start, end in spans), spans
    assert all(before[1] <= after[0] for before, after in pairwise(spans)), spans


def subtitles_as_players_read_them(path: Path) -> list[tuple[float, float, str]]:
    """Return start, end and text of every subtitle, as FFmpeg reads the file."""
    with av.open(path) as container:
        (stream,) = container.streams.subtitles
        packets = [packet for packet in container.demux(stream) if packet.size]
        return [
            (float(p.pts * p.time_base), float((p.pts + p.duration) * p.time_base), bytes(p).decode()) for p in packets
        ]


def take_the_subtitles_home(page: Page, row: Transcription, folder: Path) -> None:
    page.get_by_text("Export", exact=True).focus()
    page.keyboard.press("Enter")
    with page.expect_download() as download:
        page.locator(".exports a[href$='format=srt']").click()
    assert download.value.suggested_filename == "meeting.srt"
    download.value.save_as(folder / "meeting.srt")
    cues = subtitles_as_players_read_them(folder / "meeting.srt")
    assert row.duration_seconds is not None
    assert_in_order(((start, end) for start, end, _ in cues), until=row.duration_seconds)
    assert " ".join(text for *_, text in cues).split() == row.text.split()


def show_the_subtitles(page: Page, row: Transcription) -> None:
    """Put the recording and its subtitles on a media element, as somebody's own page would."""
    shown = page.evaluate(
        """([sound, subtitles]) => new Promise((resolve, reject) => {
          const media = document.createElement('video');
          const element = document.createElement('track');
          const told = () => media.readyState >= 1 && element.readyState === HTMLTrackElement.LOADED && resolve({
            seconds: media.duration,
            cues: [...element.track.cues].map((cue) => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]),
          });
          for (const one of [media, element])
            one.addEventListener('error', () => reject(new Error(`${one.tagName} was not read`)));
          media.addEventListener('loadedmetadata', told);
          element.addEventListener('load', told);
          Object.assign(element, { kind: 'subtitles', src: subtitles });
          media.src = sound;
          media.append(element);
          document.body.append(media);
          element.track.mode = 'showing';
        })""",
        [f"/transcriptions/{row.pk}/audio/", f"/transcriptions/{row.pk}/export/?format=vtt"],
    )
    assert shown["seconds"] == pytest.approx(row.duration_seconds, abs=0.1)
    assert_in_order(((start, end) for start, end, _ in shown["cues"]), until=shown["seconds"])
    assert " ".join(text for *_, text in shown["cues"]).split() == row.text.split()


def test_sentences_go_from_an_archive_to_subtitles(
    worker: None, microphone_page: Callable[[Path], Page], tmp_path: Path
) -> None:
    page = microphone_page(what_is_played(tmp_path))
    make_the_first_account(page)
    upload_it(page, archive_of_sentences(tmp_path))
    for step in (
        look_before_anything_is_kept,
        keep_it,
        start_training,
        watch_it_learn,
        read_the_result,
        say_the_phrase,
    ):
        step(page)
    row = drop_a_long_recording(page, *long_recording(tmp_path))
    words_have_times(page, row)
    take_the_subtitles_home(page, row, tmp_path)
    show_the_subtitles(page, row)
