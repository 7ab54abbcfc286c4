"""The review desk over HTTP: saves, the queue, revisions, lines of long texts, the wave from near."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.levels import peaks
from recognition.models import Correction, ModelVersion, Transcription
from recognition.services.corrections import correction_create
from recognition.services.review_queue import expected_text, review_queue
from recognition.services.revisions import segments_of, transcript_approve
from recognition.services.segment_edits import expected_errors
from recognition.services.transcriptions import transcription_create, transcription_delete, transcription_run
from recognition.services.waves import FinePeaks, peaks_path_of
from recognition.web.transcriptions import FIRST_LINES
from speechsite.lib.files import absolute
from tests.recognition.spoken import HARBOUR, kept, segment
from tests.recognition.tones import said, wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client
    from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db


def revise(client: Client, row: Transcription, **act: Any) -> Any:
    asked = {"began_from": 0, "shown": 0, **act}
    return client.post(f"/transcriptions/{row.pk}/revise/", json.dumps(asked), content_type="application/json")


def test_an_act_comes_back_as_the_lines_it_changed(owner: User, owner_client: Client) -> None:
    row = kept(owner, *HARBOUR)
    told = revise(owner_client, row, act="word", at=1, place=0, text="see").json()
    assert (told["revision"], told["number"], told["aside"]) == (1, 1, None)
    [change] = told["changes"]
    assert (change["at"], change["count"]) == (1, 1)
    assert "corrected by you, was “sea”" in change["html"]
    assert ">harbour<" not in change["html"]
    assert "revision 1, edited by you" in " ".join(told["log"].split())


def test_what_others_changed_comes_with_ones_own(owner: User, owner_client: Client) -> None:
    row = kept(owner, *HARBOUR)
    revise(owner_client, row, act="line", at=0, text="harbour here")
    told = revise(owner_client, row, act="word", at=1, place=0, text="see").json()
    assert [change["at"] for change in told["changes"]] == [0, 1]
    assert owner_client.get(f"/transcriptions/{row.pk}/revise/?shown=1").json()["changes"][0]["at"] == 1


def test_the_same_word_of_two_is_answered_409_with_both(owner: User, owner_client: Client) -> None:
    row = kept(owner, *HARBOUR)
    revise(owner_client, row, act="word", at=1, place=0, text="see")
    answer = revise(owner_client, row, act="word", at=1, place=0, text="tea")
    assert answer.status_code == 409
    aside = answer.json()["aside"]
    assert aside == {"number": 2, "mine": "tea wolf", "theirs": "see wolf", "at": 1, "is_one_line": True}


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ({"act": "dance"}, "revision_unreadable"),
        ({"act": "line", "at": 9, "text": "x"}, "line_unknown"),
        ({"act": "word", "at": 0, "place": 9, "text": "x"}, "word_unknown"),
        ({"act": "split", "at": 0, "place": 0}, "split_refused"),
        ({"act": "join", "at": 1}, "join_refused"),
        ({"act": "undo", "number": 4}, "revision_unknown"),
        ({"act": "line", "at": 0, "text": "x", "began_from": 7}, "revision_unknown"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    owner: User, owner_client: Client, act: dict[str, Any], code: str
) -> None:
    row = kept(owner, *HARBOUR)
    answer = owner_client.post(
        f"/transcriptions/{row.pk}/revise/",
        json.dumps({"began_from": 0, "shown": 0, **act}),
        content_type="application/json",
        headers={"Accept": "application/json"},
    )
    assert answer.json()["error"]["code"] == code
    assert not row.corrections.exists()


def test_the_queue_has_the_most_expected_errors_first(owner: User, member: User, owner_client: Client) -> None:
    def said_with(*confidences: float, by: User = owner) -> Transcription:
        words = [("go", float(place), place + 0.5, sure) for place, sure in enumerate(confidences)]
        row = kept(by, segment(*words), source_name=f"{len(confidences)}.wav")
        row.expected_errors = expected_errors(row.segments)
        row.save()
        return row

    few, many, sure, looked_at = said_with(0.5), said_with(0.5, 0.4, 0.2), said_with(0.97), said_with(0.1)
    said_with(0.2, by=member)
    transcript_approve(transcription=looked_at, by=owner)
    assert list(review_queue(owner=owner)) == [many, few]
    page = owner_client.get(f"/transcriptions/{sure.pk}/").content.decode()
    assert "2, most likely errors first" in page
    listed = owner_client.get("/transcriptions/?answer=waiting").context["answers"]
    assert [answer.row for answer in listed] == [many, few]
    answer = owner_client.post(f"/transcriptions/{many.pk}/approve/")
    assert answer.headers["Location"] == f"/transcriptions/{few.pk}/"
    answer = owner_client.post(f"/transcriptions/{few.pk}/approve/", follow=True)
    assert "Nothing else waits for a look." in answer.content.decode()
    assert not review_queue(owner=owner).exists()


def test_expected_errors_in_words() -> None:
    assert [expected_text(errors) for errors in (0.2, 1.0, 3.7, 1855.6)] == [
        "under 1",
        "about 1",
        "about 4",
        "about 1,856",
    ]


def test_expected_errors_are_reckoned_when_a_recording_is_heard(heard: Callable[..., Transcription]) -> None:
    row = heard("low", "high")
    assert row.expected_errors == pytest.approx(expected_errors(row.segments))


def test_a_program_finds_the_newest_segments_and_which_revision_it_wrote(owner: User, owner_api: APIClient) -> None:
    row = kept(owner, *HARBOUR)
    url = f"/api/v1/transcriptions/{row.pk}/"
    sent = owner_api.post(f"{url}corrections/", {"text": "harbour control this is sea lion"}, format="json").json()
    assert (sent["number"], sent["kind"], sent["began_from"]) == (1, "written", 0)
    stale = {"text": "harbour control this is sea otter", "began_from": 0}
    assert owner_api.post(f"{url}corrections/", stale, format="json").json()["kind"] == "aside"
    told = owner_api.get(url).json()
    assert (told["text"], told["revision"]) == ("harbour control this is sea lion", 1)
    assert told["segments"][1]["text"] == "sea wolf"
    newest = told["newest_segments"][1]
    assert newest["text"] == "sea lion"
    assert newest["words"][1] == {"word": "lion", "start": 4.52, "end": 5.0, "confidence": None}
    assert owner_api.post(f"{url}corrections/", {}, format="json").status_code == 400


def test_hours_come_in_two_parts(owner: User, owner_client: Client) -> None:
    many = [segment((f"word{number}", float(number), number + 0.5, 0.9)) for number in range(FIRST_LINES + 30)]
    row = kept(owner, *many, duration_seconds=float(len(many)))
    page = owner_client.get(f"/transcriptions/{row.pk}/").content.decode()
    assert page.count("<li data-start=") == FIRST_LINES
    revise(owner_client, row, act="word", at=FIRST_LINES + 1, place=0, text="changed")
    rest = owner_client.get(f"/transcriptions/{row.pk}/lines/?after={FIRST_LINES}&shown=0").content.decode()
    assert rest.count("<li data-start=") == 30
    assert "changed" not in rest
    assert "changed" in owner_client.get(f"/transcriptions/{row.pk}/lines/?after=150&shown=1").content.decode()
    assert owner_client.get(f"/transcriptions/{row.pk}/?all=1").content.decode().count("<li data-start=") == 180


def test_the_wave_from_near_is_that_of_the_sound(owner_client: Client, heard: Callable[..., Transcription]) -> None:
    row = heard("low", "high")
    url = f"/transcriptions/{row.pk}/peaks/"
    shown = owner_client.get(url, {"start": 0, "end": row.duration_seconds, "count": 40}).json()["peaks"]
    assert shown == pytest.approx(peaks(said("low", "high"), count=40), abs=16)
    part = owner_client.get(url, {"start": 0.3, "end": 0.8, "count": 288}).json()["peaks"]
    assert len(part) == 25
    assert max(part) >= 98
    assert owner_client.get(url, {"start": 0.0, "end": 0.2, "count": 5}).json()["peaks"] == [0] * 5
    assert owner_client.get(url, {"start": "x"}).json() == {"peaks": []}
    assert len(owner_client.get(url, {"start": 900, "end": 901, "count": 5}).json()["peaks"]) == 1


def test_a_recording_stored_before_there_were_such_files_is_measured_when_asked(
    owner_client: Client, heard: Callable[..., Transcription]
) -> None:
    row = heard("low", "high")
    url, query = f"/transcriptions/{row.pk}/peaks/", {"start": 0, "end": 3, "count": 50}
    before = owner_client.get(url, query).json()
    file = absolute(peaks_path_of(row.audio))
    file.unlink()
    assert owner_client.get(url, query).json() == before
    transcription_delete(transcription=row)


def test_peaks_do_not_depend_on_the_blocks_the_sound_comes_in(owner: User, tones: ModelVersion, tmp_path: Any) -> None:
    samples = np.abs(np.random.default_rng(1).standard_normal(16_000 * 2 + 77)).astype(np.float32) / 8
    files = []
    for size in (len(samples), 1000, 7):
        fine = FinePeaks()
        for start in range(0, len(samples), size):
            fine.add(samples[start : start + size])
        fine.write(tmp_path / f"{size}.flac")
        files.append((tmp_path / f"{size}.peaks").read_bytes())
    assert files[0] == files[1] == files[2]
    assert len(files[0]) == 101


@pytest.mark.django_db(transaction=True)
def test_a_long_recording_has_its_peaks_too_and_they_go_with_it(owner: User, tones: ModelVersion) -> None:
    row = transcription_create(owner=owner, model_version=tones, audio=wav(said(*["low"] * 30)), origin="upload")
    done = transcription_run(transcription_id=row.pk)
    assert done is not None
    file = absolute(peaks_path_of(done.audio))
    assert len(file.read_bytes()) == pytest.approx(50 * done.duration_seconds, abs=1)
    transcription_delete(transcription=done)
    assert not file.exists()


def test_all_revisions_are_listed(owner: User, owner_client: Client) -> None:
    row = kept(owner, *HARBOUR)
    for number in range(60):
        correction_create(transcription=row, text=f"text {number}", by=owner)
    page = owner_client.get(f"/transcriptions/{row.pk}/").content.decode()
    assert "60 revisions, the newest 8 shown." in page
    assert "revision 60," in owner_client.get(f"/transcriptions/{row.pk}/revisions/").content.decode()
    assert "revision 1," in owner_client.get(f"/transcriptions/{row.pk}/revisions/?page=2").content.decode()


def test_what_a_revision_changed_is_shown_and_an_older_one_brought_back(owner: User, owner_client: Client) -> None:
    row = kept(owner, *HARBOUR)
    revise(owner_client, row, act="word", at=1, place=1, text="lion")
    revise(owner_client, row, act="split", at=0, place=2, began_from=1)
    first = owner_client.get(f"/transcriptions/{row.pk}/revisions/1/").content.decode()
    assert "<del>wolf</del>" in first
    assert "<ins>lion</ins>" in first
    assert "Bring revision 1 back" in first
    heard = owner_client.get(f"/transcriptions/{row.pk}/revisions/0/").content.decode()
    assert "<ins>wolf</ins>" in heard
    owner_client.post(f"/transcriptions/{row.pk}/revisions/0/restore/")
    row.refresh_from_db()
    assert segments_of(row) == list(HARBOUR)
    assert Correction.objects.get(number=3).kind == "restored"
    assert owner_client.get(f"/transcriptions/{row.pk}/revisions/9/").status_code == 404


def test_a_text_that_is_hostile_stays_a_text(owner: User, owner_client: Client) -> None:
    row = kept(owner, segment(("<b>", 0.0, 0.5, 0.4), ("\"'", 1.0, 1.5, 0.4)))
    row.segments[0]["words"][0]["alternatives"] = [
        {"text": "</button><script>", "confidence": 0.5},
        {"text": "'\">", "confidence": 0.4},
    ]
    row.save()
    page = owner_client.get(f"/transcriptions/{row.pk}/").content.decode()
    assert "<b>" not in page.split('id="segments"')[1].split("</ol>")[0]
    assert "<script>" not in page.split('id="segments"')[1].split("</ol>")[0]
    told = revise(owner_client, row, act="word", at=0, place=0, text="<img src=x onerror=y>").json()
    assert "<img" not in told["changes"][0]["html"]
