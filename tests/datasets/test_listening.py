"""The second listening: recorded clips wait until somebody else has called them good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from speechsite.lib.errors import ServiceError
from tests.datasets.sounds import spoken_wav
from training_jobs.models import Clip, ClipVote, Dataset
from training_jobs.services.clips import clip_create, clip_reject
from training_jobs.services.datasets import dataset_create
from training_jobs.services.listening import clip_vote, clips_to_hear, listening_set, waiting

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from rest_framework.test import APIClient


@pytest.fixture
def dataset(owner: User) -> Dataset:
    return listening_set(dataset=dataset_create(owner=owner, name="Words", prompts=["yes", "no"]), is_wanted=True)


def recorded(dataset: Dataset, number: int = 0, origin: str = "recording") -> Clip:
    return clip_create(dataset=dataset, audio=spoken_wav(number), text="yes", speaker="Ana", origin=origin)


def test_a_recording_waits_and_an_upload_does_not(dataset: Dataset) -> None:
    assert (recorded(dataset).rejection_code, recorded(dataset, 1, "upload").status) == ("waits_for_listener", "ready")
    assert waiting(dataset).count() == 1


def test_somebody_else_calls_it_good_or_bad_and_may_change_their_mind(dataset: Dataset) -> None:
    clip = recorded(dataset)
    assert clips_to_hear(dataset=dataset, listener=" Ana ") == []
    assert clips_to_hear(dataset=dataset, listener="Ben") == [clip]
    revision = Dataset.objects.get().revision
    assert clip_vote(clip=clip, listener="Ben", is_good=False).rejection_code == "voted_bad"
    assert clip_vote(clip=clip, listener="Ben", is_good=True).status == "ready"
    assert [(vote.listener, vote.is_good) for vote in ClipVote.objects.all()] == [("Ben", True)]
    assert Dataset.objects.get().revision == revision + 2


@pytest.mark.parametrize(("listener", "code"), [("Ana", "own_voice"), ("  ", "listener_missing")])
def test_who_spoke_it_does_not_judge_it(dataset: Dataset, listener: str, code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        clip_vote(clip=recorded(dataset), listener=listener, is_good=True)
    assert refused.value.code == code


def test_a_vote_does_not_bring_back_what_was_rejected_for_another_reason(dataset: Dataset) -> None:
    clip = clip_reject(clip=recorded(dataset, origin="upload"))
    with pytest.raises(ServiceError) as refused:
        clip_vote(clip=clip, listener="Ben", is_good=True)
    assert refused.value.code == "not_listened_to"


def test_without_it_what_waits_is_taken_in(dataset: Dataset) -> None:
    clip = recorded(dataset)
    listening_set(dataset=dataset, is_wanted=False)
    clip.refresh_from_db()
    assert (clip.status, clip.rejection_code) == ("ready", "")


def test_the_pages_lead_to_it(dataset: Dataset, owner_client: Client) -> None:
    recorded(dataset)
    assert "1 take waits for a second listener" in text(owner_client, f"/datasets/{dataset.pk}/")
    assert "Listen to 1 take" in text(owner_client, f"/datasets/{dataset.pk}/listen/")
    assert "Nothing waits for Ana" in text(owner_client, f"/datasets/{dataset.pk}/listen/?listener=Ana")
    page = owner_client.get(f"/datasets/{dataset.pk}/listen/?listener=Ben")
    assert [clip["text"] for clip in page.context["clips"]] == ["yes"]
    studio = owner_client.get(f"/datasets/{dataset.pk}/record/").context["studio"]
    assert studio["words"][0] == {"word": "yes", "takes": 1}
    owner_client.post(f"/datasets/{dataset.pk}/listening/", {"is_wanted": "no"})
    assert not Dataset.objects.get().is_listened_to


def text(client: Client, address: str) -> str:
    return str(client.get(address).content.decode())


def test_votes_through_the_api(dataset: Dataset, owner_api: APIClient, stranger_api: APIClient) -> None:
    address = f"/api/v1/clips/{recorded(dataset).pk}/votes/"
    asked: dict[str, Any] = {"listener": "Ben", "is_good": True}
    assert stranger_api.post(address, asked, format="json").status_code == 404
    assert owner_api.post(address, asked, format="json").data["status"] == "ready"


def test_where_nothing_waits_nobody_is_asked_who_listens(owner_client: Client, dataset: Dataset) -> None:
    page = owner_client.get(f"/datasets/{dataset.pk}/listen/").content.decode()
    assert "No take waits to be listened to" in page
    assert "Who listens?" not in page
