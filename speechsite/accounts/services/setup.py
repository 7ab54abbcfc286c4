"""The set-up link: on an empty site, whoever holds it makes the first account, once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from speechsite.accounts.models import SetupLink
from speechsite.accounts.services.tokens import secret_hash
from speechsite.lib.errors import ServiceError

if TYPE_CHECKING:
    from django.db.models import QuerySet

LINK_BYTES = 24


def setup_is_open() -> bool:
    """Say whether the site has no account yet."""
    return not User.objects.exists()


def setup_link_create() -> str:
    """Return a new one-time secret for the set-up address; links made before stop working.

    Raises ServiceError setup_closed when there is an account already.
    """
    if not setup_is_open():
        raise _closed()
    secret = secrets.token_urlsafe(LINK_BYTES)
    with transaction.atomic():
        _unused().delete()
        SetupLink.objects.create(token_sha256=secret_hash(secret))
    return secret


def setup_link_is_good(*, secret: str) -> bool:
    """Say whether this secret would make the first account now."""
    return setup_is_open() and _unused().filter(token_sha256=secret_hash(secret)).exists()


def setup_link_use(*, secret: str, username: str, password: str, full_name: str = "") -> User:
    """Make the first account, with all rights. Of two at the same moment one wins.

    Raises ServiceError setup_closed for a link that is unknown, used, or late.
    """
    with transaction.atomic():
        # The row's update is the lock: the second of two waits for it and then finds nothing to update.
        taken = _unused().filter(token_sha256=secret_hash(secret)).update(used_at=timezone.now())
        if not taken or not setup_is_open():
            raise _closed()
        first, _, last = full_name.strip().partition(" ")
        return User.objects.create_superuser(username, password=password, first_name=first[:150], last_name=last[:150])


def _unused() -> QuerySet[SetupLink]:
    return SetupLink.objects.filter(used_at__isnull=True)


def _closed() -> ServiceError:
    message = _("This set-up link is used up or the site has an account already. Log in, or ask whoever runs the site.")
    return ServiceError("setup_closed", message, status=410)
