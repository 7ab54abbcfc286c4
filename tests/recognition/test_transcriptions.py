from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, transaction

from recognition.engine.audio import decode
from recognition.engine.errors import EngineError
from recognition.models import Correction, ModelVersion, Transcription
from recognition.services.corrections import correction_create
from recognition.services.transcriptions import transcription_create, transcription_delete
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import absolute
from tests.recognition.tones import room, said, tone, wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from numpy.typing import NDArray
    from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, SettingsWrapper

pytestmark = pytest.mark.django_db


def hear(owner: User, version: ModelVersion, samples: NDArray[object]) -> Transcription:
    return transcription_create(owner=owner, model_version=version, audio=wav(samples), origin="microphone")


@pytest.mark.parametrize("label", ["low", "middle", "high"])
def test_a_short_word_is_recognised_at_once_and_kept(
    heard: Callable[..., Transcription], tones: ModelVersion, label: str
) -> None:
    row = heard(label)
    assert (row.status, row.answer, row.text, row.heard_text) == ("done", "words", label, label)
    assert row.model_version == tones
    assert row.confidence > 0.9
    assert row.alternatives[0]["text"] == label
    assert len(row.alternatives) == 3
    assert row.processing_seconds > 0
    assert row.finished_at is not None
    assert row.duration_seconds == pytest.approx(1.4, abs=0.01)
    assert decode(absolute(row.audio)).duration_seconds == pytest.approx(row.duration_seconds, abs=1e-6)
    assert max(row.peaks) == 100


def test_several_words_keep_their_times(heard: Callable[..., Transcription]) -> None:
    row = heard("low", "high", "middle")
    assert row.text == "low high middle"
    words = [word for segment in row.segments for word in segment["words"]]
    assert [word["word"] for word in words] == ["low", "high", "middle"]
    for word, start in zip(words, (0.3, 1.4, 2.5), strict=True):
        assert word["start"] == pytest.approx(start, abs=0.15)
        assert word["end"] == pytest.approx(start + 0.5, abs=0.15)
    json.dumps(row.segments)


def test_silence_is_an_answer(owner: User, tones: ModelVersion) -> None:
    row = hear(owner, tones, room(1.0))
    assert (row.status, row.answer, row.text) == ("done", "silence", "")


def test_a_sound_between_the_words_is_none_of_these(owner: User, tones: ModelVersion) -> None:
    row = hear(owner, tones, tone(610))
    assert (row.status, row.answer, row.text) == ("done", "none_of_these", "")
    assert row.alternatives
    assert row.alternatives[0]["confidence"] < 0.62


def test_audio_that_cannot_be_read_is_refused_in_words_and_nothing_is_kept(owner: User, tones: ModelVersion) -> None:
    with pytest.raises(EngineError) as refused:
        transcription_create(owner=owner, model_version=tones, audio=b"not audio at all", origin="api")
    assert refused.value.code == "audio_undecodable"
    assert not Transcription.objects.exists()


def test_a_file_above_the_limit_is_refused_with_the_limit(
    owner: User, tones: ModelVersion, settings: SettingsWrapper
) -> None:
    settings.MAX_UPLOAD_BYTES = 2_000_000
    with pytest.raises(ServiceError) as refused:
        transcription_create(owner=owner, model_version=tones, audio=bytes(3 * 1024**2), origin="api")
    assert (refused.value.code, refused.value.status) == ("too_large", 413)
    assert "2\u00a0MB" in refused.value.message


def test_a_broken_model_fails_in_words_and_keeps_the_recording(owner: User, tones: ModelVersion) -> None:
    (tones.bundle_path / "model.tflite").write_bytes(b"rubbish")
    row = hear(owner, tones, said("low"))
    assert (row.status, row.failure_code) == ("failed", "bundle_corrupt")
    assert row.failure_message
    assert absolute(row.audio).is_file()


def test_what_nobody_foresaw_is_told_without_its_text(owner: User, tones: ModelVersion) -> None:
    tones.bundle = "bundles/nowhere/\0"
    row = hear(owner, tones, said("low"))
    assert row.status == "failed"
    assert "\0" not in row.failure_message
    assert row.failure_detail


def test_deleting_takes_the_audio_along(
    heard: Callable[..., Transcription], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = heard("low")
    path = absolute(row.audio)
    with django_capture_on_commit_callbacks(execute=True):
        transcription_delete(transcription=row)
    assert not path.exists()
    assert not Transcription.objects.exists()


def test_corrections_are_added_and_the_old_ones_stay(owner: User, heard: Callable[..., Transcription]) -> None:
    row = heard("low")
    correction_create(transcription=row, text="  high ", by=owner)
    correction_create(transcription=row, text="middle", by=owner)
    row.refresh_from_db()
    assert (row.text, row.heard_text) == ("middle", "low")
    assert list(row.corrections.values_list("number", "text")) == [(2, "middle"), (1, "high")]


def test_the_same_correction_twice_is_one(owner: User, heard: Callable[..., Transcription]) -> None:
    row = heard("low")
    first = correction_create(transcription=row, text="high", by=owner)
    assert correction_create(transcription=row, text="high", by=owner) == first


def test_confirming_what_was_heard_is_a_revision_too(owner: User, heard: Callable[..., Transcription]) -> None:
    correction_create(transcription=heard("low"), text="low", by=owner)
    assert Correction.objects.get().text == "low"


@pytest.mark.parametrize(("text", "code"), [("  ", "text_empty"), ("?!", "text_only_symbols")])
def test_a_correction_without_words_is_refused(
    owner: User, heard: Callable[..., Transcription], text: str, code: str
) -> None:
    with pytest.raises(EngineError) as refused:
        correction_create(transcription=heard("low"), text=text, by=owner)
    assert refused.value.code == code
    assert not Correction.objects.exists()


def test_a_failed_recording_has_nothing_to_correct(owner: User, tones: ModelVersion) -> None:
    (tones.bundle_path / "model.tflite").unlink()
    row = hear(owner, tones, said("low"))
    with pytest.raises(ServiceError, match="no text yet"):
        correction_create(transcription=row, text="low", by=owner)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "running"},
        {"status": "failed"},
        {"failure_code": "made_up"},
        {"progress": 1.5},
        {"duration_seconds": -1},
        {"finished_at": None},
    ],
)
def test_the_database_refuses_rows_that_contradict_themselves(
    heard: Callable[..., Transcription], change: dict[str, object]
) -> None:
    row = heard("low")
    with pytest.raises(IntegrityError), transaction.atomic():
        Transcription.objects.filter(pk=row.pk).update(**change)


def test_the_name_of_a_file_is_kept_but_never_trusted_as_a_path(
    owner: User, tones: ModelVersion, tmp_path: Path
) -> None:
    row = transcription_create(
        owner=owner, model_version=tones, audio=wav(said("low")), origin="upload", source_name="../../etc/passwd.wav"
    )
    assert ".." not in row.audio
    assert row.source_name == "../../etc/passwd.wav"
