from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from recognition.models import AliasChange, Correction, ModelVersion, Transcription
from recognition.services.corrections import correction_create
from recognition.services.models import version_promote
from recognition.services.transcriptions import transcription_create
from tests.recognition.conftest import METRICS
from tests.recognition.tones import room, said, tone, wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db
WORSE = {**METRICS, "accuracy": 0.7, "interval": [0.65, 0.75]}
BETTER = {**METRICS, "accuracy": 0.97, "interval": [0.95, 0.99]}


def text_of(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined] # every answer has content


def say(client: Client, content: bytes, **fields: str) -> object:
    sent = {"audio": SimpleUploadedFile("word.wav", content), "model": "tones@production", **fields}
    return client.post(reverse("recognition:transcription-create"), sent)


def test_the_microphone_page_without_a_model_says_what_to_do(owner_client: Client) -> None:
    page = text_of(owner_client.get("/transcribe/"))
    assert "There is no model yet" in page
    assert 'href="/datasets/"' in page


def test_the_microphone_page_offers_production_with_its_score(owner_client: Client, tones: ModelVersion) -> None:
    page = text_of(owner_client.get("/transcribe/"))
    assert (
        '<option value="tones@production" data-kind="words" data-language="" selected>'
        "tones, production (v1), 90.0\u00a0%</option>" in page
    )


