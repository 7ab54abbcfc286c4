from __future__ import annotations

import os
import resource
import signal
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest
import soundfile as sf
from django.utils import timezone

from recognition.dispatch.transcriptions import retry_transcription, submit_transcription
from recognition.engine.audio import AudioLimits, DecodedAudio, decode
from recognition.models import ModelVersion, Transcription
from recognition.services import long_audio, transcriptions
from recognition.services.reaping import transcriptions_reap
from recognition.services.transcriptions import transcription_create, transcription_delete, transcription_run
from recognition.tasks import reap, run_transcription
from speechsite.lib.files import absolute
from speechsite.lib.transitions import TransitionRefused, move
from tests import processes
from tests.deadline import wait_for
from tests.live import worker
from tests.recognition.tones import RATE_HZ, room, said, wav

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from pytest_django.fixtures import SettingsWrapper

__all__ = ["worker"]
pytestmark = pytest.mark.django_db
SENTENCE = ["low", "high", "middle", "low"] * 10


@pytest.fixture
def long_row(owner: User, tones: ModelVersion) -> Transcription:
    """Return a queued transcription of 44 s: forty tones."""
    return transcription_create(
        owner=owner, model_version=tones, audio=wav(said(*SENTENCE)), origin="upload", source_name="forty.wav"
    )


