"""A training of sentences on its pages: while it learns, and with its result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.training.sentence_rows import (
    ARABIC,
    ENGLISH,
    HINDI,
    finished_sentences_job,
    learning_sentences_job,
)
from training_jobs.web.alignment import alignment_of, confuses
from training_jobs.web.sentence_advice import words_never_read
from training_jobs.web.sentences_progress import sentences_meaning

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

HTMX = {"headers": {"HX-Request": "true"}}


def text_of(client: Client, path: str, **extra: Any) -> str:
    answer = client.get(path, **extra)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def heard_aloud(page: str) -> str:
    """Return what a screen reader is given of the alignments."""
    hidden = re.findall(r'<p class="visually-hidden">(.*?)</p>', page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", " ".join(hidden)))


def test_what_is_said_stands_over_what_is_heard() -> None:
    alignment = alignment_of("play some quiet music please", "play some music please now")
    assert [(pair.look, pair.said, pair.heard) for pair in alignment.errors] == [
        ("left-out", "quiet", ""),
        ("added", "", "now"),
    ]
    assert alignment_of("the light", "the lights").errors[0].look == "replaced"


def test_a_confusion_is_found_by_word_and_by_character() -> None:
    assert confuses("the lights off", "the light off", pair=("lights", "light"))
    assert not confuses("lights light", "lights light", pair=("lights", "light"))
    assert confuses("lights", "light", pair=("s", ""), is_of_characters=True)


@pytest.mark.parametrize(
    ("rates", "title"),
    [
        ([(1.0, 1.0)] * 3, "Silent at first"),
        ([(1.0, 1.0)] * 30, "Still silent"),
        ([(1.0, 1.0), (0.98, 0.6)], "The first letters"),
        ([(0.8, 0.4), (0.5, 0.2)], "Still learning"),
        ([(0.3, 0.1)] * 8, "Polishing"),
    ],
)
def test_the_curves_are_explained_in_a_sentence(rates: list[tuple[float, float]], title: str) -> None:
    epochs = [{"epoch": n, "loss": 1.0, "val_loss": 1.1, "val_wer": w, "val_cer": c} for n, (w, c) in enumerate(rates)]
    assert sentences_meaning(epochs).title == title


def test_learning_by_heart_is_named() -> None:
    epochs = [{"epoch": n, "loss": 0.1, "val_loss": 0.9, "val_wer": 0.4, "val_cer": 0.2} for n in range(8)]
    assert sentences_meaning(epochs).title == "Learning by heart"


def test_without_validation_only_the_loss_is_told() -> None:
    epochs = [{"epoch": 1, "loss": 2.0, "val_loss": None, "val_wer": None, "val_cer": None}]
    assert sentences_meaning(epochs).title == "Learning"


def test_a_running_job_shows_wrong_words_and_what_it_hears(owner: User, owner_client: Client) -> None:
    job = learning_sentences_job(owner, rates=[(1.3, 1.0), (0.6, 0.3)], heard="turn light off")
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "Epoch 2 of 100" in page
    assert "best 60.0 % at epoch 2" in page
    assert '"points": [[1, 100.0], [2, 60.0]]' in page, "a rate above 100 % stays inside the chart"
    assert "Left out: the." in heard_aloud(page)
    assert "lights heard as light." in heard_aloud(page)
    assert 'lang="en"' in page
    assert "silence around each word" not in page


def test_a_clip_it_hears_nothing_in_yet_says_so(owner: User, owner_client: Client) -> None:
    job = learning_sentences_job(owner, rates=[(1.0, 1.0)])
    page = text_of(owner_client, f"/training/{job.pk}/learning/")
    assert "hears nothing yet" in page
    assert "Heard: nothing." in heard_aloud(page)


def test_the_result_says_how_many_words_were_wrong_and_on_whose_voices(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner)
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "Words wrong, on voices it had never heard" in page
    assert f"{job.metrics['wer'] * 100:.1f}<small> %" in page
    assert "19 times out of 20" in page
    assert "4 of 25 words: 1 replaced, 2 left out, 1 added." in page
    assert "The interval is drawn over speakers, not clips." in page
    assert "Compared in small letters, no punctuation, digits kept." in page
    assert "Words wrong, lower is better." in page


def test_the_way_of_decoding_that_serves_is_ticked(owner: User, owner_client: Client) -> None:
    page = text_of(owner_client, f"/training/{finished_sentences_job(owner).pk}/")
    ticked = re.search(r'<tr class="on">(.*?)</tr>', page, flags=re.DOTALL)
    assert ticked
    assert "Known words" in ticked.group(1)
    assert "Letters alone" in page
    assert "chosen on the validation clips" in page
    assert "characters 20.0 %" in page


def test_trust_is_drawn_word_by_word_where_there_are_enough_words(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner)
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "[[40.0, 45.0], [70.0, 72.0], [95.0, 93.0]]" in page
    assert "On average it is 4.0 points off." in page
    job.evaluation["calibration"] = {"expected_error": None, "words": 0, "bins": []}
    job.save()
    assert "There are too few words to tell." in text_of(owner_client, f"/training/{job.pk}/")


def test_every_test_clip_is_listed_with_its_errors_the_most_first(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner)
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "6 clips, most errors first" in page
    assert page.index("2 wrong in 5 words") < page.index("1 wrong in 4 words") < page.index("Heard right.")
    aloud = heard_aloud(page)
    assert "Left out: quiet. Added: now." in aloud
    assert "lights heard as light." in aloud


def test_a_confused_word_leads_to_its_clips(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner)
    address = f"/training/{job.pk}/clips/?{urlencode({'said': 'lights', 'heard': 'light'})}"
    assert f'href="{address}#clips"'.replace("&", "&amp;") in text_of(owner_client, f"/training/{job.pk}/")
    fragment = text_of(owner_client, address, **HTMX)
    assert fragment.lstrip().startswith('<section class="panel mt-3" id="clips"')
    assert "1 clip with “<bdi>lights</bdi>” heard as “<bdi>light</bdi>”" in fragment
    whole = text_of(owner_client, address)
    assert "Words it takes for others" in whole
    assert "1 clip with" in whole


@pytest.mark.parametrize(
    ("asked", "clips"),
    [
        ({"heard": "now"}, 1),
        ({"said": "quiet"}, 1),
        ({"said": "s", "of": "characters"}, 1),
        ({"said": "nobody", "heard": "said this"}, 0),
        ({"speaker": "ada"}, 2),
        ({"speaker": "ada", "said": "lights", "heard": "light"}, 1),
        ({"speaker": "ben", "said": "lights", "heard": "light"}, 0),
        ({"page": "99"}, 6),
    ],
)
def test_clips_are_filtered_by_speaker_and_by_confusion(
    owner: User, owner_client: Client, asked: dict[str, str], clips: int
) -> None:
    job = finished_sentences_job(owner)
    fragment = text_of(owner_client, f"/training/{job.pk}/clips/?{urlencode(asked)}", **HTMX)
    assert fragment.count('<div class="aligned"') == clips


def test_many_clips_are_paged_and_ask_the_database_no_more(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner, repeats=10)
    with CaptureQueriesContext(connection) as queries:
        first = text_of(owner_client, f"/training/{job.pk}/clips/?speaker=ada", **HTMX)
    assert len(queries) <= 8
    assert first.count('<div class="aligned"') == 20
    last = text_of(owner_client, f"/training/{job.pk}/clips/?page=3", **HTMX)
    assert "41 to 60 of 60" in last
    assert "Fewer errors" not in last
    assert "21 to 40 of 60" in text_of(owner_client, f"/training/{job.pk}/clips/?page=2", **HTMX)


def test_words_it_never_read_are_advised_as_text(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner, trained_on=["the lights are on", "a quietly spoken word"])
    assert words_never_read(job, ["lights", "quiet"]) == ["quiet"]
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "Let it read these words" in page or "Let it read this word" in page
    assert f"/datasets/{job.dataset_id}/texts/" in page


def test_without_speakers_the_interval_is_said_to_be_over_clips(owner: User, owner_client: Client) -> None:
    page = text_of(owner_client, f"/training/{finished_sentences_job(owner, speakers=()).pk}/")
    assert "Words wrong, on clips it had never heard" in page
    assert "over clips, not people" in page
    assert "no name" in page


def test_a_later_version_on_the_same_clips_is_compared_in_a_sentence(owner: User, owner_client: Client) -> None:
    first = finished_sentences_job(owner, wer=0.5, interval=[0.45, 0.55])
    second = finished_sentences_job(owner, name="again")
    assert first.model_version
    assert second.model_version
    version = second.model_version
    version.recognizer, version.number = first.model_version.recognizer, 2
    version.lineage = first.model_version.lineage
    version.metrics = {**version.metrics, "wer": 0.1, "interval": [0.08, 0.12]}
    version.save()
    second.snapshot, second.metrics = first.snapshot, version.metrics
    second.save()
    assert "v2 is better than v1, by 40.0 points." in text_of(owner_client, f"/training/{second.pk}/")


@pytest.mark.parametrize(("pairs", "language"), [(HINDI, "hi"), (ARABIC, "ar")])
def test_other_scripts_carry_their_language_and_find_their_direction(
    owner: User, owner_client: Client, pairs: tuple[tuple[str, str], ...], language: str
) -> None:
    page = text_of(owner_client, f"/training/{finished_sentences_job(owner, pairs, language=language).pk}/")
    assert f'<div class="aligned" lang="{language}" dir="auto"' in page
    assert pairs[1][0].split()[0] in page


def test_a_mark_that_stands_on_no_letter_can_be_seen(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner, (("कि", "क"), ("a b", "ab")), language="hi")
    job.evaluation["confused_characters"] = [
        {"said": "ि", "heard": "", "count": 1},
        {"said": " ", "heard": "", "count": 1},
    ]
    job.save()
    page = text_of(owner_client, f"/training/{job.pk}/")
    assert "◌ि" in page
    assert "␣" in page


def test_the_list_of_trainings_says_that_words_were_wrong(owner: User, owner_client: Client) -> None:
    finished_sentences_job(owner)
    assert "of words wrong" in text_of(owner_client, "/training/")


def test_a_stranger_sees_no_clip_of_a_test(owner: User, stranger_client: Client) -> None:
    job = finished_sentences_job(owner)
    assert stranger_client.get(f"/training/{job.pk}/clips/").status_code == 404


def test_the_clips_of_a_job_of_words_are_in_its_matrix(owner: User, owner_client: Client) -> None:
    job = finished_sentences_job(owner)
    assert job.snapshot
    job.snapshot.kind = "words"
    job.snapshot.save()
    assert owner_client.get(f"/training/{job.pk}/clips/").status_code == 302


def test_nothing_people_wrote_becomes_markup(owner: User, owner_client: Client) -> None:
    pairs = (("<script>alert(1)</script> said", "<b>heard</b> said"), *ENGLISH)
    page = text_of(owner_client, f"/training/{finished_sentences_job(owner, pairs).pk}/")
    assert "<script>alert" not in page
    assert "<b>heard" not in page
