"""API tokens: made once, kept as a hash, found by it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from speechsite.accounts.models import ApiToken
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

TOKEN_MARK = "sp_"  # noqa: S105 - how a token begins, so that scanners for leaked secrets can find one
TOKEN_BYTES = 32
PREFIX_LETTERS = 8
MAX_TOKENS_PER_USER = 50
LAST_USED_EVERY = timedelta(minutes=1)


def secret_hash(secret: str) -> str:
    """Return what is kept of a secret of 256 random bits: its sha256 (nothing to guess, so no slow hash is needed)."""
    return hashlib.sha256(secret.encode()).hexdigest()


def token_create(*, user: User, name: str) -> tuple[ApiToken, str]:
    """Make a token and return its row and, this one time, the token itself.

    Raises ServiceError token_name_empty, too_many_tokens.
    """
    name = name.strip()
    if not name:
        message = _("The token has no name. Say what it is for, so that you know it again.")
        raise ServiceError("token_name_empty", message)
    if ApiToken.objects.filter(user=user).count() >= MAX_TOKENS_PER_USER:
        message = _("An account holds at most {most} tokens. Revoke one you no longer use.")
        raise ServiceError("too_many_tokens", message.format(most=MAX_TOKENS_PER_USER), status=409)
    token = TOKEN_MARK + secrets.token_urlsafe(TOKEN_BYTES)
    prefix = token[: len(TOKEN_MARK) + PREFIX_LETTERS]
    row = ApiToken.objects.create(user=user, name=name[:80], prefix=prefix, token_sha256=secret_hash(token))
    return row, token


def token_authenticate(*, token: str) -> ApiToken | None:
    """Return the row of a token whose user is active, else None; note when it was used, at most once a minute."""
    row = ApiToken.objects.select_related("user").filter(token_sha256=secret_hash(token), user__is_active=True).first()
    if row is None:
        return None
    now = timezone.now()
    is_stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    if row.last_used_at is None or row.last_used_at < now - LAST_USED_EVERY:
        ApiToken.objects.filter(is_stale, pk=row.pk).update(last_used_at=now)
    return row


def token_revoke(*, user: User, token_id: int) -> ApiToken:
    """Delete a token of this user. Raises ApiToken.DoesNotExist for anybody else's."""
    row = ApiToken.objects.get(pk=token_id, user=user)
    row.delete()
    return row
