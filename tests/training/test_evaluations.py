from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from recognition.engine.audio import wav_bytes
from recognition.services.models import model_version_register
from speechsite.lib.errors import ServiceError
from tests.recognition.conftest import METRICS, bundle_in, manifest
from tests.recognition.tone_model import LABELS
from tests.recognition.tones import HERTZ, room, tone
from training_jobs.labels import OTHER
from training_jobs.models import Clip, Dataset, EvaluatedClip, Evaluation
from training_jobs.services import evaluation_run as running
from training_jobs.services.clips import clip_create
from training_jobs.services.evaluation_run import evaluation_run
from training_jobs.services.evaluations import evaluation_create, evaluations_reap

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from numpy.typing import NDArray
    from rest_framework.test import APIClient

    from recognition.models import ModelVersion

TAKES = 4
SPEAKERS = ("ada", "ben", "cleo")
TONE_VERSIONS = {"mixed up": [LABELS[1], LABELS[0], *LABELS[2:]], "right": list(LABELS)}


def take(label: str, number: int) -> NDArray[np.float32]:
    """Return a tone of its own length in a quiet room."""
    return np.concatenate([room(0.2), tone(HERTZ[label], seconds=0.4 + 0.02 * number), room(0.2)])


def tone_clips(owner: User) -> Dataset:
    """Make a dataset with a few takes of each tone by three speakers."""
    dataset = Dataset.objects.create(owner=owner, name="Tones", language="en")
    for number in range(TAKES * len(SPEAKERS)):
        for label in LABELS:
            clip_create(
                dataset=dataset,
                audio=wav_bytes(take(label, number)),
                text=label,
                speaker=SPEAKERS[number % len(SPEAKERS)],
                origin=Clip.Origin.UPLOAD,
            )
    return dataset


@pytest.fixture
def tones_dataset(owner: User) -> Dataset:
    """Return a few takes of each tone by three speakers."""
    return tone_clips(owner)


def tone_versions(owner: User, folder: Path) -> tuple[ModelVersion, ModelVersion]:
    """Register two versions of the tone model: one that mixes two tones up, and the next one, which does not."""
    first, second = (_tone_version(owner, folder / name, labels) for name, labels in TONE_VERSIONS.items())
    return first, second


def _tone_version(owner: User, folder: Path, labels: list[str]) -> ModelVersion:
    info = bundle_in(folder, labels=labels)
    return model_version_register(
        owner=owner,
        recognizer_name="tones",
        kind="words",
        bundle_folder=info.path,
        bundle_sha256=info.sha256,
        size_bytes=info.size_bytes,
        manifest=manifest(labels=labels),
        metrics=METRICS,
        lineage={},
    )


@pytest.fixture
def two_versions(owner: User, tmp_path: Path) -> tuple[ModelVersion, ModelVersion]:
    """Return a version that mixes two tones up, and the next one, which does not."""
    return tone_versions(owner, tmp_path)


def heard(owner: User, dataset: Dataset, version: ModelVersion, against: ModelVersion | None) -> Evaluation:
    row = evaluation_create(owner=owner, version=version, against=against, dataset=dataset)
    done = evaluation_run(evaluation_id=row.pk)
    assert done
    return done