def test_another_version_can_be_tried(
    owner: User, owner_client: Client, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    register(owner)
    page = text_of(owner_client.get("/transcribe/?model=tones@v2"))
    assert '<option value="tones@v2" data-kind="words" data-language="" selected>tones v2, 90.0\u00a0%</option>' in page


def test_what_was_said_comes_back_as_a_fragment(owner_client: Client, tones: ModelVersion) -> None:
    page = text_of(say(owner_client, wav(said("low")), origin="microphone", fragment="1"))
    assert '<span class="w ">low</span>' in page
    row = Transcription.objects.get()
    assert (row.origin, row.source_name) == ("microphone", "")
    assert f'id="answer-{row.pk}"' in page
    assert "Sure, " in page


def test_a_doubtful_answer_asks_and_one_press_corrects_it(owner_client: Client, tones: ModelVersion) -> None:
    page = text_of(say(owner_client, wav(tone(1420)), fragment="1"))
    row = Transcription.objects.get()
    assert row.answer == "words"
    assert "Was it" in page
    answer = owner_client.post(
        reverse("recognition:transcription-correct", args=[row.pk]), {"text": "high", "as": "result"}
    )
    assert "Was it" not in text_of(answer)
    assert '<span class="w fixed">high</span>' in text_of(answer)
    assert Correction.objects.get().text == "high"


def test_none_of_these_says_what_was_closest_and_what_was_needed(owner_client: Client, tones: ModelVersion) -> None:
    page = text_of(say(owner_client, wav(tone(610)), fragment="1"))
    assert "None of these words" in page
    assert "below the 62\u00a0% needed" in page


def test_silence_says_so(owner_client: Client, tones: ModelVersion) -> None:
    assert "Nothing louder than the room was heard." in text_of(say(owner_client, wav(room(1.0)), fragment="1"))


def test_a_failure_comes_back_in_words(owner_client: Client, tones: ModelVersion) -> None:
    answer = owner_client.post(
        reverse("recognition:transcription-create"),
        {"audio": SimpleUploadedFile("word.wav", b"rubbish"), "model": "tones"},
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "audio_undecodable"


def test_a_plain_form_is_led_to_the_page_of_the_recording(owner_client: Client, tones: ModelVersion) -> None:
    answer = say(owner_client, wav(said("low")))
    row = Transcription.objects.get()
    assert answer.headers["Location"] == reverse("recognition:transcription-detail", args=[row.pk])
    assert row.source_name == "word.wav"


def test_an_empty_history_and_one_without_hits_say_different_things(
    owner_client: Client, heard: Callable[..., Transcription]
) -> None:
    empty = text_of(owner_client.get("/transcriptions/"))
    assert "No transcriptions yet" in empty
    assert "any confidence" not in empty
    heard("low")
    page = text_of(owner_client.get("/transcriptions/?q=nowhere"))
    assert "Nothing matches" in page
    assert "No transcription holds “nowhere”" in page


def test_the_history_is_searched_and_filtered(
    owner: User, owner_client: Client, heard: Callable[..., Transcription], tones: ModelVersion
) -> None:
    low, high = heard("low"), heard("high", source_name="evening.wav")
    transcription_create(owner=owner, model_version=tones, audio=wav(room(1.0)), origin="upload")
    correction_create(transcription=low, text="deep", by=owner)
    Transcription.objects.filter(pk=high.pk).update(created_at=timezone.now() - timedelta(days=3))

    def found(query: str) -> set[str]:
        page = owner_client.get(f"/transcriptions/?{query}")
        return {answer.title for answer in page.context["answers"]}

    assert found("") == {"deep", "high", "Silence"}
    assert found("q=deep") == found("q=low") == found("answer=corrected") == {"deep"}
    assert found("q=evening") == {"high"}
    assert found("answer=silence") == {"Silence"}
    assert found("model=tones@v1&q=high") == {"high"}
    assert found("model=other") == set()
    yesterday = (timezone.now() - timedelta(days=1)).date().isoformat()
    assert found(f"until={yesterday}") == {"high"}
    assert found(f"since={yesterday}") == {"deep", "Silence"}
    assert found("since=rubbish&answer=rubbish") == {"deep", "high", "Silence"}


def test_doubtful_answers_wait_until_somebody_looked(owner: User, owner_client: Client, tones: ModelVersion) -> None:
    row = transcription_create(owner=owner, model_version=tones, audio=wav(tone(1420)), origin="upload")
    Transcription.objects.filter(pk=row.pk).update(confidence=0.5)
    assert len(owner_client.get("/transcriptions/?confidence=doubtful").context["answers"]) == 1
    correction_create(transcription=row, text="middle", by=owner)
    assert len(owner_client.get("/transcriptions/?confidence=doubtful").context["answers"]) == 0


def test_the_history_is_paged_and_keeps_the_search(
    owner: User, owner_client: Client, heard: Callable[..., Transcription]
) -> None:
    row = heard("low")
    copies = []
    for _ in range(30):
        row.pk = None
        row.id = type(row)._meta.pk.get_default()  # type: ignore[union-attr] # the primary key has a default
        copies.append(Transcription(**{field.attname: getattr(row, field.attname) for field in row._meta.fields}))
    Transcription.objects.bulk_create(copies)
    page = text_of(owner_client.get("/transcriptions/?q=low"))
    assert "31 transcriptions, page 1 of 2" in page
    assert "?q=low&page=2" in page
    assert len(owner_client.get("/transcriptions/?q=low&page=2").context["answers"]) == 6


def test_the_history_asks_the_database_as_often_for_many_rows_as_for_few(
    owner_client: Client, heard: Callable[..., Transcription], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        heard("low")
    with django_assert_max_num_queries(10):
        owner_client.get("/transcriptions/")
    with django_assert_max_num_queries(9):
        owner_client.get("/transcribe/")


def test_the_page_of_a_recording_shows_words_lineage_and_player(
    owner_client: Client, heard: Callable[..., Transcription]
) -> None:
    row = heard("low", "high")
    page = text_of(owner_client.get(f"/transcriptions/{row.pk}/"))
    assert f'data-audio="/transcriptions/{row.pk}/audio/"' in page
    assert page.count('data-from="') == 2
    assert "Tones" in page
    assert "conv, seed 7" in page


def test_a_correction_on_the_page_is_kept_with_who_and_when(
    owner: User, owner_client: Client, heard: Callable[..., Transcription]
) -> None:
    row = heard("low")
    url = reverse("recognition:transcription-correct", args=[row.pk])
    page = text_of(owner_client.post(url, {"text": "high"}, follow=True))
    assert "revision 1, written whole by you" in page
    assert "Corrected by you. It was heard as “low”." in page
    refused = owner_client.post(url, {"text": "?!"})
    assert refused.status_code == 422
    assert "has no letter or digit" in text_of(refused)


def test_a_recording_is_deleted_after_a_named_confirmation(
    owner_client: Client, heard: Callable[..., Transcription]
) -> None:
    row = heard("low")
    assert "Delete “low”" in text_of(owner_client.get(f"/transcriptions/{row.pk}/"))
    page = text_of(owner_client.post(f"/transcriptions/{row.pk}/delete/", follow=True))
    assert "“low” is deleted" in page
    assert not Transcription.objects.exists()


def test_a_waiting_recording_asks_again_and_a_finished_one_stops(
    owner: User, owner_client: Client, tones: ModelVersion, heard: Callable[..., Transcription]
) -> None:
    waiting = transcription_create(
        owner=owner, model_version=tones, audio=wav(said(*["low"] * 30)), origin="upload", source_name="long.wav"
    )
    for query in ("", "?as=result"):
        assert "every 1s" in text_of(owner_client.get(f"/transcriptions/{waiting.pk}/status/{query}"))
    done = owner_client.get(f"/transcriptions/{heard('low').pk}/status/")
    assert "every 1s" not in text_of(done)


def test_a_failed_recording_can_be_recognised_again(owner_client: Client, owner: User, tones: ModelVersion) -> None:
    model = tones.bundle_path / "model.tflite"
    content = model.read_bytes()
    model.write_bytes(b"rubbish")
    row = transcription_create(owner=owner, model_version=tones, audio=wav(said("low")), origin="upload")
    page = text_of(owner_client.get(f"/transcriptions/{row.pk}/"))
    assert "Recognise it again" in page
    assert "bundle_corrupt" in page
    model.write_bytes(content)
    owner_client.post(f"/transcriptions/{row.pk}/retry/")
    row.refresh_from_db()
    assert row.status == "queued"


def test_an_empty_models_page_says_what_to_do(owner_client: Client) -> None:
    assert "No models yet" in text_of(owner_client.get("/models/"))


def test_versions_stand_on_one_axis_with_the_log(
    owner: User, owner_client: Client, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    second = register(owner, metrics=BETTER)
    version_promote(version=second, by=owner, reason="Hears high tones.")
    page = text_of(owner_client.get("/models/tones/"))
    assert "Accuracy, 75 to 100 %" in page
    assert 'data-at="0.6"' in page
    assert "“Hears high tones.”" in page
    assert "Roll back to v1" in page
    assert "v1</b>, the first, went into production by itself." in page


def test_a_promotion_wants_a_reason(
    owner: User, owner_client: Client, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    register(owner, metrics=BETTER)
    assert "v2 is better, by 7.0\u00a0points." in text_of(owner_client.get("/models/tones/"))
    url = reverse("recognition:version-promote", args=["tones", 2])
    assert owner_client.post(url, {"reason": " "}).status_code == 422
    page = text_of(owner_client.post(url, {"reason": "Better on both voices"}, follow=True))
    assert "v2 is in production" in page
    assert AliasChange.objects.first().reason == "Better on both voices"  # type: ignore[union-attr] # there is one


def test_a_worse_version_wants_a_second_named_confirmation(
    owner: User, owner_client: Client, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    register(owner, metrics=WORSE)
    assert "Put v2 in production although it is worse" in text_of(owner_client.get("/models/tones/"))
    url = reverse("recognition:version-promote", args=["tones", 2])
    assert owner_client.post(url, {"reason": "a trial"}).status_code == 422
    assert owner_client.post(url, {"reason": "a trial", "confirmed": "on"}).status_code == 302


def test_roll_back_from_the_page(
    owner: User, owner_client: Client, tones: ModelVersion, register: Callable[..., ModelVersion]
) -> None:
    version_promote(version=register(owner), by=owner)
    page = text_of(owner_client.post("/models/tones/rollback/", follow=True))
    assert "v1 is in production again." in page


def test_the_page_of_a_version_shows_lineage_and_card(owner_client: Client, tones: ModelVersion) -> None:
    page = text_of(owner_client.get("/models/tones/v1/"))
    assert "Hears low, middle and high tones." in page
    assert "5f5f5f" in page
    assert tones.bundle_sha256 in page


def test_a_bundle_is_downloaded_and_imported_on_the_page(owner_client: Client, tones: ModelVersion) -> None:
    content = b"".join(owner_client.get("/models/tones/v1/bundle/").streaming_content)
    sent = {"bundle": SimpleUploadedFile("tones.zip", content), "recognizer": "copy"}
    page = text_of(owner_client.post(reverse("recognition:bundle-import"), sent, follow=True))
    assert "The bundle is in as v1 of copy." in page


def test_models_pages_ask_the_database_as_often_for_many_rows_as_for_few(
    owner: User,
    owner_client: Client,
    tones: ModelVersion,
    register: Callable[..., ModelVersion],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for name in ("tones", "tones", "other", "third"):
        register(owner, name=name)
    with django_assert_max_num_queries(9):
        owner_client.get("/models/")
    with django_assert_max_num_queries(11):
        owner_client.get("/models/tones/")


PAGES = [
    ("get", "/models/tones/"),
    ("get", "/models/tones/v1/"),
    ("get", "/models/tones/v1/bundle/"),
    ("post", "/models/tones/v1/promote/"),
    ("post", "/models/tones/rollback/"),
    ("get", "/transcriptions/{id}/"),
    ("get", "/transcriptions/{id}/status/"),
    ("get", "/transcriptions/{id}/audio/"),
    ("get", "/transcriptions/{id}/export/"),
    ("post", "/transcriptions/{id}/correct/"),
    ("get", "/transcriptions/{id}/peaks/"),
    ("get", "/transcriptions/{id}/revise/"),
    ("post", "/transcriptions/{id}/revise/"),
    ("post", "/transcriptions/{id}/approve/"),
    ("get", "/transcriptions/{id}/revisions/"),
    ("get", "/transcriptions/{id}/revisions/0/"),
    ("post", "/transcriptions/{id}/revisions/0/restore/"),
    ("get", "/transcriptions/{id}/dataset/"),
    ("post", "/transcriptions/{id}/dataset/"),
    ("post", "/transcriptions/{id}/retry/"),
    ("post", "/transcriptions/{id}/delete/"),
]


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_a_stranger_gets_404(
    stranger_client: Client, heard: Callable[..., Transcription], method: str, path: str
) -> None:
    url = path.format(id=heard("low").pk)
    assert getattr(stranger_client, method)(url, {"text": "mine", "reason": "mine"}).status_code == 404
    assert Transcription.objects.get().text == "low"


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_nobody_is_led_to_the_login(
    client: Client, heard: Callable[..., Transcription], method: str, path: str
) -> None:
    answer = getattr(client, method)(path.format(id=heard("low").pk))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


def test_a_stranger_cannot_use_the_model(stranger_client: Client, tones: ModelVersion) -> None:
    assert say(stranger_client, wav(said("low"))).status_code == 404
    assert not Transcription.objects.exists()


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_names_and_texts_of_people_are_escaped(
    owner: User, owner_client: Client, heard: Callable[..., Transcription], hostile: str
) -> None:
    row = heard("low", source_name=f"{hostile}.wav")
    correction_create(transcription=row, text=hostile, by=owner)
    for url in ("/transcriptions/", f"/transcriptions/{row.pk}/", "/transcribe/", f"/transcriptions/?q={hostile}"):
        assert hostile not in owner_client.get(url).content.decode()
