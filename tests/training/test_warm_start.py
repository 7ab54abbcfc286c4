from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from recognition.models import ModelVersion, Recognizer
from speechsite.lib.errors import ServiceError
from tests.training.rows import make_clip, make_dataset, make_job, spoken_by
from tests.training.sounds import audible_dataset
from training_jobs.models import Clip, Dataset, TrainingJob
from training_jobs.services.jobs import chosen_options, full_options, training_job_create, training_job_retry
from training_jobs.services.snapshots import clip_rows, snapshot_create
from training_jobs.services.splits import kept_sides
from training_jobs.services.version_evaluation import clips_to_hear
from training_jobs.services.warm_start import heads_of, learned_by, start_options
from training_jobs.trainer.recipes import recipe_values

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.test import APIClient

WORDS = ["one", "three", "two"]
WIDE = {"name": "conv2d", "values": {**recipe_values("conv2d", {"width": 1.5, "mixup": 0.1}), "gone_since": 3}}


def trained_version(owner: User, dataset: Dataset, *, number: int = 1, **changes: Any) -> ModelVersion:
    """Make a version with the job and the snapshot it came from; `changes` go into the job."""
    recognizer, _ = Recognizer.objects.get_or_create(owner=owner, name="numbers", defaults={"kind": "words"})
    version = ModelVersion.objects.create(
        recognizer=recognizer,
        number=number,
        bundle=f"bundles/none-{number}",
        bundle_sha256="0" * 64,
        size_bytes=1,
        labels=WORDS,
        manifest={"recipe": WIDE, "files": {"weights.h5": "0" * 64}},
        created_by=owner,
    )
    start = changes.get("start_version")
    snapshot = snapshot_create(
        dataset=dataset,
        owner=owner,
        split_method=changes.get("split_method", "random"),
        split_options=changes.pop("split_options", {}),
        learned=learned_by(start),
    )
    changes["start_name"] = str(start) if start else ""
    make_job(owner, dataset, status="succeeded", model_version=version, snapshot=snapshot, **changes)
    return version


def test_a_training_that_goes_on_keeps_the_networks_shape_and_takes_half_the_epochs(owner: User) -> None:
    version = trained_version(owner, make_dataset(owner))
    recipe, options = chosen_options(kind="words", preset="accurate", recipe="", options={}, start=version)
    assert recipe == "conv2d"
    # 60 epochs of the preset and 500 updates halved; width and mixing as the version has them.
    assert options == {"epochs": 30, "minimum_steps": 250, "width": 1.5, "mixup": 0.1}
    given = start_options(version, preset={}, given={"epochs": "7"})
    assert given["epochs"] == "7"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"options": {"width": 1.0}}, "start_of_other_size"),
        ({"recipe": "lstm"}, "start_of_other_recipe"),
        ({"options": {"width": "wide"}}, "value_out_of_range"),
    ],
)
def test_what_does_not_fit_the_version_is_refused_with_what_to_do(
    owner: User, asked: dict[str, Any], code: str
) -> None:
    dataset = make_dataset(owner)
    version = trained_version(owner, dataset)
    with pytest.raises(ServiceError) as refused:
        training_job_create(owner=owner, dataset=dataset, start=version, **asked)
    assert refused.value.code == code
    assert TrainingJob.objects.filter(status="queued").count() == 0


def test_versions_of_another_kind_without_weights_or_of_an_unknown_recipe_are_refused(owner: User) -> None:
    dataset = make_dataset(owner)
    version = trained_version(owner, dataset)
    talk = Dataset.objects.create(owner=owner, name="Talk", kind="sentences")
    manifests = [
        (talk, version.manifest, "start_of_other_kind"),
        (dataset, {**version.manifest, "files": {"model.tflite": ""}}, "start_without_weights"),
        (dataset, {"recipe": {"name": "elsewhere"}}, "start_of_unknown_recipe"),
        (dataset, {}, "start_of_unknown_recipe"),
    ]
    for given, manifest, code in manifests:
        version.manifest = manifest
        with pytest.raises(ServiceError) as refused:
            training_job_create(owner=owner, dataset=given, start=version)
        assert refused.value.code == code


def test_no_clip_that_was_learned_is_a_test_again(owner: User) -> None:
    dataset = make_dataset(owner, speaker=spoken_by)
    version = trained_version(owner, dataset)  # at random
    was = dict(learned_by(version).sides)
    assert set(was.values()) == {"train", "validation"}
    job = training_job_create(owner=owner, dataset=dataset, start=version, split_method="speaker")
    snapshot = snapshot_create(dataset=dataset, owner=owner, split_method=job.split_method, learned=learned_by(version))
    now = dict(snapshot.clips.values_list("sha256", "split"))
    assert "test" in now.values()
    assert {sha256: now[sha256] for sha256 in was} == was


def test_what_a_chain_of_versions_learned_stays_learned(owner: User) -> None:
    dataset = make_dataset(owner, speaker=spoken_by)
    first = trained_version(owner, dataset, split_method="speaker", split_options={"test_speakers": ["ada"]})
    assert learned_by(first).speakers == {"ben", "cleo", "dev"}
    other = make_dataset(owner, "Others", speaker=lambda number: "eve")
    second = trained_version(owner, other, number=2, start_version=first)
    both = learned_by(second)
    assert both.speakers == {"ben", "cleo", "dev", "eve"}
    assert both.is_known
    assert set(learned_by(first).sides) < set(both.sides)
    heard = clips_to_hear(versions=[second], dataset=dataset, split="test")
    assert set(heard.values_list("speaker", flat=True)) == {"ada"}
    assert not learned_by(None).sides


