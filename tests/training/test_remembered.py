from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.utils import translation
from redis.exceptions import ConnectionError as CacheIsAway

from recognition.engine.audio import wav_bytes
from tests.datasets.sounds import class_folders, zip_of
from tests.training.rows import make_clip, make_dataset
from tests.training.sentence_rows import sentences_dataset
from tests.training.sounds import recording
from training_jobs.models import Clip, Dataset
from training_jobs.services import composition as composition_module
from training_jobs.services.clips import clip_create, clip_delete, clip_reject, clip_relabel, clip_restore
from training_jobs.services.composition import composition
from training_jobs.services.findings import findings
from training_jobs.services.imports import import_create
from training_jobs.services.launch_facts import dataset_look_through
from training_jobs.services.snapshots import clip_rows
from training_jobs.tasks.imports import read_import
from training_jobs.web import launch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client


@pytest.fixture
def countings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that grows by a name whenever the clips of a dataset are counted."""
    found: list[str] = []
    count = composition_module._counted

    def counted(dataset: Dataset) -> Any:
        found.append(dataset.name)
        return count(dataset)

    monkeypatch.setattr(composition_module, "_counted", counted)
    return found


def test_clips_are_counted_once_until_one_of_them_changes(owner: User, countings: list[str]) -> None:
    dataset = make_dataset(owner, clips=9)
    assert composition(dataset) == composition(dataset)
    assert countings == ["Numbers"]


def test_what_is_remembered_is_said_in_the_language_of_each_who_asks(owner: User, countings: list[str]) -> None:
    dataset = make_dataset(owner, clips=9)
    titles = {}
    for code in ("en", "de"):
        with translation.override(code):
            titles[code] = [finding.title for finding in findings(dataset, composition(dataset))]
    assert countings == ["Numbers"]
    assert "3 words with few clips" in titles["en"]
    assert "3 Wörter mit wenigen Clips" in titles["de"]


@pytest.mark.parametrize(
    "change",
    [
        lambda clip: clip_relabel(clip=clip, text="four"),
        lambda clip: clip_relabel(clip=clip, speaker="zoe"),
        lambda clip: clip_reject(clip=clip),
        lambda clip: clip_delete(clip=clip),
        lambda clip: clip_create(
            dataset=clip.dataset, audio=wav_bytes(recording("rising", take=1)), text="four", origin=Clip.Origin.UPLOAD
        ),
    ],
    ids=["another label", "another speaker", "rejected", "deleted", "a new one"],
)
def test_every_change_of_a_clip_is_seen(owner: User, change: Callable[[Clip], object]) -> None:
    dataset = make_dataset(owner, clips=9, speaker="ada")
    before = composition(dataset)
    change(Clip.objects.filter(dataset=dataset, text="one")[0])
    assert composition(dataset) != before


def test_a_clip_taken_back_in_is_seen(owner: User) -> None:
    dataset = make_dataset(owner, clips=9)
    rejected = make_clip(dataset, 20, status=Clip.Status.REJECTED, rejection_code="by_hand")
    assert composition(dataset).ready == 9
    clip_restore(clip=rejected)
    assert composition(dataset).ready == 10


def test_another_dataset_has_its_own_figures(owner: User, countings: list[str]) -> None:
    for name, clips in (("Numbers", 9), ("More", 12)):
        assert composition(make_dataset(owner, name, clips=clips)).ready == clips
    assert countings == ["Numbers", "More"]


def test_without_the_cache_the_clips_are_counted_each_time(
    owner: User, countings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise CacheIsAway

    for name in ("get", "set"):
        monkeypatch.setattr(cache, name, away)
    dataset = make_dataset(owner, clips=9)
    assert [composition(dataset).ready for _ in range(2)] == [9, 9]
    assert len(countings) == 2


def test_after_an_upload_the_first_look_counts_no_clip(
    owner: User, owner_client: Client, countings: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Uploaded")
    upload = zip_of(tmp_path / "words.zip", class_folders(takes=6))
    row = import_create(dataset=dataset, owner=owner, file=upload, source_name="words.zip")
    read_import(str(row.pk))
    assert countings == ["Uploaded"]

    def read(dataset: Dataset) -> None:
        raise AssertionError(dataset)

    monkeypatch.setattr(launch, "clip_rows", read)
    form = owner_client.get(f"/training/new/?dataset={dataset.pk}").content.decode()
    assert "12 clips of 2 words" in form
    assert owner_client.get(f"/datasets/{dataset.pk}/").status_code == 200
    assert owner_client.get("/").status_code == 200
    assert countings == ["Uploaded"]


def test_sentences_that_were_looked_through_are_read_no_more_until_a_rule_or_a_clip_changes(
    owner: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = sentences_dataset(owner, texts=[f"Turn lamp {number % 7} off, please." for number in range(40)])
    dataset_look_through(dataset)
    read: list[str] = []

    def rows(dataset: Dataset) -> list[Any]:
        read.append(dataset.name)
        return clip_rows(dataset)

    monkeypatch.setattr(launch, "clip_rows", rows)
    address = f"/training/new/?dataset={dataset.pk}"
    form = owner_client.get(address).content.decode()
    assert re.search(r"turn lamp \d off please", form)
    assert "40 clips, 2\u00a0min of speech" in form
    assert owner_client.get(f"/datasets/{dataset.pk}/").status_code == 200
    assert read == []
    kept = owner_client.get(f"{address}&rules-of={dataset.pk}&rule-case=keep").content.decode()
    assert re.search(r"Turn lamp \d off please", kept)
    assert read == ["Read aloud"]
    clip_relabel(clip=Clip.objects.filter(dataset=dataset)[0], text="Turn it off?!")
    assert re.search("[Tt]urn lamp", owner_client.get(address).content.decode())
    assert read == ["Read aloud"] * 2


@pytest.mark.parametrize(
    "left",
    [b"cno_such_module\nFigures\n.", b"cjson\nno_such\n.", b"no pickle", b""],
    ids=["moved", "gone", "cut", "empty"],
)
def test_what_another_release_left_is_counted_anew(owner: User, countings: list[str], left: bytes) -> None:
    dataset = make_dataset(owner, clips=9)
    composition(dataset)
    redis = cache._cache.get_client(None, write=True)  # type: ignore[attr-defined]  # what lies in it, as it lies there
    (key,) = redis.keys(f"*dataset:{dataset.pk}:*")
    redis.set(key, left)
    assert composition(dataset).ready == 9
    assert countings == ["Numbers"] * 2


def test_the_launch_form_says_what_the_clips_are_now(owner: User, owner_client: Client) -> None:
    dataset = make_dataset(owner, clips=30)
    address = f"/training/new/?dataset={dataset.pk}"
    assert "30 clips of 3 words" in owner_client.get(address).content.decode()
    clip_relabel(clip=Clip.objects.filter(dataset=dataset)[0], text="four")
    clip_relabel(clip=Clip.objects.filter(dataset=dataset, text="two")[0], text="four")
    assert "30 clips of 4 words" in owner_client.get(address).content.decode()
    asked = f"{address}&split=random&other_words="
    assert "30 clips of 4 words" in owner_client.get(asked).content.decode()
