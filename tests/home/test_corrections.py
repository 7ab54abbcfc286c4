from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recognition.engine.audio import write_flac
from recognition.models import ModelAlias, ModelVersion
from recognition.services.corrections import correction_create
from speechsite.lib.files import private_path, relative
from tests.home.test_overview import answer_of, dataset_of, sentences_of, version_of
from training_jobs.models import Clip, CorrectionUse, TrainingJob
from training_jobs.services.corrections import Adopted, corrections_adopt
from training_jobs.services.overview import loop_overview, next_step

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from recognition.models import Transcription
    from training_jobs.models import Dataset


def heard(user: User, *, pitch_hz: float = 300.0, level: float = 0.3) -> Transcription:
    """Return an answer with half a second of a rising tone as its recording."""
    version = ModelVersion.objects.filter(recognizer__owner=user).first() or version_of(user)
    row = answer_of(version, 0.97)
    time = np.arange(8000) / 16000
    sound = level * np.sin(2 * np.pi * pitch_hz * (1 + time) * time) * np.hanning(8000)
    path = private_path("transcriptions", row.pk, ".flac")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_flac(path, sound.astype(np.float32))
    row.audio = relative(path)
    row.save()
    return row


def adopt(user: User, dataset: Dataset) -> Adopted:
    return corrections_adopt(user=user, recognizer_name="digits", dataset=dataset)


def from_corrections(dataset: Dataset) -> list[tuple[str, str, str]]:
    clips = dataset.clips.filter(origin=Clip.Origin.CORRECTION).order_by("text")
    return list(clips.values_list("text", "speaker", "status"))


def test_a_correction_becomes_a_clip_of_the_dataset_once(owner: User) -> None:
    dataset = dataset_of(owner, takes={"five": 8, "nine": 8})
    correction_create(transcription=heard(owner), text="five", by=owner)
    assert next_step(loop_overview(user=owner)) == "adopt_corrections"
    assert adopt(owner, dataset) == Adopted(added=1, left_out=0)
    assert from_corrections(dataset) == [("five", "owner", "ready")]
    assert adopt(owner, dataset) == Adopted(added=0, left_out=0)
    facts = loop_overview(user=owner)
    assert facts.corrections_waiting == 0
    assert facts.dataset is not None
    assert facts.dataset.new_corrections == 1


def test_only_the_newest_revision_counts(owner: User) -> None:
    dataset = dataset_of(owner, takes={"five": 8, "nine": 8})
    row = heard(owner)
    correction_create(transcription=row, text="five", by=owner)
    correction_create(transcription=row, text="nine", by=owner)
    assert adopt(owner, dataset) == Adopted(added=1, left_out=0)
    assert from_corrections(dataset) == [("nine", "owner", "ready")]


def test_a_later_change_of_mind_relabels_the_clip(owner: User) -> None:
    dataset = dataset_of(owner, takes={"five": 8, "nine": 8})
    row = heard(owner)
    correction_create(transcription=row, text="five", by=owner)
    adopt(owner, dataset)
    correction_create(transcription=row, text="nine", by=owner)
    assert adopt(owner, dataset) == Adopted(added=1, left_out=0)
    assert from_corrections(dataset) == [("nine", "owner", "ready")]


def test_a_text_that_is_no_label_of_the_dataset_does_not_wait(owner: User) -> None:
    dataset = dataset_of(owner, takes={"five": 8, "nine": 8})
    correction_create(transcription=heard(owner), text="five nine", by=owner)
    assert loop_overview(user=owner).corrections_waiting == 0
    assert adopt(owner, dataset) == Adopted(added=0, left_out=0)


def test_sound_that_is_there_already_or_silent_is_left_out_and_does_not_wait_for_ever(owner: User) -> None:
    dataset = dataset_of(owner, takes={"five": 8, "nine": 8})
    for level in (0.3, 0.3, 0.0):
        correction_create(transcription=heard(owner, level=level), text="five", by=owner)
    assert adopt(owner, dataset) == Adopted(added=1, left_out=2)
    assert loop_overview(user=owner).corrections_waiting == 0
    codes = CorrectionUse.objects.values_list("left_out_code", flat=True)
    assert sorted(codes) == ["", "audio_silent", "clip_duplicate"]