def test_a_version_from_elsewhere_is_not_known_through_and_through(owner: User) -> None:
    dataset = make_dataset(owner)
    first = trained_version(owner, dataset)
    TrainingJob.objects.filter(model_version=first).delete()
    second = trained_version(owner, dataset, number=2, start_version=first)
    assert not learned_by(first).is_known
    assert not learned_by(second).is_known
    first.delete()
    assert not learned_by(second).is_known


def test_where_everything_was_learned_nothing_is_left_to_judge_by(owner: User) -> None:
    rows = clip_rows(make_dataset(owner, clips=6))
    with pytest.raises(ServiceError) as refused:
        kept_sides(rows, ["test"] * len(rows), learned={row.sha256: "train" for row in rows}, name="numbers@v1")
    assert refused.value.code == "test_learned_before"
    assert "numbers@v1" in refused.value.message


def test_it_is_judged_as_the_version_was_and_under_its_name(owner: User) -> None:
    dataset = make_dataset(owner, "Numbers of Ada", speaker=spoken_by)
    version = trained_version(owner, dataset, split_method="speaker", split_options={"test_speakers": ["cleo"]})
    make_clip(dataset, 900, speaker="new")
    job = training_job_create(owner=owner, dataset=dataset, start=version)
    assert (job.recognizer_name, job.start_name) == ("numbers", "numbers@v1")
    assert (job.split_method, job.split_options) == ("speaker", {"test_speakers": ["cleo"]})
    elsewhere = training_job_create(owner=owner, dataset=make_dataset(owner, "Elsewhere"), start=version)
    assert elsewhere.split_method == "random"  # no clip there is by cleo
    named = training_job_create(owner=owner, dataset=dataset, start=version, split_method="random")
    assert (named.split_method, named.split_options) == ("random", {})


def test_a_second_try_goes_on_from_the_same_version_with_the_same_values(owner: User) -> None:
    dataset = make_dataset(owner)
    version = trained_version(owner, dataset)
    job = training_job_create(owner=owner, dataset=dataset, start=version, options={"epochs": 5})
    TrainingJob.objects.filter(pk=job.pk).update(status="failed", failure_code="disk_full", finished_at=job.created_at)
    job.refresh_from_db()
    again = training_job_retry(job=job)
    assert again.start_version == version
    assert full_options(again) == full_options(job)
    version.delete()
    job.refresh_from_db()
    with pytest.raises(ServiceError) as refused:
        training_job_retry(job=job)
    assert refused.value.code == "start_deleted"


def test_heads_of_older_sentences_bundles_are_known_as_far_as_they_are_written_down(owner: User) -> None:
    talk = Recognizer.objects.create(owner=owner, name="talk", kind="sentences")
    candidates = [{"style": "characters", "units": 3}, {"style": "spelled_letters", "units": 4}]
    units = ["a", "b", " ", " b "]
    manifest: dict[str, Any] = {"unit_style": "spelled_letters", "units": units, "candidates": candidates}
    version = ModelVersion(recognizer=talk, number=1, manifest=manifest)
    assert heads_of(version) == [
        {"style": "characters", "units": ["", "", ""]},
        {"style": "spelled_letters", "units": units},
    ]
    heads = [{"style": "characters", "units": ["a", "b", " "]}]
    version.manifest = {**manifest, "heads": heads}
    assert heads_of(version) == heads


def test_the_api_takes_and_tells_the_version_to_go_on_from(owner: User, owner_api: APIClient) -> None:
    dataset = make_dataset(owner)
    trained_version(owner, dataset)
    answer = owner_api.post("/api/v1/training-jobs/", {"dataset": dataset.name, "from": "numbers@v1"}, format="json")
    assert answer.status_code == 202, answer.content
    assert answer.json()["from"] == "numbers@v1"
    unknown = owner_api.post("/api/v1/training-jobs/", {"dataset": dataset.name, "from": "numbers@v9"}, format="json")
    assert unknown.status_code == 404
    assert unknown.json()["error"]["code"] == "model_not_found"


def test_the_command_names_what_it_cannot_go_on_from(owner: User) -> None:
    dataset = make_dataset(owner)
    trained_version(owner, dataset)
    asked = {"no model": ["--from", "numbers@v9"], "goes on from it": ["--from", "numbers@v1", "--recipe", "lstm"]}
    for sentence, arguments in asked.items():
        with pytest.raises(CommandError, match=sentence) as refused:
            call_command("train", dataset.name, *arguments)
        assert refused.value.returncode == 2


@pytest.mark.training
def test_the_command_goes_on_from_a_version_and_learns_a_word_more(owner: User) -> None:
    dataset = audible_dataset(owner, takes=8)
    Clip.objects.filter(dataset=dataset, text="steady").update(status=Clip.Status.REJECTED, rejection_code="by_hand")
    quick = ["--recipe=lstm", "--set", "epochs=3", "--set", "minimum_steps=60"]
    call_command("train", "Glides", *quick, stdout=StringIO(), stderr=StringIO())
    Clip.objects.filter(dataset=dataset).update(status=Clip.Status.READY, rejection_code="")
    call_command("train", "Glides", "--from", "glides", *quick[1:], stdout=StringIO(), stderr=StringIO())
    job = TrainingJob.objects.get(start_name="glides@v1")
    assert str(job.model_version) == "glides@v2"
    assert job.model_version
    assert job.model_version.labels == ["falling", "rising", "steady"]
    assert job.model_version.lineage["start"]["name"] == "glides@v1"
    assert job.events.filter(message="Going on from glides@v1. New to it: “steady”.").count() == 1
    before, after = learned_by(job.start_version), learned_by(job.model_version)
    assert set(before.sides) < set(after.sides)