def test_two_versions_hear_the_same_clips_and_the_better_one_is_named(
    owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    first, second = two_versions
    row = heard(owner, tones_dataset, second, first)
    assert (row.status, row.failure_message, row.progress) == ("done", "", 1.0)
    figures, comparison = row.document["versions"], row.document["comparison"]
    count = TAKES * len(SPEAKERS) * len(LABELS)
    mixed_up = TAKES * len(SPEAKERS) * 2
    assert figures["tones@v2"]["correct"] == figures["tones@v2"]["clips"] == count
    assert figures["tones@v1"]["correct"] == count - mixed_up
    assert comparison["verdict"] == "better"
    assert (comparison["better_clips"], comparison["worse_clips"]) == (mixed_up, 0)
    assert comparison["sentence"].startswith(f"tones@v2 is better than tones@v1 on the same {count} clips")
    changed = EvaluatedClip.objects.filter(evaluation=row, change="better")
    assert changed.count() == mixed_up
    clip = changed.filter(said=LABELS[0]).first()
    assert clip
    assert (clip.heard, clip.against_heard, clip.word_errors, clip.against_word_errors) == (
        LABELS[0], LABELS[1], 0, 1,
    )  # fmt: skip


def test_one_version_alone_is_measured(
    owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    row = heard(owner, tones_dataset, two_versions[0], None)
    assert row.status == "done"
    assert row.document["comparison"] is None
    assert set(row.clips.values_list("change", flat=True)) == {""}


def test_clips_of_words_a_version_does_not_know_say_what_became_of_them(
    owner: User, owner_client: Client, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    strange = TAKES * len(SPEAKERS)
    Clip.objects.filter(dataset=tones_dataset, text=LABELS[0]).update(text="rattle")
    Clip.objects.filter(dataset=tones_dataset, text=LABELS[1]).update(text=OTHER)
    row = heard(owner, tones_dataset, two_versions[1], None)
    figures = row.document["versions"]["tones@v2"]
    assert figures["unknown_labels"] == ["rattle"]
    assert (figures["unknown"]["clips"], figures["unknown"]["turned_away"]) == (strange, 0)
    assert figures["others"]["clips"] == strange
    assert figures["clips"] == strange * (len(LABELS) - 1)
    page = owner_client.get(f"/evaluations/{row.pk}/").content.decode()
    assert f"In {strange} clips tones@v2 hears words it does not know (“rattle”)" in page
    assert f"Of {strange} clips of other words it turned" in page


def test_what_does_not_fit_is_refused(
    owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    first, second = two_versions
    talk = Dataset.objects.create(owner=owner, name="Talk", kind="sentences")
    empty = Dataset.objects.create(owner=owner, name="Empty")
    asked: list[tuple[dict[str, Any], str]] = [
        ({"version": first, "dataset": talk}, "kind_differs"),
        ({"version": first, "against": first, "dataset": tones_dataset}, "same_version"),
        ({"version": first, "dataset": empty}, "nothing_to_hear"),
        ({"version": first, "against": second, "dataset": tones_dataset, "split": "moon"}, "unknown_split"),
    ]
    for given, code in asked:
        with pytest.raises(ServiceError) as refused:
            evaluation_create(owner=owner, **given)
        assert refused.value.code == code
    assert not Evaluation.objects.exists()


def test_asking_twice_is_one_evaluation(
    owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    first, second = two_versions
    row = evaluation_create(owner=owner, version=second, against=first, dataset=tones_dataset)
    assert evaluation_create(owner=owner, version=second, against=first, dataset=tones_dataset) == row
    assert evaluation_create(owner=owner, version=second, dataset=tones_dataset) != row


def test_an_attempt_that_was_taken_back_keeps_nothing(
    owner: User,
    tones_dataset: Dataset,
    two_versions: tuple[ModelVersion, ModelVersion],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = evaluation_create(owner=owner, version=two_versions[0], dataset=tones_dataset)
    finish = running._finish

    def late(late_row: Evaluation, judged: Any) -> None:
        Evaluation.objects.filter(pk=row.pk).update(attempt=7)
        finish(late_row, judged)

    monkeypatch.setattr(running, "_finish", late)
    left = evaluation_run(evaluation_id=row.pk)
    assert left
    assert (left.status, left.attempt, left.clips.count()) == ("running", 7, 0)


def test_a_lost_worker_gives_it_back_and_at_last_up(
    owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    row = evaluation_create(owner=owner, version=two_versions[0], dataset=tones_dataset)
    silent = {"heartbeat_at": timezone.now() - timedelta(minutes=2)}
    Evaluation.objects.filter(pk=row.pk).update(status="running", attempt=1, **silent)
    assert evaluations_reap() == [row.pk]
    row.refresh_from_db()
    assert row.status == "queued"
    assert evaluations_reap() == []  # it was sent a moment ago
    Evaluation.objects.filter(pk=row.pk).update(status="running", attempt=3, **silent)
    assert evaluations_reap() == []
    row.refresh_from_db()
    assert (row.status, row.failure_code) == ("failed", "worker_lost")


def test_a_bundle_that_was_changed_on_the_disk_is_a_named_failure(
    owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    (two_versions[0].bundle_path / "model.tflite").write_bytes(b"something else")
    row = heard(owner, tones_dataset, two_versions[0], None)
    assert (row.status, row.failure_code) == ("failed", "bundle_corrupt")
    assert "Traceback" not in row.failure_message


def test_the_command_compares_and_keeps_the_result(
    owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    out = StringIO()
    call_command("compare", "tones@v2", "tones@v1", "Tones", "--json", stdout=out, stderr=StringIO())
    document = json.loads(out.getvalue())
    assert document["comparison"]["verdict"] == "better"
    assert set(document["versions"]) == {"tones@v1", "tones@v2"}
    assert str(Evaluation.objects.get(status="done").pk) == document["evaluation"]
    call_command("compare", "tones@v1", "tones@v2", "Tones", stdout=(plain := StringIO()), stderr=StringIO())
    assert plain.getvalue().startswith("tones@v1 is worse than tones@v2")
    for arguments, status in ((("tones@v9", "tones@v1"), 2), (("tones@v1", "tones@v1"), 1)):
        with pytest.raises(CommandError) as refused:
            call_command("compare", *arguments, "Tones", stdout=StringIO(), stderr=StringIO())
        assert refused.value.returncode == status


def test_the_api_takes_tells_and_deletes_evaluations(
    owner_api: APIClient, stranger_api: APIClient, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ...]
) -> None:
    asked = {"model": "tones@v2", "against": "tones@v1", "dataset": "Tones"}
    answer = owner_api.post("/api/v1/evaluations/", asked, format="json")
    assert answer.status_code == 202, answer.content
    place = answer.json()["id"]
    assert answer["Location"].endswith(f"/api/v1/evaluations/{place}/")
    evaluation_run(evaluation_id=place)
    told = owner_api.get(f"/api/v1/evaluations/{place}/").json()
    assert (told["status"], told["model"], told["against"]) == ("done", "tones@v2", "tones@v1")
    assert told["comparison"]["verdict"] == "better"
    clips = owner_api.get(f"/api/v1/evaluations/{place}/clips/", {"change": "better"}).json()["results"]
    assert {clip["change"] for clip in clips} == {"better"}
    assert stranger_api.get(f"/api/v1/evaluations/{place}/clips/").status_code == 404
    assert owner_api.delete(f"/api/v1/evaluations/{place}/").status_code == 204
    unknown = owner_api.post("/api/v1/evaluations/", {**asked, "model": "moon"}, format="json")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "model_not_found")


def test_the_pages_ask_show_and_let_hear(
    owner_client: Client, owner: User, tones_dataset: Dataset, two_versions: tuple[ModelVersion, ModelVersion]
) -> None:
    form = owner_client.get("/evaluations/", {"version": "tones@v1", "against": "tones@v2"}).content.decode()
    assert '<option value="tones@v1" selected>' in form
    asked = {"version": "tones@v2", "against": "tones@v2", "dataset": str(tones_dataset.pk), "split": "test"}
    refused = owner_client.post("/evaluations/", asked)
    assert refused.status_code == 422
    assert "Choose two different versions" in refused.content.decode()
    started = owner_client.post("/evaluations/", {**asked, "against": "tones@v1"})
    row = Evaluation.objects.get()
    assert started["Location"] == f"/evaluations/{row.pk}/"
    waiting = owner_client.get(f"/evaluations/{row.pk}/").content.decode()
    assert "Waiting for a worker" in waiting
    assert "HX-Refresh" not in owner_client.get(f"/evaluations/{row.pk}/status/").headers
    evaluation_run(evaluation_id=row.pk)
    assert owner_client.get(f"/evaluations/{row.pk}/status/").headers["HX-Refresh"] == "true"
    page = owner_client.get(f"/evaluations/{row.pk}/").content.decode()
    assert "tones@v2 is better than tones@v1" in page
    assert "24 better now" in page
    assert "What tones@v1 has learned is not known here" in page
    assert page.count("data-play=") == 20  # those that are better now, a page of them
    wrong = owner_client.get(f"/evaluations/{row.pk}/", {"show": "worse"}, headers={"hx-request": "true"})
    assert "No clip is like that." in wrong.content.decode()
    assert "better" in owner_client.get("/evaluations/").content.decode()


def test_without_versions_the_page_says_what_comes_first(owner_client: Client) -> None:
    assert "Train a recogniser first" in owner_client.get("/evaluations/").content.decode()


@pytest.mark.parametrize(
    ("address", "noun"), [("/evaluations/", "Models"), ("/sweeps/new/", "Training"), ("/datasets/", "Datasets")]
)
def test_the_bar_shows_where_a_page_belongs(owner_client: Client, address: str, noun: str) -> None:
    page = owner_client.get(address).content.decode()
    assert f'aria-current="page">{noun}</a>' in page
