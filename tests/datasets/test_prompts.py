"""Words and sentences to record, taken from running text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from training_jobs.services.datasets import dataset_create
from training_jobs.services.prompts import MOST_WORDS, prompts_from_text

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from training_jobs.models import Dataset


def test_words_come_most_frequent_first_and_once() -> None:
    text = "The kettle boils. Turn the kettle off, Amina! 42 kettles don't turn off; the well-known Amina does."
    found = prompts_from_text(text, kind="words")
    assert found[0] == "the"
    assert set(found[1:5]) == {"kettle", "turn", "off", "Amina"}
    assert {"don't", "well-known", "kettles"} < set(found)
    assert len(found) == len(set(found))
    assert "42" not in found


def test_no_more_words_than_a_person_says_in_a_sitting() -> None:
    text = " ".join(f"w{'a' * number}" for number in range(1, 200))
    assert len(prompts_from_text(text, kind="words")) == MOST_WORDS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What time is it?  It is late! Yes.", ["What time is it?", "It is late!"]),
        ("First line\nof two words", ["First line", "of two words"]),
        ("यह एक वाक्य है। यह दूसरा है।", ["यह एक वाक्य है।", "यह दूसरा है।"]),
        ("كم الساعة الآن؟ أطفئ الضوء.", ["كم الساعة الآن؟", "أطفئ الضوء."]),
        ("He said “come here.” Then he left.", ["He said “come here.", "Then he left."]),
        (" ".join(["long"] * 21) + ".", []),
        ("Again and again. Again and again.", ["Again and again."]),
    ],
)
def test_sentences_are_parted_in_several_scripts(text: str, expected: list[str]) -> None:
    found = prompts_from_text(text, kind="sentences")
    assert [sentence.rstrip("”") for sentence in found] == expected


@pytest.fixture
def dataset(owner: User) -> Dataset:
    return dataset_create(owner=owner, name="Kitchen", prompts=["on"])


def test_words_of_a_file_are_shown_before_they_are_kept(owner_client: Client, dataset: Dataset) -> None:
    file = SimpleUploadedFile("story.txt", b"on the stove, on the table")
    page = owner_client.post(f"/datasets/{dataset.pk}/words/from-text/", {"file": file, "text": "off"})
    assert page.context["form"].initial["words"].split("\n") == ["on", "the", "off", "stove", "table"]
    assert "4 words were taken from the text. Nothing is kept yet" in page.content.decode()
    dataset.refresh_from_db()
    assert dataset.prompts == ["on"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "There was no text. Paste some, or choose a file."),
        ({"file": SimpleUploadedFile("a.txt", b"\xff\xfe\x00")}, "This file is not text in UTF-8."),
    ],
)
def test_what_is_no_text_is_said(owner_client: Client, dataset: Dataset, fields: dict[str, object], said: str) -> None:
    page = owner_client.post(f"/datasets/{dataset.pk}/words/from-text/", fields)
    assert page.status_code == 422
    assert said in page.content.decode()
