from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from speechsite.accounts.models import ApiToken
from speechsite.accounts.services.tokens import MAX_TOKENS_PER_USER, secret_hash, token_authenticate, token_create
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client


def bearer(token: str) -> APIClient:
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {token}")


def test_a_token_is_kept_only_as_a_hash(owner: User) -> None:
    row, token = token_create(user=owner, name="laptop")
    row.refresh_from_db()
    assert row.token_sha256 == secret_hash(token)
    assert token not in str(vars(row))
    assert token.startswith(row.prefix)


def test_a_token_finds_its_user_and_no_other_does(owner: User) -> None:
    row, token = token_create(user=owner, name="laptop")
    found = token_authenticate(token=token)
    assert found == row
    assert found is not None
    assert found.user == owner
    assert token_authenticate(token=token + "x") is None
    assert token_authenticate(token="") is None


def test_the_token_of_an_account_that_was_switched_off_opens_nothing(owner: User) -> None:
    _, token = token_create(user=owner, name="laptop")
    owner.is_active = False
    owner.save()
    assert token_authenticate(token=token) is None


def test_use_is_noted_at_most_once_a_minute(owner: User) -> None:
    row, token = token_create(user=owner, name="laptop")
    token_authenticate(token=token)
    row.refresh_from_db()
    first = row.last_used_at
    assert first is not None
    token_authenticate(token=token)
    row.refresh_from_db()
    assert row.last_used_at == first
    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    token_authenticate(token=token)
    row.refresh_from_db()
    assert row.last_used_at is not None
    assert row.last_used_at > first


@pytest.mark.parametrize("name", ["", "   "])
def test_a_token_needs_a_name(owner: User, name: str) -> None:
    with pytest.raises(ServiceError) as refused:
        token_create(user=owner, name=name)
    assert refused.value.code == "token_name_empty"


def test_tokens_have_a_limit(owner: User) -> None:
    ApiToken.objects.bulk_create(
        ApiToken(user=owner, name="n", prefix="p", token_sha256=secret_hash(str(n))) for n in range(MAX_TOKENS_PER_USER)
    )
    with pytest.raises(ServiceError) as refused:
        token_create(user=owner, name="one more")
    assert refused.value.code == "too_many_tokens"


def test_the_api_takes_the_token_and_refuses_another_with_401(owner: User) -> None:
    _, token = token_create(user=owner, name="laptop")
    assert bearer(token).get("/api/v1/schema/").status_code == 200
    refused = bearer("sp_wrong").get("/api/v1/schema/")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_the_command_prints_the_token_once(owner: User) -> None:
    out = io.StringIO()
    call_command("create_token", "owner", name="ci", stdout=out)
    found = token_authenticate(token=out.getvalue().strip())
    assert found is not None
    assert (found.user, found.name) == (owner, "ci")


def test_the_command_speaks_json(owner: User) -> None:
    out = io.StringIO()
    call_command("create_token", "owner", json=True, stdout=out)
    document = json.loads(out.getvalue())
    assert document["username"] == "owner"
    assert token_authenticate(token=document["token"]) is not None


def test_the_command_names_the_users_there_are(owner: User) -> None:
    with pytest.raises(CommandError, match="owner"):
        call_command("create_token", "nobody")


def test_the_account_page_shows_a_new_token_once_and_lists_it_afterwards(owner: User, owner_client: Client) -> None:
    made = owner_client.post("/account/", {"name": "phone"}).content.decode()
    row = ApiToken.objects.get(user=owner)
    token = made.split('id="new-token" value="')[1].split('"')[0]
    assert token_authenticate(token=token) == row
    later = owner_client.get("/account/").content.decode()
    assert token not in later
    assert f"{row.prefix}…" in later


def test_a_revoked_token_opens_nothing(owner: User, owner_client: Client) -> None:
    row, token = token_create(user=owner, name="phone")
    answer = owner_client.post(f"/account/tokens/{row.pk}/revoke/", follow=True)
    assert "revoked" in answer.content.decode()
    assert token_authenticate(token=token) is None


def test_a_stranger_cannot_revoke_a_token(owner: User, stranger_client: Client) -> None:
    row, token = token_create(user=owner, name="phone")
    assert stranger_client.post(f"/account/tokens/{row.pk}/revoke/").status_code == 404
    assert token_authenticate(token=token) == row
