"""A training in German: its pages, and what its process says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.utils.translation import override

from tests.training.rows import finished_job, learning_job, make_job
from tests.training.sentence_rows import finished_sentences_job
from training_jobs.trainer.errors import RecipeError
from training_jobs.trainer.naming import few_named, figure
from training_jobs.trainer.recipes import recipe_values

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

GERMAN = {"Accept-Language": "de"}


def page_of(client: Client, path: str) -> str:
    with override("de"):  # which gives back the language of before
        answer = client.get(path, headers=GERMAN)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_job_says_how_thorough_it_is_and_where_it_stands(owner: User, owner_client: Client) -> None:
    make_job(owner, preset="fast", status="cancelled")
    page = page_of(owner_client, "/training/")
    assert ", schnell, " in page
    assert "abgebrochen" in page


def test_a_recipe_keeps_its_name(owner: User, owner_client: Client) -> None:
    make_job(owner, preset="", recipe="conv2d")
    assert ", conv2d, " in page_of(owner_client, "/training/")


def test_a_running_job_is_followed_in_german(owner: User, owner_client: Client) -> None:
    page = page_of(owner_client, f"/training/{learning_job(owner).pk}/")
    assert "Was er jetzt hört" in page
    assert "Training abbrechen" in page


def test_results_are_told_in_german(owner: User, owner_client: Client) -> None:
    words = page_of(owner_client, f"/training/{finished_job(owner).pk}/")
    assert "5 Fehler bei 15." in words
    assert "Die Balken sind 95-%-Intervalle." in words
    sentences = page_of(owner_client, f"/training/{finished_sentences_job(owner).pk}/")
    assert "4 von 25 Wörtern: 1 ersetzt, 2 ausgelassen, 1 hinzugefügt." in sentences
    assert '<span class="quiet" lang="de">gehört als</span>' in sentences


def test_the_trainer_speaks_german() -> None:
    with override("de"), pytest.raises(RecipeError) as refused:
        recipe_values("conv", {"epochs": "0"})
    assert refused.value.message == "epochs muss eine ganze Zahl von 1 bis 500 sein. Angegeben: 0."


def test_numbers_and_names_in_a_sentence_follow_the_language() -> None:
    assert (figure(1234), figure(1234.56, 1)) == ("1,234", "1,234.6")
    assert few_named(list("abcdef")) == "“a”, “b”, “c”, “d”, “e” and 1 more"
    with override("de"):
        assert (figure(1234), figure(1234.56, 1)) == ("1.234", "1.234,6")
        assert few_named(list("abcdef")) == "„a“, „b“, „c“, „d“, „e“ und 1 weitere"
