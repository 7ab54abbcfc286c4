"""Pages of a dataset of sentences: made, looked at, corrected, recorded."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.training.sentence_rows import sentences_dataset
from training_jobs.models import Dataset
from training_jobs.services.composition import composition
from training_jobs.services.sentence_composition import characters_of, sentence_composition
from training_jobs.services.sentence_findings import sentence_findings
from training_jobs.services.text_rules import dataset_text_rules_set

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

HTMX = {"headers": {"HX-Request": "true"}}
LINES = "Turn off the lights, please.\n\nWhat time is it?\n"


def text_of(client: Client, path: str, **extra: Any) -> str:
    answer = client.get(path, **extra)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def titles(dataset: Dataset) -> list[str]:
    return [finding.title for finding in sentence_findings(dataset, composition(dataset))]


def test_a_dataset_of_sentences_is_made_of_lines_in_which_commas_stay(owner: User, owner_client: Client) -> None:
    answer = owner_client.post(
        "/datasets/new/", {"name": "Mine", "kind": "sentences", "language": "en", "words": LINES}
    )
    dataset = Dataset.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/datasets/{dataset.pk}/record/")
    assert dataset.kind == "sentences"
    assert dataset.prompts == ["Turn off the lights, please.", "What time is it?"]


def test_words_are_still_parted_by_commas_and_asked_for(owner: User, owner_client: Client) -> None:
    owner_client.post("/datasets/new/", {"name": "Words", "words": "on, off\nup"})
    assert Dataset.objects.get().prompts == ["on", "off", "up"]
    refused = owner_client.post("/datasets/new/", {"name": "None", "kind": "words", "words": " \n"})
    assert refused.status_code == 422
    assert "This field is required." in refused.content.decode()


def test_the_page_shows_speech_and_words_instead_of_labels(owner: User, owner_client: Client) -> None:
    dataset = sentences_dataset(owner)
    page = text_of(owner_client, f"/datasets/{dataset.pk}/")
    assert "250 words" in page
    assert "<th>Text</th>" in page
    for of_words in ("0 labels", "All labels", "<th>Label</th>", 'id="labels-title"'):
        assert of_words not in page
    assert "words a clip" in page
    assert "Text for the language model" in page
    assert "turn the lights off" in page
    assert '<span class="transcript-text" lang="en" dir="auto">' in page


def test_a_page_of_words_has_nothing_of_sentences(owner: User, owner_client: Client) -> None:
    dataset = Dataset.objects.create(owner=owner, name="Words")
    page = text_of(owner_client, f"/datasets/{dataset.pk}/")
    assert "language model" not in page
    assert "0 labels" in page


def test_speech_is_counted_for_each_split_the_dataset_names(owner: User) -> None:
    dataset = sentences_dataset(owner, texts=["one two", "three four five", "six"])
    first, second, _ = dataset.clips.order_by("created_at")
    type(first).objects.filter(pk=first.pk).update(split="test")
    type(second).objects.filter(pk=second.pk).update(split="train")
    found = sentence_composition(dataset)
    assert [(line.name, line.clips, line.seconds) for line in found.splits] == [("train", 1, 3.0), ("test", 1, 3.0)]
    assert (found.words, found.middle_half_words) == (6, (1, 3))


def test_text_lengths_fit_their_chart_whatever_they_are(owner: User) -> None:
    short = sentence_composition(sentences_dataset(owner, "Short", texts=["a b"] * 9 + ["a b c d"]))
    assert (short.text_lengths["labels"], short.text_lengths["counts"]) == (["0", "1", "2", "3", "4"], [0, 0, 9, 0, 1])
    long = sentence_composition(sentences_dataset(owner, "Long", texts=["w " * 100 + "w"] * 3))
    assert len(long.text_lengths["labels"]) <= 15
    assert sum(long.text_lengths["counts"]) == 3


def test_characters_are_counted_by_the_rules_and_the_rare_are_marked(owner: User, owner_client: Client) -> None:
    dataset = sentences_dataset(owner, texts=["Hello there."] * 6 + ["Señor"])
    counts = {one.text: (one.count, one.is_rare) for one in characters_of(dataset)}
    assert counts["h"] == (12, False)
    assert counts["ñ"] == (1, True)
    assert "." not in counts
    assert " " not in counts
    dataset_text_rules_set(dataset=dataset, values={"case": "keep"})
    fragment = text_of(owner_client, f"/datasets/{dataset.pk}/characters/", **HTMX)
    assert "capitals kept" in fragment
    assert f'href="/datasets/{dataset.pk}/?search=%C3%B1#clips"' in fragment


def test_vowel_signs_can_be_seen_among_the_characters(owner: User, owner_client: Client) -> None:
    dataset = sentences_dataset(owner, texts=["नमस्ते दुनिया"] * 3, language="hi")
    fragment = text_of(owner_client, f"/datasets/{dataset.pk}/characters/", **HTMX)
    assert '<ul class="characters" lang="hi">' in fragment
    assert "स्ते" in fragment


def test_without_a_script_the_characters_lead_back(owner: User, owner_client: Client) -> None:
    dataset = sentences_dataset(owner)
    assert owner_client.get(f"/datasets/{dataset.pk}/characters/")["Location"] == f"/datasets/{dataset.pk}/"


def test_too_little_speech_one_voice_and_long_clips_are_told(owner: User) -> None:
    assert "3 minutes of speech so far" in titles(sentences_dataset(owner))
    hour = sentences_dataset(owner, "Hour", duration_seconds=41.0, speaker="ada")
    assert titles(hour)[:1] == ["60 clips longer than 40 s"]
    assert "41 minutes of speech" in titles(hour)
    assert "One voice: ada" in titles(hour)


def test_a_test_of_sentences_that_were_trained_on_is_told(owner: User) -> None:
    dataset = sentences_dataset(owner, texts=["the same", "the same", "another"], split="train")
    assert not any("more than one split" in title for title in titles(dataset))
    clip = dataset.clips.filter(text="the same").first()
    assert clip
    clip.split = "test"
    clip.save()
    assert "1 sentence in more than one split" in titles(dataset)


def test_a_text_is_corrected_in_a_field_of_several_lines(owner: User, owner_client: Client) -> None:
    dataset = sentences_dataset(owner, language="ar", texts=["كم الساعة"])
    clip = dataset.clips.get()
    form = text_of(owner_client, f"/clips/{clip.pk}/edit/", **HTMX)
    assert re.search(r'<textarea[^>]*name="text"[^>]*lang="ar" dir="auto"', form)
    assert "Save text" in form
    longer = "كم الساعة الآن " * 30
    row = owner_client.post(f"/clips/{clip.pk}/relabel/", {"text": longer, "speaker": "ada"}, **HTMX)
    assert row.status_code == 200
    clip.refresh_from_db()
    assert clip.text == longer.strip()
    assert 'dir="auto"' in row.content.decode()


def test_what_is_typed_to_read_is_asked_for_one_by_one(owner: User, owner_client: Client) -> None:
    dataset = sentences_dataset(owner, texts=["What time is it?"])
    assert "Sentences to read" in text_of(owner_client, f"/datasets/{dataset.pk}/record/")
    owner_client.post(f"/datasets/{dataset.pk}/words/", {"words": LINES})
    page = text_of(owner_client, f"/datasets/{dataset.pk}/record/")
    found = re.search(r'<script id="studio-words" type="application/json">(.*?)</script>', page)
    assert found
    studio = json.loads(found.group(1))
    assert studio["words"] == [
        {"word": "Turn off the lights, please.", "takes": 0},
        {"word": "What time is it?", "takes": 1},
    ]
    assert (studio["kind"], studio["goal"], studio["isWorth"]) == ("sentences", 1, False)
    assert 'class="prompt sentence" dir="auto" lang="en"' in page


def test_the_page_asks_the_database_no_more_for_more_clips(
    owner: User, owner_client: Client, django_assert_max_num_queries: Any
) -> None:
    dataset = sentences_dataset(owner)
    with django_assert_max_num_queries(32):
        text_of(owner_client, f"/datasets/{dataset.pk}/")


@pytest.mark.parametrize("page", ["", "characters/", "record/", "texts/"])
def test_a_stranger_finds_no_page_of_the_dataset(owner: User, stranger_client: Client, page: str) -> None:
    dataset = sentences_dataset(owner)
    assert stranger_client.get(f"/datasets/{dataset.pk}/{page}", **HTMX).status_code == 404
