"""Lines and whole recordings become clips of a dataset, with the way back to where they were said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognition.engine.audio import decode, write_flac
from recognition.services import segment_edits as edits
from recognition.services.corrections import correction_create
from recognition.services.revisions import revision_save, transcript_approve
from speechsite.lib.errors import ServiceError
from speechsite.lib.files import private_path, relative
from tests.home.test_overview import dataset_of, sentences_of
from tests.recognition.spoken import kept, segment
from tests.recognition.tones import tone
from training_jobs.models import Clip
from training_jobs.services.corrections import corrections_waiting
from training_jobs.services.transcript_clips import Taken, transcript_take

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from recognition.models import Transcription
    from training_jobs.models import Dataset

pytestmark = pytest.mark.django_db
LINES = (
    segment(("harbour", 0.5, 1.0, 0.97), ("control", 1.1, 1.6, 0.93)),
    segment(("go", 3.0, 3.4, 0.95), ("ahead", 3.5, 3.9, 0.41)),
)


@pytest.fixture
def spoken(owner: User) -> Transcription:
    row = kept(owner, *LINES, duration_seconds=90.0)
    samples = np.zeros(90 * 16_000, np.float32)
    for number, part in enumerate(LINES):
        for place, word in enumerate(part["words"]):
            sound = tone(400 + 150 * (2 * number + place), seconds=word["end"] - word["start"])
            start = round(word["start"] * 16_000)
            samples[start : start + len(sound)] = sound
    path = private_path("transcriptions", row.pk, ".flac")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_flac(path, samples)
    row.audio = relative(path)
    row.save()
    return row


@pytest.fixture
def sentences(owner: User) -> Dataset:
    return sentences_of(owner, seconds=600)


def clips(dataset: Dataset) -> list[tuple[str, float | None, float | None]]:
    found = dataset.clips.filter(origin=Clip.Origin.CORRECTION).order_by("source_start_seconds")
    return list(found.values_list("text", "source_start_seconds", "source_end_seconds"))


def test_a_long_recording_becomes_a_clip_for_each_line(owner: User, spoken: Transcription, sentences: Dataset) -> None:
    assert transcript_take(transcription=spoken, dataset=sentences, by=owner) == Taken(added=2)
    assert clips(sentences) == [("harbour control", 0.4, 1.7), ("go ahead", 2.9, 4.0)]
    clip = sentences.clips.filter(text="go ahead").get()
    assert (clip.transcription, clip.speaker, clip.source_name) == (spoken, "owner", "harbour.mp3")
    assert decode(clip.audio_path).duration_seconds == pytest.approx(1.1, abs=0.01)


def test_one_line_is_added_with_its_newest_text(owner: User, spoken: Transcription, sentences: Dataset) -> None:
    revision_save(
        transcription=spoken,
        by=owner,
        began_from=None,
        edit=lambda base: edits.line_rewritten(base, 1, "go astern", duration=90.0),
    )
    spoken.refresh_from_db()
    assert transcript_take(transcription=spoken, dataset=sentences, by=owner, line=1) == Taken(added=1)
    assert clips(sentences) == [("go astern", 2.9, 4.0)]
    with pytest.raises(ServiceError) as refused:
        transcript_take(transcription=spoken, dataset=sentences, by=owner, line=2)
    assert refused.value.code == "line_unknown"


def test_adding_again_mends_what_is_there(owner: User, spoken: Transcription, sentences: Dataset) -> None:
    transcript_take(transcription=spoken, dataset=sentences, by=owner)
    assert transcript_take(transcription=spoken, dataset=sentences, by=owner) == Taken(unchanged=2)
    for began_from, edit in enumerate(
        (
            lambda base: edits.line_rewritten(base, 0, "harbour control out", duration=90.0),
            lambda base: edits.nudged(base, 1, "end", 0.2, duration=90.0),
        )
    ):
        revision_save(transcription=spoken, by=owner, began_from=began_from, edit=edit)
    spoken.refresh_from_db()
    assert transcript_take(transcription=spoken, dataset=sentences, by=owner).added == 2
    texts = [text for text, *_ in clips(sentences)]
    assert texts == ["harbour control out", "go ahead"]
    assert clips(sentences)[1][2] == pytest.approx(4.2)


def test_a_dataset_of_words_gets_a_clip_for_each_word(owner: User, spoken: Transcription) -> None:
    words = dataset_of(owner, takes={"go": 2})
    assert transcript_take(transcription=spoken, dataset=words, by=owner, line=1) == Taken(added=2)
    assert [text for text, *_ in clips(words)] == ["go", "ahead"]


def test_a_line_that_is_too_long_stays_out_and_says_why(
    owner: User, spoken: Transcription, sentences: Dataset, settings: Any
) -> None:
    settings.MAX_CLIP_SECONDS = 1.2
    taken = transcript_take(transcription=spoken, dataset=sentences, by=owner)
    assert taken.added == 1
    assert taken.left_out == ("A line lasts longer than the 1.2 s a clip may have. Cut it in two.",)


def test_a_short_recording_goes_in_whole_and_waits_no_more(
    owner: User, spoken: Transcription, sentences: Dataset, settings: Any
) -> None:
    settings.MAX_CLIP_SECONDS = 100
    waiting = corrections_waiting(user=owner, recognizer_name="harbour", dataset=sentences)
    correction_create(transcription=spoken, text="harbour control go astern", by=owner)
    assert waiting.count() == 1
    transcript_take(transcription=spoken, dataset=sentences, by=owner)
    assert clips(sentences) == [("harbour control go astern", None, None)]
    assert waiting.count() == 0


def test_a_text_waits_once_somebody_stood_by_it(
    owner: User, spoken: Transcription, sentences: Dataset, settings: Any
) -> None:
    settings.MAX_CLIP_SECONDS = 100
    waiting = corrections_waiting(user=owner, recognizer_name="harbour", dataset=sentences)
    revision_save(
        transcription=spoken,
        by=owner,
        began_from=0,
        edit=lambda base: edits.line_rewritten(base, 1, "go astern", duration=90.0),
    )
    assert waiting.count() == 0
    transcript_approve(transcription=spoken, by=owner)
    assert waiting.count() == 1
    settings.MAX_CLIP_SECONDS = 60
    transcript_take(transcription=spoken, dataset=sentences, by=owner, line=1)
    settings.MAX_CLIP_SECONDS = 100
    assert waiting.count() == 0


def test_the_page_adds_and_both_sides_lead_to_each_other(
    owner_client: Client, spoken: Transcription, sentences: Dataset
) -> None:
    url = f"/transcriptions/{spoken.pk}/dataset/"
    assert "2 lines to" in owner_client.get(url).content.decode()
    answer = owner_client.post(url, {"dataset": sentences.pk, "line": "1"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert f"1 clip went into {sentences.name}." in page
    assert f"/datasets/{sentences.pk}/?origin=correction#clips" in page
    assert f"/datasets/{sentences.pk}/" in owner_client.get("/transcriptions/").content.decode()
    rows = owner_client.get(f"/datasets/{sentences.pk}/?origin=correction").content.decode()
    assert f"/transcriptions/{spoken.pk}/?at=2.9" in rows


def test_a_stranger_adds_nothing(
    owner: User, stranger: User, stranger_client: Client, owner_client: Client, spoken: Transcription
) -> None:
    theirs = sentences_of(stranger, seconds=600)
    url = f"/transcriptions/{spoken.pk}/dataset/"
    assert stranger_client.post(url, {"dataset": theirs.pk}).status_code == 404
    assert owner_client.post(url, {"dataset": theirs.pk}).status_code == 404
    assert not Clip.objects.filter(transcription=spoken).exists()
