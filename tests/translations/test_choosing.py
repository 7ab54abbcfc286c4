"""How the language of the interface is chosen, and what speaks it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy

from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from django.test import Client

GERMAN = {"Accept-Language": "de-CH,de;q=0.9,en;q=0.5"}


def page(client: Client, address: str = "/login/", **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("db")
def test_the_browser_says_which_language_is_read(client: Client) -> None:
    german = page(client, **GERMAN)
    assert '<html lang="de">' in german
    assert "<h1>Anmelden</h1>" in german
    assert '<script src="/language/de.js">' in german


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("asked", ["tlh", "xx-YY, zz;q=0.5", "", "%%%"])
def test_a_language_the_site_does_not_speak_falls_back_to_english(client: Client, asked: str) -> None:
    english = page(client, **{"Accept-Language": asked})
    assert '<html lang="en">' in english
    assert "<h1>Log in</h1>" in english
    assert "/language/" not in english.partition("<body")[0]


@pytest.mark.usefixtures("db")
def test_each_language_is_offered_by_its_own_name_and_the_present_one_is_marked(client: Client) -> None:
    buttons = re.findall(r"<button [^>]*name=\"language\"[^>]*>[^<]*</button>", page(client, **GERMAN))
    assert [re.sub("<[^>]*>", "", button) for button in buttons] == ["English", "Deutsch"]
    assert ['aria-current="true"' in button for button in buttons] == [False, True]
    assert ['lang="en"' in button for button in buttons] == [True, False]


def test_a_choice_outlives_what_the_browser_says_and_leads_back(owner_client: Client) -> None:
    account = page(owner_client, "/account/")
    assert 'action="/language/"' in account
    assert 'name="next" value="/account/"' in account
    answer = owner_client.post("/language/", {"language": "de", "next": "/account/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert (cookie["samesite"], cookie["max-age"]) == ("Lax", 365 * 24 * 60 * 60)
    for address in ("/account/", "/"):
        assert '<html lang="de">' in page(owner_client, address, **{"Accept-Language": "en"})
    owner_client.post("/language/", {"language": "en", "next": "/"})
    assert '<html lang="en">' in page(owner_client, "/", **GERMAN)


@pytest.mark.usefixtures("db")
def test_a_choice_is_made_before_anybody_is_logged_in_and_leads_to_no_other_site(client: Client) -> None:
    answer = client.post("/language/", {"language": "de", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
    assert "<h1>Anmelden</h1>" in page(client)


@pytest.mark.usefixtures("db")
def test_a_language_that_is_not_there_cannot_be_chosen(client: Client) -> None:
    answer = client.post("/language/", {"language": "tlh", "next": "/login/"})
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    assert '<html lang="en">' in page(client)


@pytest.mark.usefixtures("db")
def test_the_texts_of_the_scripts_are_for_everybody(client: Client) -> None:
    answer = client.get("/language/de.js")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, 'text/javascript; charset="utf-8"')
    assert "django.catalog" in answer.content.decode()
    assert client.get("/language/tlh.js").status_code == 404


def test_a_failure_is_told_in_the_language_of_whoever_asks(owner_client: Client) -> None:
    answer = owner_client.get("/api/v1/datasets/1/", headers={**GERMAN, "Accept": "application/json"})
    assert answer.json()["error"]["message"] == "Unter dieser Adresse ist nichts, was du sehen darfst."


def test_a_failure_whose_sentence_waits_for_a_language_is_said_where_it_happens() -> None:
    with translation.override("de"):
        refused = ServiceError("not_found", gettext_lazy("There is nothing at this address"))
    assert refused.message == "Unter dieser Adresse ist nichts"
