from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.test import Client

from speechsite.accounts.services.attempts import MAX_FAILURES_PER_ADDRESS, MAX_FAILURES_PER_NAME
from tests.conftest import PASSWORD

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpResponse


def log_in(client: Client, name: str, password: str) -> HttpResponse:
    return client.post("/login/", {"username": name, "password": password})  # type: ignore[return-value]


def test_a_person_logs_in_and_out(owner: User) -> None:
    client = Client()
    assert log_in(client, "owner", PASSWORD).status_code == 302
    assert client.get("/account/").status_code == 200
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/account/").headers["Location"] == "/login/?next=/account/"


def test_a_wrong_password_is_answered_in_words(owner: User) -> None:
    answer = log_in(Client(), "owner", "wrong")
    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()


def test_login_goes_on_to_the_page_that_was_asked_for_and_to_no_other_site(owner: User) -> None:
    answer = Client().post("/login/", {"username": "owner", "password": PASSWORD, "next": "/account/"})
    assert answer.headers["Location"] == "/account/"
    elsewhere = {"username": "owner", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert Client().post("/login/", elsewhere).headers["Location"] == "/"


def test_many_failures_for_one_name_must_wait_even_with_the_right_password(owner: User) -> None:
    for _ in range(MAX_FAILURES_PER_NAME):
        assert log_in(Client(), "owner", "wrong").status_code == 422
    answer = log_in(Client(), "OWNER", PASSWORD)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 300
    assert "Too many logins failed" in answer.content.decode()


def test_others_can_log_in_meanwhile(owner: User, member: User) -> None:
    for _ in range(MAX_FAILURES_PER_NAME):
        log_in(Client(), "owner", "wrong")
    assert log_in(Client(), "member", PASSWORD).status_code == 302


def test_many_names_tried_from_one_address_must_wait(owner: User) -> None:
    for number in range(MAX_FAILURES_PER_ADDRESS):
        log_in(Client(), f"guess{number}", "wrong")
    assert log_in(Client(), "owner", PASSWORD).status_code == 429
    assert Client(REMOTE_ADDR="10.0.0.9").get("/login/").status_code == 200
    cache.clear()
    assert log_in(Client(), "owner", PASSWORD).status_code == 302


def test_a_login_that_works_forgets_the_failures_before(owner: User) -> None:
    for _ in range(MAX_FAILURES_PER_NAME - 1):
        log_in(Client(), "owner", "wrong")
    assert log_in(Client(), "owner", PASSWORD).status_code == 302
    assert log_in(Client(), "owner", "wrong").status_code == 422


def test_a_changed_password_ends_other_logins(owner: User, owner_client: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(owner)
    fields = {"old_password": PASSWORD, "new_password1": "nine eight seven", "new_password2": "nine eight seven"}
    answer = owner_client.post("/account/password/", fields, follow=True)
    assert "Your password is changed" in answer.content.decode()
    assert owner_client.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_another_password_that_cannot_be_taken_is_answered_in_the_houses_words(owner_client: Client) -> None:
    fields = {"old_password": "wrong", "new_password1": "nine eight seven", "new_password2": "nine eight six"}
    page = owner_client.post("/account/password/", fields).content.decode()
    assert "This is not the password you have now" in page
    assert "The two new passwords differ" in page
    assert "Please" not in page


@pytest.mark.django_db
def test_an_empty_site_points_to_the_set_up_link() -> None:
    assert "This site has no account yet" in Client().get("/login/").content.decode()