@pytest.fixture
def written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the text be written after every piece, however short the time since the last."""
    monkeypatch.setattr(long_audio, "TEXT_SECONDS", 0.0)
    monkeypatch.setattr(long_audio, "WRITING_SHARE", float("inf"))


def test_long_audio_waits_for_a_worker_as_it_was_sent(long_row: Transcription) -> None:
    assert (long_row.status, long_row.attempt) == ("queued", 0)
    assert absolute(long_row.audio).read_bytes()[:4] == b"RIFF"


def test_a_worker_recognises_it_with_true_progress(long_row: Transcription) -> None:
    shares: list[float] = []
    upload = absolute(long_row.audio)
    row = transcription_run(transcription_id=long_row.pk, on_progress=shares.append)
    assert row is not None
    assert (row.status, row.answer, row.attempt, row.progress) == ("done", "words", 1, 1.0)
    assert row.text.split() == SENTENCE
    assert row.duration_seconds == pytest.approx(44.3, abs=0.05)
    assert row.source_sample_rate_hz == RATE_HZ
    assert len(row.peaks) == 288
    assert shares == sorted(shares)
    assert len(set(shares)) > 3
    assert not upload.exists()
    assert absolute(row.audio).suffix == ".flac"


def test_words_keep_their_place_in_the_whole_recording(long_row: Transcription) -> None:
    row = transcription_run(transcription_id=long_row.pk)
    assert row is not None
    words = [word for segment in row.segments for word in segment["words"]]
    for position, word in enumerate(words):
        assert word["start"] == pytest.approx(0.3 + 1.1 * position, abs=0.2)


def test_run_twice_it_runs_once(long_row: Transcription) -> None:
    assert transcription_run(transcription_id=long_row.pk) is not None
    assert transcription_run(transcription_id=long_row.pk) is None
    assert transcription_run(transcription_id=uuid4()) is None


def test_a_lost_worker_cannot_overwrite_its_successor(long_row: Transcription) -> None:
    def taken_over(_: float) -> None:
        Transcription.objects.filter(pk=long_row.pk).update(attempt=7)

    transcription_run(transcription_id=long_row.pk, on_progress=taken_over)
    long_row.refresh_from_db()
    assert (long_row.status, long_row.attempt, long_row.text) == ("running", 7, "")


def test_a_recording_deleted_meanwhile_leaves_no_file(long_row: Transcription) -> None:
    def deleted(_: float) -> None:
        Transcription.objects.filter(pk=long_row.pk).delete()

    assert transcription_run(transcription_id=long_row.pk, on_progress=deleted) is not None
    assert not absolute(long_row.audio).with_suffix(".flac").exists()


def test_audio_longer_than_the_limit_fails_in_words_and_keeps_the_upload(
    long_row: Transcription, settings: SettingsWrapper
) -> None:
    settings.MAX_RECORDING_SECONDS = 40
    row = transcription_run(transcription_id=long_row.pk)
    assert row is not None
    assert (row.status, row.failure_code) == ("failed", "audio_too_long")
    assert absolute(row.audio).is_file()


def test_a_failed_one_can_be_sent_again(long_row: Transcription, settings: SettingsWrapper) -> None:
    settings.MAX_RECORDING_SECONDS = 40
    failed = transcription_run(transcription_id=long_row.pk)
    settings.MAX_RECORDING_SECONDS = 60
    assert failed is not None
    again = retry_transcription(transcription=failed)
    assert (again.status, again.failure_code, again.finished_at) == ("queued", "", None)
    done = transcription_run(transcription_id=long_row.pk)
    assert done is not None
    assert (done.status, done.attempt) == ("done", 2)
    with pytest.raises(TransitionRefused):
        retry_transcription(transcription=done)


def test_the_reaper_sends_what_nobody_took(long_row: Transcription, settings: SettingsWrapper) -> None:
    assert transcriptions_reap() == []
    later = timezone.now() + timedelta(seconds=settings.RESEND_AFTER_SECONDS + 1)
    assert transcriptions_reap(now=later) == [long_row.pk]
    assert transcriptions_reap(now=later) == []


def test_the_reaper_takes_back_from_a_lost_worker_until_it_gives_up(
    long_row: Transcription, settings: SettingsWrapper
) -> None:
    later = timezone.now() + timedelta(seconds=settings.LOST_AFTER_SECONDS + 1)
    for _ in range(settings.MAX_ATTEMPTS - 1):
        move(long_row, allowed_from=("queued",), to="running", is_new_attempt=True, heartbeat_at=timezone.now())
        assert transcriptions_reap(now=later) == [long_row.pk]
        long_row.refresh_from_db()
        assert long_row.status == "queued"
    move(long_row, allowed_from=("queued",), to="running", is_new_attempt=True, heartbeat_at=timezone.now())
    assert transcriptions_reap(now=later) == []
    long_row.refresh_from_db()
    assert (long_row.status, long_row.failure_code) == ("failed", "worker_lost")
    assert absolute(long_row.audio).is_file()


def test_the_tasks_have_their_names_and_the_reaper_leaves_live_work_alone(long_row: Transcription) -> None:
    assert (run_transcription.name, reap.name) == ("recognition.run_transcription", "recognition.reap")
    move(long_row, allowed_from=("queued",), to="running", is_new_attempt=True, heartbeat_at=timezone.now())
    assert transcriptions_reap() == []


@pytest.mark.usefixtures("written_at_once")
def test_the_text_grows_while_a_worker_listens(long_row: Transcription) -> None:
    seen: list[tuple[str, float, int]] = []

    def look(_: float) -> None:
        row = Transcription.objects.get(pk=long_row.pk)
        assert (row.status, row.answer, row.text) == ("running", "", row.heard_text)
        seen.append((row.text, row.progress, len(row.segments)))

    row = transcription_run(transcription_id=long_row.pk, on_progress=look)
    assert row is not None
    assert seen[0] == ("", 0.0, 0)
    growing = [text for text, _, _ in seen if text]
    assert len(set(growing)) > 1
    for text, progress, _ in seen:
        assert row.text.startswith(text)
        assert progress == pytest.approx(len(text.split()) / len(SENTENCE), abs=0.06)


@pytest.mark.usefixtures("written_at_once")
def test_the_next_attempt_goes_on_behind_what_a_lost_worker_wrote(long_row: Transcription) -> None:

    def killed_at_half(progress: float) -> None:
        if progress > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transcription_run(transcription_id=long_row.pk, on_progress=killed_at_half)
    long_row.refresh_from_db()
    written = long_row.text.split()
    assert (long_row.status, 0 < long_row.progress < 1, len(written) > 5) == ("running", True, True)
    later = timezone.now() + timedelta(hours=1)
    assert transcriptions_reap(now=later) == [long_row.pk]

    shares: list[float] = []
    row = transcription_run(transcription_id=long_row.pk, on_progress=shares.append)
    assert row is not None
    assert (row.status, row.attempt) == ("done", 2)
    assert shares[0] == long_row.progress
    assert row.text.split() == SENTENCE
    assert row.confidence == pytest.approx(
        np.mean([w["confidence"] for s in row.segments for w in s["words"]]), abs=1e-4
    )
    assert row.processing_seconds > long_row.processing_seconds > 0


@pytest.mark.usefixtures("written_at_once")
def test_a_failure_keeps_what_was_heard_and_begins_anew_when_it_is_sent_again(long_row: Transcription) -> None:

    def failing(progress: float) -> None:
        if progress > 0.5:
            raise OSError

    failed = transcription_run(transcription_id=long_row.pk, on_progress=failing)
    assert failed is not None
    assert (failed.status, failed.failure_code) == ("failed", "recognition_failed")
    assert SENTENCE[:3] == failed.text.split()[:3]
    again = retry_transcription(transcription=failed)
    assert (again.text, again.heard_text, again.segments, again.progress) == ("", "", [], 0.0)
    done = transcription_run(transcription_id=long_row.pk)
    assert done is not None
    assert done.text.split() == SENTENCE


def test_a_file_as_large_as_an_upload_may_be_is_taken(
    owner: User, tones: ModelVersion, monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper
) -> None:
    taken: list[AudioLimits] = []

    def decoding(audio: bytes, *, name: str, limits: AudioLimits) -> DecodedAudio:
        taken.append(limits)
        return decode(audio, name=name, limits=limits)

    monkeypatch.setattr(transcriptions, "decode", decoding)
    transcription_create(owner=owner, model_version=tones, audio=wav(said("low")), origin="upload")
    two_hours_of_a_studio = 2 * 3600 * 48_000 * 2 * 2
    assert taken[0].max_bytes == settings.MAX_UPLOAD_BYTES > two_hours_of_a_studio


def test_an_hour_is_read_in_bounded_memory(owner: User, tones: ModelVersion, tmp_path: Path) -> None:
    path = tmp_path / "hour.flac"
    minute = np.concatenate([said("low", "high", pause_seconds=1.2), room(52.0)])
    with sf.SoundFile(path, "w", RATE_HZ, 1, subtype="PCM_16", format="FLAC") as file:
        for _ in range(60):
            file.write(minute)
    row = transcription_create(owner=owner, model_version=tones, audio=path, origin="upload")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = transcription_run(transcription_id=row.pk)
    grown_megabytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert done is not None
    assert done.text.split() == ["low", "high"] * 60
    assert grown_megabytes < 60, "an hour of float32 samples alone would be 230 MB"


@pytest.mark.django_db(transaction=True)
@pytest.mark.journey
@pytest.mark.usefixtures("worker")
def test_a_real_worker_takes_it_from_the_queue(owner: User, tones: ModelVersion) -> None:
    row = submit_transcription(owner=owner, model="tones", audio=wav(said(*SENTENCE)), origin="api")
    assert row.status == "queued"

    def is_done() -> bool:
        row.refresh_from_db()
        return row.status == "done"

    wait_for(is_done, seconds=60, what="the transcription")
    assert row.text.split() == SENTENCE
    transcription_delete(transcription=row)


@pytest.mark.django_db(transaction=True)
@pytest.mark.journey
def test_a_killed_worker_leaves_its_text_to_the_next(owner: User, tones: ModelVersion, tmp_path: Path) -> None:
    path = tmp_path / "talk.flac"
    with sf.SoundFile(path, "w", RATE_HZ, 1, subtype="PCM_16", format="FLAC") as file:
        for _ in range(15):
            file.write(said(*SENTENCE))
    row = transcription_create(owner=owner, model_version=tones, audio=path, origin="upload")

    def has_text() -> bool:
        row.refresh_from_db()
        return bool(row.text)

    with processes.running(processes.worker(), name="first-worker") as first:
        run_transcription.delay(str(row.pk))
        wait_for(has_text, seconds=90, what="the first words", every=0.01)
        os.killpg(first.pid, signal.SIGKILL)
    row.refresh_from_db()
    assert (row.status, row.attempt) == ("running", 1)
    assert 0 < row.progress < 1
    written = row.progress
    assert transcriptions_reap(now=timezone.now() + timedelta(hours=1)) == [row.pk]

    def is_done() -> bool:
        row.refresh_from_db()
        assert row.progress >= written
        return row.status == "done"

    with processes.running(processes.worker(), name="second-worker"):
        run_transcription.delay(str(row.pk))
        wait_for(is_done, seconds=90, what="the whole text")
    assert row.attempt == 2
    assert row.text.split() == SENTENCE * 15
    transcription_delete(transcription=row)
