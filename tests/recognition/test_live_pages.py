"""The page of a recording while it is heard, the words on it, and lists of long recordings."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from recognition.models import ModelVersion, Transcription
from recognition.services.transcriptions import transcription_create
from tests.engine.tone_sentences import said as letters_of
from tests.recognition.tones import wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def text_of(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined] # every answer has content


@pytest.fixture
def running(heard: Callable[..., Transcription]) -> Transcription:
    """Return a recording of which a worker has heard a quarter."""
    row = heard("low", "high", "middle")
    Transcription.objects.filter(pk=row.pk).update(
        status="running",
        finished_at=None,
        answer="",
        progress=0.25,
        processing_seconds=20.0,
        duration_seconds=3600.0,
        segments=[*row.segments, *row.segments],
    )
    row.refresh_from_db()
    return row


def status_of(client: Client, row: Transcription, **known: object) -> object:
    return client.get(reverse("recognition:transcription-status", args=[row.pk]), known)


def test_a_running_recording_shows_what_was_heard_how_far_it_is_and_the_time_left(
    owner_client: Client, running: Transcription
) -> None:
    page = text_of(owner_client.get(f"/transcriptions/{running.pk}/"))
    assert "15\u00a0min of 1.0\u00a0h heard, about 1\u00a0min left." in page
    assert "Listening to it" in page
    assert page.count('data-from="') == 6
    assert 'aria-valuenow="25"' in page
    assert "after=2&progress=0.25&stage=listening&player=1" in page
    assert "Keep this text" not in page
    assert "?format=docx" not in page


def test_a_page_that_asks_gets_only_what_it_does_not_show_yet(owner_client: Client, running: Transcription) -> None:
    answer = text_of(status_of(owner_client, running, after=1, progress=0.1, stage="listening", player=1))
    assert answer.count('data-from="') == 3
    assert 'hx-swap-oob="beforeend:#segments"' in answer
    assert "stage-said" not in answer
    assert "player-place" not in answer
    assert "after=2&" in answer
    same = text_of(status_of(owner_client, running, after=2, progress=0.25, stage="listening", player=1))
    assert "data-from" not in same
    assert "after=2&" in same


def test_a_new_stage_is_said_once_and_the_player_comes_with_it(owner_client: Client, running: Transcription) -> None:
    answer = text_of(status_of(owner_client, running, after=2, progress=0.25, stage="reading"))
    assert (
        '<p id="stage-said" class="visually-hidden" role="status" hx-swap-oob="innerHTML">Listening to it</p>' in answer
    )
    assert 'id="player-place"' in answer


def test_when_it_is_done_the_page_becomes_whole_without_being_loaded_anew(
    owner_client: Client, heard: Callable[..., Transcription]
) -> None:
    row = heard("low", "high")
    answer = status_of(owner_client, row, after=0, progress=0.4, stage="listening", player=1)
    page = text_of(answer)
    assert "HX-Refresh" not in answer.headers  # type: ignore[attr-defined] # every answer has headers
    assert "every 1s" not in page
    for part in ("Heard to the end", "Keep this text", "?format=docx", "heard by tones@v1", 'data-from="'):
        assert part in page


def test_a_recording_that_began_anew_is_loaded_anew(owner_client: Client, running: Transcription) -> None:
    answer = status_of(owner_client, running, after=9, progress=0.9, stage="listening", player=1)
    assert answer.headers["HX-Refresh"] == "true"  # type: ignore[attr-defined] # every answer has headers


def test_what_a_page_says_of_itself_is_not_trusted(owner_client: Client, running: Transcription) -> None:
    answer = status_of(owner_client, running, after="-7", progress="nan", stage="<script>", player="maybe")
    assert answer.status_code == 200  # type: ignore[attr-defined] # every answer has a status
    assert text_of(answer).count('data-from="') == 6


def test_the_news_of_a_running_recording_are_asked_for_cheaply(
    owner_client: Client, running: Transcription, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(5) as asked:
        status_of(owner_client, running, after=2, progress=0.25, stage="listening", player=1)
    assert not any('"segments"' in query["sql"] for query in asked.captured_queries)


def test_lists_leave_the_words_of_long_recordings_in_the_database(
    owner_client: Client, heard: Callable[..., Transcription], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    long = heard("low", "high")
    heard("middle")
    Transcription.objects.filter(pk=long.pk).update(
        duration_seconds=7200, text="word " * 9000, heard_text="word " * 9000
    )
    for url in ("/transcriptions/", "/transcribe/", "/"):
        with django_assert_max_num_queries(30):
            page = text_of(owner_client.get(url))
        assert "middle</span>" in page
        assert page.count("word word") < 40
        assert "…" in page


def test_a_failed_recording_shows_what_was_heard_until_then(owner_client: Client, running: Transcription) -> None:
    Transcription.objects.filter(pk=running.pk).update(
        status="failed", failure_code="disk_full", failure_message="The disk is full.", finished_at=timezone.now()
    )
    page = text_of(owner_client.get(f"/transcriptions/{running.pk}/"))
    assert "What was heard until then stands below." in page
    assert page.count('data-from="') == 6
    assert "Keep this text" not in page


def test_words_carry_their_doubt_in_look_and_words(owner_client: Client, heard: Callable[..., Transcription]) -> None:
    row = heard("low", "high", "middle")
    words = [word for part in row.segments for word in part["words"]]
    words[1]["confidence"], words[2]["confidence"] = 0.78, 0.54
    row.save(update_fields=["segments"])
    page = text_of(owner_client.get(f"/transcriptions/{row.pk}/"))
    assert 'class="w unsure" data-from="1.3' in page
    assert 'aria-description="unsure, 78\u00a0%">high</button>' in page
    assert 'aria-description="doubtful, 54\u00a0%">middle</button>' in page
    assert re.search(r'class="w " [^>]* tabindex="-1">low</button>', page)


def test_text_has_its_language_and_direction(owner_client: Client, owner: User, letters: ModelVersion) -> None:
    row = transcription_create(owner=owner, model_version=letters, audio=wav(letters_of("sea wolf")), origin="upload")
    page = text_of(owner_client.get(f"/transcriptions/{row.pk}/"))
    assert '<div class="txt" dir="auto" lang="en">' in page
    assert page.count('lang="en"') > 2


def test_expected_words_are_asked_for_where_they_help(
    owner_client: Client, tones: ModelVersion, letters: ModelVersion
) -> None:
    page = text_of(owner_client.get("/transcribe/?model=letters@production"))
    assert 'data-kind="sentences" data-language="en" selected' in page
    assert re.search(r"<div data-for-sentences><label", page)
    assert "letters, production (v1), 10.0\u00a0% wrong" in page
    assert re.search(
        r"<div data-for-sentences hidden>", text_of(owner_client.get("/transcribe/?model=tones@production"))
    )


def test_expected_words_come_with_the_form(owner_client: Client, letters: ModelVersion) -> None:
    sent = {"audio": SimpleUploadedFile("a.wav", wav(letters_of("sea wolf"))), "model": "letters"}
    owner_client.post(reverse("recognition:transcription-create"), {**sent, "hotwords": "wolf, Björn"})
    row = Transcription.objects.get()
    assert (row.hotwords, row.text) == (["wolf", "Björn"], "sea wolf")
    assert "Expected words" in text_of(owner_client.get(f"/transcriptions/{row.pk}/"))
    sent["audio"] = SimpleUploadedFile("a.wav", wav(letters_of("sea")))
    refused = owner_client.post(
        reverse("recognition:transcription-create"),
        {**sent, "hotwords": "x" * 61},
        headers={"Accept": "application/json"},
    )
    assert refused.json()["error"]["code"] == "hotwords_refused"