def test_one_press_on_the_home_page_takes_them_in(owner: User, owner_client: Client) -> None:
    dataset = dataset_of(owner, takes={"five": 8, "nine": 8}, name="Digits")
    for pitch in (200.0, 300.0):
        correction_create(transcription=heard(owner, pitch_hz=pitch), text="five", by=owner)
    page = owner_client.get("/").content.decode()
    assert "Improve digits with your 2 corrections" in page
    answer = owner_client.post(f"/datasets/{dataset.pk}/corrections/", {"loop": "digits"}, follow=True)
    assert "2 corrections went into Digits as clips." in answer.content.decode()
    assert len(from_corrections(dataset)) == 2


def test_one_press_takes_them_in_and_trains_on_from_what_is_in_production(owner: User, owner_client: Client) -> None:
    dataset = dataset_of(owner, takes={"five": 8, "nine": 8}, name="Digits")
    correction_create(transcription=heard(owner), text="five", by=owner)
    version = ModelVersion.objects.get()
    version.manifest = {"recipe": {"name": "conv", "values": {}}}
    version.save()
    ModelAlias.objects.get_or_create(recognizer=version.recognizer, name="production", defaults={"version": version})
    asked = {"loop": "digits", "improve": "1"}
    answer = owner_client.post(f"/datasets/{dataset.pk}/corrections/", asked, follow=True)
    job = TrainingJob.objects.get(status="queued")
    assert answer.redirect_chain[-1][0] == f"/training/{job.pk}/"
    assert (job.dataset, job.recognizer_name, job.start_version) == (dataset, "digits", version)
    assert len(from_corrections(dataset)) == 1


def test_where_no_training_can_begin_the_corrections_are_in_and_the_form_says_why(
    owner: User, owner_client: Client
) -> None:
    dataset = dataset_of(owner, takes={"five": 8}, name="Digits")
    correction_create(transcription=heard(owner), text="five", by=owner)
    asked = {"loop": "digits", "improve": "1"}
    answer = owner_client.post(f"/datasets/{dataset.pk}/corrections/", asked, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/training/new/?dataset=")
    assert "at least two different words" in answer.content.decode()
    assert len(from_corrections(dataset)) == 1
    assert not TrainingJob.objects.filter(status="queued").exists()


def test_a_stranger_cannot_take_corrections_in(owner: User, stranger: User, stranger_client: Client) -> None:
    dataset = dataset_of(owner, takes={"five": 8})
    correction_create(transcription=heard(owner), text="five", by=owner)
    assert stranger_client.post(f"/datasets/{dataset.pk}/corrections/", {"loop": "digits"}).status_code == 404
    theirs: Any = dataset_of(stranger, takes={"five": 8})
    assert adopt(stranger, theirs) == Adopted(added=0, left_out=0)
    assert from_corrections(dataset) == []


def test_any_corrected_sentence_becomes_a_clip_of_a_dataset_of_sentences(owner: User) -> None:
    dataset = sentences_of(owner, seconds=900, clips=2)
    row = heard(owner)
    correction_create(transcription=row, text="nobody wrote this before", by=owner)
    assert loop_overview(user=owner, name="digits").corrections_waiting == 1
    assert adopt(owner, dataset) == Adopted(added=1, left_out=0)
    assert from_corrections(dataset) == [("nobody wrote this before", "owner", "ready")]


def test_a_corrected_recording_that_is_too_long_for_a_clip_does_not_wait(owner: User, settings: Any) -> None:
    sentences_of(owner, seconds=900, clips=2)
    row = heard(owner)
    row.duration_seconds = settings.MAX_CLIP_SECONDS + 1
    row.save()
    correction_create(transcription=row, text="an hour of talk", by=owner)
    assert loop_overview(user=owner, name="digits").corrections_waiting == 0
