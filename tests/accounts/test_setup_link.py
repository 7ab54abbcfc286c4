from __future__ import annotations

import threading

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from speechsite.accounts.models import SetupLink
from speechsite.accounts.services.setup import setup_is_open, setup_link_create, setup_link_is_good, setup_link_use
from speechsite.lib.errors import ServiceError

FORM = {"full_name": "Amina Rao", "username": "amina", "password": "seven three nine"}


@pytest.mark.django_db
def test_the_link_makes_the_first_account_with_all_rights_and_logs_in() -> None:
    secret, client = setup_link_create(), Client()
    assert "Make the first account" in client.get(f"/setup/{secret}/").content.decode()
    answer = client.post(f"/setup/{secret}/", FORM)
    user = User.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert (user.username, user.get_full_name(), user.is_superuser) == ("amina", "Amina Rao", True)
    assert client.get("/account/").status_code == 200
    assert not setup_is_open()


@pytest.mark.django_db
def test_the_link_works_once() -> None:
    secret = setup_link_create()
    setup_link_use(secret=secret, username="amina", password="seven three nine")
    User.objects.all().delete()
    with pytest.raises(ServiceError) as refused:
        setup_link_use(secret=secret, username="jonas", password="seven three nine")
    assert refused.value.code == "setup_closed"
    assert Client().get(f"/setup/{secret}/").status_code == 410


@pytest.mark.django_db
def test_a_newer_link_replaces_the_older_one() -> None:
    older, newer = setup_link_create(), setup_link_create()
    assert not setup_link_is_good(secret=older)
    assert setup_link_is_good(secret=newer)
    assert SetupLink.objects.count() == 1


def test_no_link_is_made_or_good_where_an_account_is(owner: User) -> None:
    with pytest.raises(ServiceError) as refused:
        setup_link_create()
    assert refused.value.code == "setup_closed"


@pytest.mark.django_db
def test_a_link_that_was_open_while_somebody_else_made_an_account_is_closed() -> None:
    secret = setup_link_create()
    User.objects.create_user("earlier")
    answer = Client().post(f"/setup/{secret}/", FORM)
    assert answer.status_code == 410
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "value"), [("password", "short"), ("password", "password123"), ("username", "a b")])
def test_the_form_says_what_is_wrong_and_keeps_the_link(field: str, value: str) -> None:
    secret = setup_link_create()
    answer = Client().post(f"/setup/{secret}/", {**FORM, field: value})
    assert answer.status_code == 422
    assert "field-problem" in answer.content.decode()
    assert setup_link_is_good(secret=secret)


@pytest.mark.django_db
def test_an_unknown_link_says_so_in_words() -> None:
    answer = Client().get("/setup/guessed/")
    assert answer.status_code == 410
    assert "setup_closed" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_the_link_at_the_same_moment_one_gets_the_account() -> None:
    secret, outcomes, barrier = setup_link_create(), list[str](), threading.Barrier(2)

    def use(name: str) -> None:
        barrier.wait(timeout=10)
        try:
            setup_link_use(secret=secret, username=name, password="seven three nine")
            outcomes.append("made")
        except ServiceError as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    people = [threading.Thread(target=use, args=(name,)) for name in ("amina", "jonas")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(outcomes) == ["made", "setup_closed"]
    assert User.objects.count() == 1
