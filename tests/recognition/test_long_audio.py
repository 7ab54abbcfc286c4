from __future__ import annotations

import resource
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pytest
import soundfile as sf
from django.utils import timezone

from recognition.dispatch.transcriptions import retry_transcription, submit_transcription
from recognition.models import ModelVersion, Transcription
from recognition.services.reaping import transcriptions_reap
from recognition.services.recognizing import pieces_of
from recognition.services.transcriptions import transcription_create, transcription_delete, transcription_run
from recognition.tasks import reap, run_transcription
from speechsite.lib.files import absolute
from speechsite.lib.transitions import TransitionRefused, move
from tests.deadline import wait_for
from tests.live import worker
from tests.recognition.tones import RATE_HZ, room, said, tone, wav

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


def test_a_pause_is_where_long_audio_is_cut() -> None:
    samples = said(*["low", "high"] * 6)
    pieces = list(pieces_of([samples], piece_samples=4 * RATE_HZ))
    assert sum(len(piece) for _, piece in pieces) == len(samples)
    assert [start for start, _ in pieces] == list(np.cumsum([0, *[len(piece) for _, piece in pieces[:-1]]]))
    for start, _ in pieces[1:]:
        assert np.abs(samples[start - 200 : start + 200]).max() < 0.01


def test_audio_without_a_pause_is_cut_all_the_same() -> None:
    samples = np.concatenate([tone(300, seconds=0.5)] * 30)
    pieces = list(pieces_of([samples], piece_samples=4 * RATE_HZ))
    assert sum(len(piece) for _, piece in pieces) == len(samples)


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
