"""Words and sentences without sound, for the language model."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from speechsite.lib.errors import ServiceError
from training_jobs.models import Dataset, LanguageText
from training_jobs.services.datasets import dataset_delete
from training_jobs.services.language_texts import (
    language_text_create,
    language_text_delete,
    language_text_lines,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import DjangoCaptureOnCommitCallbacks
    from pytest_django.fixtures import SettingsWrapper
    from rest_framework.test import APIClient


@pytest.fixture
def sentences(owner: User) -> Dataset:
    return Dataset.objects.create(owner=owner, name="Read aloud", kind="sentences", language="en")


def text_file(content: bytes, name: str = "place_names.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_text_is_kept_line_by_line_and_counted(sentences: Dataset) -> None:
    text = language_text_create(dataset=sentences, name=" Place  names ", content="Aachen\n\n  Bad   Ems \n…\nCoburg")
    assert (text.name, text.lines, text.words) == ("Place names", 3, 4)
    assert list(language_text_lines(sentences)) == ["Aachen", "Bad Ems", "Coburg"]


def test_a_line_of_several_sentences_gives_each_of_them(sentences: Dataset) -> None:
    language_text_create(dataset=sentences, content="It is 3.5 km. Is it far? वह घर गया। यह सच है\n")
    assert list(language_text_lines(sentences)) == ["It is 3.5 km.", "Is it far?", "वह घर गया।", "यह सच है"]


def test_all_texts_of_a_dataset_are_read_and_of_no_other(owner: User, sentences: Dataset) -> None:
    other = Dataset.objects.create(owner=owner, name="Other", kind="sentences")
    language_text_create(dataset=other, content="elsewhere")
    language_text_create(dataset=sentences, content="first")
    language_text_create(dataset=sentences, content="second")
    assert list(language_text_lines(sentences)) == ["first", "second"]


def test_a_byte_order_mark_is_no_letter_and_text_becomes_nfc(sentences: Dataset) -> None:
    language_text_create(dataset=sentences, content=io.BytesIO(b"\xef\xbb\xbfcafe\xcc\x81\r\nnoir"))
    assert list(language_text_lines(sentences)) == ["café", "noir"]


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (b"fine\ngr\xfcn\n", "text_not_utf8", "Line 2"),
        (b"PK\x03\x04\x00\x00", "text_not_utf8", "Line 1"),
        (b"\n\n ... \n", "text_empty", "no word"),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_its_line(
    sentences: Dataset, content: bytes, code: str, told: str
) -> None:
    with pytest.raises(ServiceError) as refused:
        language_text_create(dataset=sentences, content=io.BytesIO(content))
    assert refused.value.code == code
    assert told in refused.value.message
    assert not LanguageText.objects.exists()


def test_a_text_over_the_limit_is_refused_before_all_of_it_is_read(
    sentences: Dataset, settings: SettingsWrapper
) -> None:
    settings.MAX_TEXT_BYTES = 1000
    endless = iter(lambda: b"word\n", b"never")
    with pytest.raises(ServiceError) as refused:
        language_text_create(dataset=sentences, content=endless)
    assert (refused.value.code, refused.value.status) == ("text_too_large", 413)


def test_a_dataset_of_words_takes_no_text(owner: User) -> None:
    words = Dataset.objects.create(owner=owner, name="Words")
    with pytest.raises(ServiceError) as refused:
        language_text_create(dataset=words, content="one")
    assert refused.value.code == "text_of_words"


def test_the_file_goes_with_the_text_and_with_the_dataset(
    sentences: Dataset, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    first, second = (language_text_create(dataset=sentences, content="one") for _ in range(2))
    with django_capture_on_commit_callbacks(execute=True):
        language_text_delete(text=first)
    assert (first.path.exists(), second.path.exists()) == (False, True)
    with django_capture_on_commit_callbacks(execute=True):
        dataset_delete(dataset=sentences)
    assert not second.path.exists()


def test_a_text_is_pasted_on_the_page(owner_client: Client, sentences: Dataset) -> None:
    answer = owner_client.post(f"/datasets/{sentences.pk}/texts/", {"text": "Aachen\nBad Ems"}, follow=True)
    page = answer.content.decode()
    assert "“Pasted text” was added: 3 words in 2 lines." in page
    assert "The next training learns from it." in page


def test_a_file_on_the_page_gives_the_text_its_name(owner_client: Client, sentences: Dataset) -> None:
    owner_client.post(f"/datasets/{sentences.pk}/texts/", {"file": text_file("Köln\n".encode())})
    assert LanguageText.objects.get().name == "place names"


@pytest.mark.parametrize(
    ("values", "told"),
    [({}, "Paste a text or choose a file."), ({"file": text_file(b"gr\xfcn")}, "Line 1 is not UTF-8")],
)
def test_what_cannot_be_used_is_said_on_the_page(
    owner_client: Client, sentences: Dataset, values: dict[str, object], told: str
) -> None:
    answer = owner_client.post(f"/datasets/{sentences.pk}/texts/", values)
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_a_text_is_deleted_on_the_page(owner_client: Client, sentences: Dataset) -> None:
    text = language_text_create(dataset=sentences, name="Names", content="one")
    page = owner_client.post(f"/texts/{text.pk}/delete/", follow=True).content.decode()
    assert "“Names” was deleted." in page
    assert not LanguageText.objects.exists()


def test_the_api_adds_lists_and_deletes(owner_api: APIClient, sentences: Dataset) -> None:
    address = f"/api/v1/datasets/{sentences.pk}/texts/"
    pasted = owner_api.post(address, {"name": "Names", "text": "Aachen\nBad Ems"}, format="json")
    sent = owner_api.post(address, {"file": text_file(b"one\n")}, format="multipart")
    assert (pasted.status_code, sent.status_code) == (201, 201)
    assert (pasted.data["lines"], pasted.data["words"], sent.data["name"]) == (2, 3, "place names")
    assert [row["name"] for row in owner_api.get(address).data["results"]] == ["place names", "Names"]
    assert owner_api.delete(f"/api/v1/texts/{sent.data['id']}/").status_code == 204
    assert owner_api.get(address).data["count"] == 1


def test_the_api_wants_a_text_or_a_file_and_says_what_is_wrong(owner_api: APIClient, sentences: Dataset) -> None:
    address = f"/api/v1/datasets/{sentences.pk}/texts/"
    assert owner_api.post(address, {"name": "Names"}, format="json").status_code == 400
    refused = owner_api.post(address, {"file": text_file(b"\xff\xfe")}, format="multipart")
    assert (refused.status_code, refused.data["error"]["code"]) == (400, "text_not_utf8")


def test_a_stranger_sees_and_changes_no_text(
    stranger_client: Client, stranger_api: APIClient, sentences: Dataset
) -> None:
    text = language_text_create(dataset=sentences, content="secret plans")
    assert stranger_client.get(f"/datasets/{sentences.pk}/texts/").status_code == 404
    assert stranger_client.post(f"/texts/{text.pk}/delete/").status_code == 404
    assert stranger_api.get(f"/api/v1/datasets/{sentences.pk}/texts/").status_code == 404
    assert stranger_api.post(f"/api/v1/datasets/{sentences.pk}/texts/", {"text": "x"}).status_code == 404
    assert stranger_api.delete(f"/api/v1/texts/{text.pk}/").status_code == 404
    assert LanguageText.objects.count() == 1


def test_staff_look_at_texts_in_the_admin(admin_client: Client, sentences: Dataset) -> None:
    text = language_text_create(dataset=sentences, name="Names", content="one")
    assert "Names" in admin_client.get("/admin/training_jobs/languagetext/?q=Names").content.decode()
    assert admin_client.get(f"/admin/training_jobs/languagetext/{text.pk}/change/").status_code == 200
