"""Datasets and clips by their services: names, prompts, the one way a clip comes to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from recognition.engine.errors import EngineError
from speechsite.lib.errors import ServiceError
from tests.datasets.sounds import clipped_wav, silent_wav, spoken_wav
from training_jobs.models import Clip, Dataset
from training_jobs.services.clips import (
    clip_create,
    clip_delete,
    clip_reject,
    clip_relabel,
    clip_restore,
)
from training_jobs.services.composition import bars, composition
from training_jobs.services.datasets import (
    LONGEST_TRANSCRIPT,
    dataset_create,
    dataset_delete,
    dataset_free_name,
    dataset_prompts_set,
    dataset_rename,
)
from training_jobs.services.findings import findings

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from pytest_django import DjangoCaptureOnCommitCallbacks


def recorded(dataset: Dataset, number: int, text: str = "yes", speaker: str = "ana") -> Clip:
    audio = spoken_wav(number)
    return clip_create(dataset=dataset, audio=audio, text=text, speaker=speaker, origin=Clip.Origin.RECORDING)


def test_a_recording_becomes_a_clip_with_its_measures(dataset: Dataset) -> None:
    clip = recorded(dataset, 0, "  turn \n on ", " Ana  Maria ")
    assert (clip.text, clip.speaker, clip.status) == ("turn on", "Ana Maria", "ready")
    assert clip.audio_path.is_file()
    assert 0.3 < clip.duration_seconds < 2
    # What librosa measures is measured by the worker alone.
    assert clip.bandwidth_hz is None


@pytest.mark.parametrize(("audio", "code"), [(silent_wav, "audio_silent"), (clipped_wav, "audio_clipped_throughout")])
def test_unusable_sound_is_stored_as_rejected(audio: object, code: str, dataset: Dataset) -> None:
    content = audio()  # type: ignore[operator]  # two functions with optional parameters
    clip = clip_create(dataset=dataset, audio=content, text="yes", origin=Clip.Origin.RECORDING)
    assert (clip.status, clip.rejection_code) == ("rejected", code)
    assert clip.audio_path.is_file()


def test_the_same_samples_are_refused_with_the_name_of_the_other(dataset: Dataset) -> None:
    recorded(dataset, 0)
    with pytest.raises(ServiceError, match="same samples") as caught:
        recorded(dataset, 0, "no")
    assert (caught.value.code, caught.value.status) == ("clip_duplicate", 409)
    assert dataset.clips.count() == 1


@pytest.mark.parametrize(
    ("text", "code"), [("  ", "text_empty"), ("???", "text_only_symbols"), ("y" * 201, "text_too_long")]
)
def test_a_label_that_says_nothing_is_refused(text: str, code: str, dataset: Dataset) -> None:
    with pytest.raises((EngineError, ServiceError)) as caught:
        recorded(dataset, 0, text)
    assert caught.value.code == code
    assert not dataset.clips.exists()


def test_relabel_reject_restore_and_delete(
    dataset: Dataset, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    clip = clip_relabel(clip=recorded(dataset, 0), text=" no ", speaker="theo")
    assert (clip.text, clip.speaker) == ("no", "theo")
    assert clip_reject(clip=clip).rejection_code == "by_hand"
    assert clip_restore(clip=clip).rejection_code == ""
    path = clip.audio_path
    with django_capture_on_commit_callbacks(execute=True):
        clip_delete(clip=clip)
    assert not path.exists()


def test_a_rejected_clip_is_not_rejected_again(dataset: Dataset) -> None:
    clip = clip_reject(clip=recorded(dataset, 0))
    with pytest.raises(ServiceError) as caught:
        clip_reject(clip=clip)
    assert caught.value.code == "state_changed"


def test_the_database_keeps_rejection_and_code_together(dataset: Dataset) -> None:
    clip = recorded(dataset, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Clip.objects.filter(pk=clip.pk).update(status="rejected")
    with pytest.raises(IntegrityError), transaction.atomic():
        Clip.objects.filter(pk=clip.pk).update(rejection_code="by_hand")


def test_names_are_plain_and_unique_for_each_owner(owner: User, stranger: User) -> None:
    dataset = dataset_create(owner=owner, name="  Kitchen   words ")
    assert dataset.name == "Kitchen words"
    with pytest.raises(ServiceError) as caught:
        dataset_create(owner=owner, name="Kitchen words")
    assert (caught.value.code, caught.value.status) == ("dataset_name_taken", 409)
    dataset_create(owner=stranger, name="Kitchen words")
    other = dataset_create(owner=owner, name="Other")
    with pytest.raises(ServiceError):
        dataset_rename(dataset=other, name="Kitchen words")
    assert dataset_free_name(owner=owner, wanted="Kitchen words") == "Kitchen words 2"
    for name in ("", "  ", "n" * 121):
        with pytest.raises(ServiceError) as caught:
            dataset_create(owner=owner, name=name)
        assert caught.value.code == "dataset_name"


def test_prompts_are_labels_without_repeats(dataset: Dataset) -> None:
    assert dataset_prompts_set(dataset=dataset, prompts=["yes", " yes ", "", "turn  on"]).prompts == ["yes", "turn on"]
    with pytest.raises(ServiceError) as caught:
        dataset_prompts_set(dataset=dataset, prompts=["yes", "..."])
    assert caught.value.code == "prompts"
    with pytest.raises(ServiceError):
        dataset_prompts_set(dataset=dataset, prompts=[f"word {n}" for n in range(501)])


def test_deleting_a_dataset_deletes_its_sound(
    dataset: Dataset, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    path = recorded(dataset, 0).audio_path
    with django_capture_on_commit_callbacks(execute=True):
        dataset_delete(dataset=dataset)
    assert not path.exists()
    assert not Dataset.objects.exists()


def test_composition_counts_what_is_there(dataset: Dataset) -> None:
    for number in range(3):
        recorded(dataset, number, "yes", "ana")
    recorded(dataset, 3, "no", "theo")
    recorded(dataset, 4, "no", "")
    clip_reject(clip=recorded(dataset, 5, "no", "theo"))
    made_of = composition(dataset)
    assert (made_of.ready, made_of.rejected, made_of.without_speaker) == (5, 1, 1)
    assert [(bar.name, bar.count) for bar in made_of.labels] == [("no", 2), ("yes", 3)]
    assert [(bar.name, bar.count) for bar in made_of.speakers] == [("ana", 3), ("theo", 1)]
    assert made_of.rates == [(16_000, 5)]
    assert sum(made_of.durations["counts"]) == sum(made_of.levels["counts"]) == 5
    low, high = made_of.middle_half_seconds
    assert 0.2 < low <= high < 2
    assert made_of.duration_seconds == pytest.approx(
        sum(c.duration_seconds for c in dataset.clips.filter(status="ready"))
    )


def test_the_longest_transcript_is_stored_whatever_its_script(dataset: Dataset) -> None:
    # Three bytes a character, and nothing in it that an index could compress away.
    letters = np.random.default_rng(1).integers(ord("अ"), ord("ह"), LONGEST_TRANSCRIPT)
    Dataset.objects.filter(pk=dataset.pk).update(kind="sentences")
    dataset.refresh_from_db()
    clip = recorded(dataset, 0, "".join(map(chr, letters)), "ana")
    clip.refresh_from_db()
    assert len(clip.text) == LONGEST_TRANSCRIPT


def test_noise_and_other_words_are_no_words_of_the_dataset(dataset: Dataset) -> None:
    for number, label in enumerate(["yes", "no", "_unknown_", "_unknown_", "_background_noise_"]):
        recorded(dataset, number, label, "ana")
    made_of = composition(dataset)
    assert [bar.name for bar in made_of.labels] == ["no", "yes"]
    assert (made_of.ready, made_of.noises, made_of.others) == (5, 1, 2)
    titles = [finding.title for finding in findings(dataset, made_of) if finding.kind == "good"]
    assert titles == ["1 recording of background noise", "2 clips of other words"]


def test_composition_of_nothing_is_nothing(dataset: Dataset) -> None:
    made_of = composition(dataset)
    assert made_of.ready == 0
    assert findings(dataset, made_of) == []


def test_a_label_far_below_the_others_is_marked() -> None:
    low = {bar.name for bar in bars({"a": 20, "b": 22, "c": 9}) if bar.is_low}
    assert low == {"c"}
    assert not any(bar.is_low for bar in bars({"a": 20, "b": 15}))


def test_findings_say_what_is_worth_knowing(dataset: Dataset) -> None:
    recorded(dataset, 0, "yes", "ana")
    assert [f.title for f in findings(dataset, composition(dataset))] == ["Only “yes” so far", "One voice: ana"]
    clip = recorded(dataset, 1, "no", "theo")
    Clip.objects.filter(pk=clip.pk).update(source_sample_rate_hz=8000, split="train")
    recorded(dataset, 2, "no", "theo")
    Clip.objects.filter(text="no").exclude(pk=clip.pk).update(split="test")
    found = {f.title: f for f in findings(dataset, composition(dataset))}
    assert set(found) == {"2 words with few clips", "1 clip comes from 8 kHz", "1 speaker in more than one split"}
    assert found["2 words with few clips"].record == "no"
    assert found["1 clip comes from 8 kHz"].kind == "none"
