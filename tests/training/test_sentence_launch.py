"""The launch form for a dataset of sentences: its own recipes, the writing rules, the characters, the hours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.training.rows import make_dataset
from tests.training.sentence_rows import sentences_dataset
from training_jobs.models import TrainingJob
from training_jobs.services.estimates import training_seconds, training_work
from training_jobs.trainer.recipes import recipe_values

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from training_jobs.models import Dataset

HTMX = {"headers": {"HX-Request": "true"}}
TEXTS = [f"{word} the lights off, please." for word in ("Turn", "Switch", "Put", "Take", "Leave")] * 12


@pytest.fixture
def dataset(owner: User) -> Dataset:
    return sentences_dataset(owner, texts=[*TEXTS, "Room 12 it is", "Über alles"])


def text_of(client: Client, path: str, **extra: Any) -> str:
    answer = client.get(path, **extra)
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def chosen(page: str, name: str) -> str:
    """Return the answer that is ticked."""
    (found,) = re.findall(rf'name="rule-{name}" id="[^"]*" value="(\w+)" checked', page)
    return str(found)


def test_a_dataset_of_sentences_offers_the_recipes_of_sentences(owner_client: Client, dataset: Dataset) -> None:
    page = text_of(owner_client, f"/training/new/?dataset={dataset.pk}")
    assert '<option value="ctc-conv" selected>' in page
    assert '<option value="ctc-lstm">' in page
    assert '<option value="conv"' not in page
    assert "Residual blocks" in page


def test_a_dataset_of_words_offers_the_recipes_of_words(owner: User, owner_client: Client, dataset: Dataset) -> None:
    words = make_dataset(owner)
    page = text_of(owner_client, f"/training/new/?dataset={words.pk}&recipe=ctc-conv&rule-case=keep")
    assert '<option value="conv2d" selected>' in page
    assert "ctc-lstm" not in page
    assert "How are the texts written down?" not in page


def test_it_says_how_much_speech_there_is_and_how_it_is_parted(owner_client: Client, dataset: Dataset) -> None:
    page = text_of(owner_client, f"/training/new/?dataset={dataset.pk}&split=random")
    assert "61 clips, 3 min 3 s of speech, frozen when it begins" in page
    assert re.search(
        r"\d+ clips, .+ to train on; \d+ clips, .+ to choose by; \d+ clips, .+ locked away for the test", page
    )


def test_the_text_chooses_the_rules_and_examples_show_what_they_do(owner_client: Client, dataset: Dataset) -> None:
    page = text_of(owner_client, f"/training/new/?dataset={dataset.pk}")
    assert (chosen(page, "case"), chosen(page, "punctuation"), chosen(page, "digits")) == ("fold", "drop", "refuse")
    assert "the lights off please</td>" in page
    assert "Left out. The text has the digit “1”" in page
    assert "1 clip. The text has the digit “1”" in page
    assert "vowel_marks" not in page


def test_another_rule_shows_at_once_what_it_does_and_keeps_nothing(owner_client: Client, dataset: Dataset) -> None:
    address = f"/training/new/?dataset={dataset.pk}&rules-of={dataset.pk}&rule-case=keep&rule-digits=keep"
    page = text_of(owner_client, address, **HTMX)
    assert (chosen(page, "case"), chosen(page, "digits"), chosen(page, "punctuation")) == ("keep", "keep", "drop")
    assert "<bdi>T</bdi>" in page
    assert 'small letters only <span class="quiet small">suggested</span>' in page
    dataset.refresh_from_db()
    assert dataset.text_rules == {}


def test_rules_of_another_dataset_say_nothing_about_this_one(
    owner: User, owner_client: Client, dataset: Dataset
) -> None:
    other = sentences_dataset(owner, "Other")
    page = text_of(owner_client, f"/training/new/?dataset={dataset.pk}&rules-of={other.pk}&rule-case=keep")
    assert chosen(page, "case") == "fold"


def test_rare_characters_are_marked_and_lead_to_their_clips(owner_client: Client, dataset: Dataset) -> None:
    page = text_of(owner_client, f"/training/new/?dataset={dataset.pk}")
    assert "of them rare" in page
    assert f'<a href="/datasets/{dataset.pk}/?search=%C3%BC#clips"><bdi>ü</bdi></a>' in page


def test_arabic_is_asked_about_its_vowel_marks_and_keeps_its_direction(owner: User, owner_client: Client) -> None:
    texts = ["افتح الباب", "كم الساعة الآن", "أين المحطة", "مَرحبا بك"] * 12
    dataset = sentences_dataset(owner, "Arabic", texts=texts, language="ar")
    page = text_of(owner_client, f"/training/new/?dataset={dataset.pk}")
    assert chosen(page, "vowel_marks") == "drop"
    assert '<td lang="ar" dir="auto">' in page


def test_starting_keeps_the_rules_with_the_dataset(owner_client: Client, dataset: Dataset) -> None:
    values = {"dataset": dataset.pk, "rules-of": dataset.pk, "rule-case": "keep", "preset": "fast", "split": "random"}
    answer = owner_client.post("/training/new/", values)
    job = TrainingJob.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/training/{job.pk}/")
    assert (job.recipe, job.preset) == ("ctc-conv", "fast")
    dataset.refresh_from_db()
    assert dataset.text_rules["case"] == "keep"


def test_too_little_speech_is_explained_before_anything_starts(owner: User, owner_client: Client) -> None:
    few = sentences_dataset(owner, "Few", texts=["Hello there", "How are you"])
    page = text_of(owner_client, f"/training/new/?dataset={few.pk}")
    assert "too_few_clips" in page
    assert "How are the texts written down?" in page


def test_the_form_asks_the_database_no_more_for_more_clips(
    owner: User, owner_client: Client, dataset: Dataset, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        text_of(owner_client, f"/training/new/?dataset={dataset.pk}")


def test_sentences_that_cannot_be_trained_are_not_taken_for_words(owner: User, owner_client: Client) -> None:
    few = sentences_dataset(owner, "Few", texts=["Hello there", "How are you"] * 3)
    page = text_of(owner_client, f"/training/new/?dataset={few.pk}&split=random")
    assert "too_few_clips" in page
    assert "Nothing yet" in page
    assert "Start training" in page.split("disabled>")[1][:20]


def test_longer_clips_and_a_wider_net_take_longer() -> None:
    values, wide = recipe_values("ctc-conv", {}), recipe_values("ctc-conv", {"channels": 256})
    short = training_work(recipe="ctc-conv", values=values, train_clips=1000, clip_seconds=2.0)
    assert training_work(recipe="ctc-conv", values=values, train_clips=1000, clip_seconds=8.0) == 4 * short
    assert training_work(recipe="ctc-conv", values=wide, train_clips=1000, clip_seconds=2.0) > 2 * short
    usual = recipe_values("ctc-conv", {"epochs": 90, "channels": 128, "blocks": 4})
    seconds = training_seconds(recipe="ctc-conv", values=usual, counts={"train": 1000, "test": 200}, rate=150.0)
    assert 1000 < seconds < 5000
