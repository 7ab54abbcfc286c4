from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from speechsite.lib.errors import ServiceError
from tests.training.rows import make_clip, make_dataset, make_job, spoken_by
from tests.training.test_warm_start import trained_version
from training_jobs.labels import NOISE, OTHER
from training_jobs.models import Clip, Dataset
from training_jobs.services.jobs import training_job_create, training_job_retry
from training_jobs.services.other_words import FEWEST
from training_jobs.services.snapshots import snapshot_create, snapshot_plan
from training_jobs.services.warm_start import start_other_words

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

ANIMALS = ("cat", "dog", "one")


def animals(owner: User, *, clips: int = 90, **changes: object) -> Dataset:
    """Make a dataset of two words that the numbers do not have, and one that they have."""
    return make_dataset(owner, "Animals", clips=clips, text=lambda number: ANIMALS[number % 3], **changes)


def test_words_of_another_dataset_are_frozen_as_what_is_turned_away(owner: User) -> None:
    numbers, source = make_dataset(owner, speaker=spoken_by), animals(owner)
    make_clip(source, 500, text=NOISE)
    snapshot = snapshot_create(dataset=numbers, owner=owner, other_words=source)
    others = snapshot.clips.filter(clip__dataset=source)
    assert set(others.values_list("text", flat=True)) <= {OTHER, NOISE}
    assert others.filter(text=OTHER).count() >= FEWEST - 1
    assert set(others.filter(text=OTHER).values_list("split", flat=True)) == {"train", "validation", "test"}
    assert not Clip.objects.filter(pk__in=others.values("clip"), text="one").exists()
    assert snapshot.labels == ["one", "three", "two"]
    assert snapshot.clips.filter(clip__dataset=numbers).count() == 60


def test_as_many_other_words_are_taken_as_a_third_of_the_words(owner: User) -> None:
    numbers = make_dataset(owner, clips=120)
    plan = snapshot_plan(dataset=numbers, other_words=animals(owner, clips=180))
    assert plan.other_words == 40
    assert len(plan.rows) == 160
    assert plan == snapshot_plan(dataset=numbers, other_words=Dataset.objects.get(name="Animals"))


def test_samples_that_the_dataset_has_itself_are_not_other_words(owner: User) -> None:
    numbers = make_dataset(owner)
    twin = Dataset.objects.create(owner=owner, name="Twins")
    for number, clip in enumerate(Clip.objects.filter(dataset=numbers)):
        make_clip(twin, number, text="cat", sha256=clip.sha256)
    assert snapshot_plan(dataset=numbers, other_words=twin).other_words == 0


def test_a_voice_kept_aside_is_kept_aside_in_the_other_words_too(owner: User) -> None:
    numbers = make_dataset(owner, speaker=spoken_by)
    plan = snapshot_plan(
        dataset=numbers,
        split_method="speaker",
        split_options={"test_speakers": ["ada"]},
        other_words=animals(owner, speaker=spoken_by),
    )
    sides: dict[str, set[str]] = {}
    for row, split in zip(plan.rows, plan.splits, strict=True):
        sides.setdefault(row.speaker, set()).add(split)
    assert sides.pop("ada") == {"test"}
    assert all("test" not in found for found in sides.values())


def test_voices_that_only_say_other_words_are_kept_apart(owner: User) -> None:
    numbers = make_dataset(owner, speaker=spoken_by, clips=120)
    source = animals(owner, speaker=lambda number: f"stranger {number % 7}")
    plan = snapshot_plan(dataset=numbers, other_words=source)
    assert set(plan.speakers["test"]).isdisjoint(plan.speakers["train"])
    assert {"train", "test"} <= {
        split for row, split in zip(plan.rows, plan.splits, strict=True) if row.speaker.startswith("stranger")
    }


def test_sentences_and_the_dataset_itself_are_no_source_of_other_words(owner: User) -> None:
    numbers = make_dataset(owner)
    talk = make_dataset(owner, "Talk", clips=3)
    Dataset.objects.filter(pk=talk.pk).update(kind="sentences")
    talk.refresh_from_db()
    for source, code in ((numbers, "other_words_of_itself"), (talk, "other_words_of_sentences")):
        with pytest.raises(ServiceError) as refused:
            training_job_create(owner=owner, dataset=numbers, other_words=source)
        assert refused.value.code == code


def test_a_job_keeps_its_source_for_the_next_try_and_says_when_it_is_gone(owner: User) -> None:
    numbers, source = make_dataset(owner), animals(owner)
    job = make_job(owner, numbers, status="cancelled", other_words=source, other_words_name=source.name)
    again = training_job_retry(job=job)
    assert (again.other_words, again.other_words_name) == (source, "Animals")
    source.delete()
    job.refresh_from_db()
    with pytest.raises(ServiceError) as refused:
        training_job_retry(job=job)
    assert refused.value.code == "other_words_deleted"
    assert "Animals" in refused.value.message


def test_what_goes_on_from_a_version_turns_the_same_words_away(owner: User, owner_client: Client) -> None:
    numbers, source = make_dataset(owner), animals(owner)
    version = trained_version(owner, numbers, other_words=source, other_words_name=source.name)
    assert start_other_words(version) == source
    assert start_other_words(None) is None
    address = f"/training/new/?dataset={numbers.pk}&from={version}"
    assert "of these clips, from Animals" in owner_client.get(address).content.decode()
    assert "of these clips, from Animals" not in owner_client.get(f"{address}&other_words=").content.decode()


def test_the_form_offers_other_datasets_of_words_and_says_how_many_clips_come(owner: User, client: Client) -> None:
    numbers, source = make_dataset(owner), animals(owner)
    client.force_login(owner)
    page = client.get("/training/new/", {"dataset": str(numbers.pk)}).content.decode()
    assert "the other words of Animals" in page
    assert "the other words of Numbers" not in page
    asked = {"dataset": str(numbers.pk), "other_words": str(source.pk)}
    page = client.get("/training/new/", asked).content.decode()
    assert "20 of these clips, from Animals, to be turned away" in page


def test_the_api_takes_them_by_name_and_says_what_a_job_turns_away(owner: User, client: Client) -> None:
    make_dataset(owner)
    animals(owner)
    client.force_login(owner)
    asked = {"dataset": "Numbers", "other_words": "Animals"}
    response = client.post("/api/v1/training-jobs/", asked, content_type="application/json")
    assert response.status_code == 202, response.content
    assert response.json()["other_words"] == "Animals"
